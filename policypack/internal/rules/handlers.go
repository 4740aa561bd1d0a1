package rules

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// handlersOf are the handlers whose source the function's code names: the file
// of its handler argument, in a folder or as a file. What is zipped is not
// source any more.
func handlersOf(p *rule.Pass, function *graph.Resource) []fact.Handler {
	name, ok := function.Arg("handler").Str()
	if !ok {
		return nil
	}
	module, _, found := cutLast(name, ".")
	if !found {
		return nil
	}
	var handlers []fact.Handler
	for _, file := range handlerFiles(module) {
		dir, entry, ok := locate(function.Arg("code").Property(), file)
		if !ok {
			continue
		}
		if h, ok := p.Source.HandlerAt(dir, entry); ok {
			handlers = append(handlers, h)
		}
	}
	return handlers
}

// handlerFiles are the files that Lambda may load for a handler's module.
func handlerFiles(module string) []string {
	return []string{
		strings.ReplaceAll(module, ".", "/") + ".py", module + ".js", module + ".mjs", module + ".cjs", module + ".ts",
	}
}

// locate is where a member of the code lies on disk: a folder, and the file in
// it. Code that is no local folder or file has no place.
func locate(code resource.PropertyValue, member string) (dir, entry string, ok bool) {
	switch {
	case code.IsAsset() && code.AssetValue().IsPath():
		file := code.AssetValue().Path
		return path.Dir(file), path.Base(file), path.Base(file) == member
	case code.IsArchive():
		return locateIn(code.ArchiveValue(), member)
	}
	return "", "", false
}

func locateIn(a *archive.Archive, member string) (dir, entry string, ok bool) {
	if a.IsPath() {
		return a.Path, member, true
	}
	for _, name := range slices.Sorted(maps.Keys(a.Assets)) {
		switch m := a.Assets[name].(type) {
		case *asset.Asset:
			if m.IsPath() && path.Clean(name) == member {
				return path.Dir(m.Path), path.Base(m.Path), true
			}
		case *archive.Archive:
			inside := member
			if prefix := path.Clean(name); prefix != "." {
				if inside, ok = strings.CutPrefix(member, prefix+"/"); !ok {
					continue
				}
			}
			if dir, entry, ok := locateIn(m, inside); ok {
				return dir, entry, true
			}
		}
	}
	return "", "", false
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}
