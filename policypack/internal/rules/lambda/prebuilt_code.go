package rules

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaPrebuiltCode = &rule.Rule{
	ID:    "lambda-prebuilt-code",
	Title: "A function's code is built before the program runs, not by it.",
	Rationale: "Code that the program writes, installs or downloads while it runs depends on the machine it runs on: " +
		"two deployments of one commit differ, nobody can test or scan what is deployed, and a preview in CI fails " +
		"where a tool is missing.",
	Remediation: "Build the package in a step before `pulumi up` and name it: a FileArchive of a file or of a folder in " +
		"the source tree, an S3 object, or an image.",
	Limitations: "What a build before the program did. Folders are told by their names: venv, site-packages, node_modules, " +
		"and the system's temporary folders, these last only while the program itself is outside them.",
	Scope:       rule.ResourceScope,
	Documented:  true,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Function},
	Links: []string{
		"https://www.pulumi.com/docs/iac/concepts/assets-archives/",
		"https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html",
	},
	Params: []rule.Param{{
		Name: "requireSingleFile", Type: rule.Boolean, Default: false,
		Description: "Ask for one prebuilt file (.zip or .jar): a folder or an archive of files is a finding.",
	}},
	CheckResource: func(p *rule.Pass, function *graph.Resource) {
		code := function.Arg("code")
		if code.Unknown() {
			p.NotEvaluated(function, "the code of %s is not known yet", function)
			return
		}
		const fix = "build the package before `pulumi up` and pass pulumi.FileArchive with its path"
		if why := notPrebuilt(code.Property(), "", p.Dir); why != "" {
			p.Report(function, "code", "the code of "+function.String()+" is "+why+".", fix)
		} else if p.Flag("requireSingleFile") && !isSingleFile(code.Property(), p.Dir) {
			p.Report(function, "code", "the code of "+function.String()+" is not one prebuilt file.",
				"build one .zip file before `pulumi up` and pass pulumi.FileArchive with its path")
		}
	},
}

// notPrebuilt is what is wrong with code, or one member of it, or "".
func notPrebuilt(code resource.PropertyValue, member, dir string) string {
	switch {
	case code.IsAsset():
		return badAsset(code.AssetValue(), member, dir)
	case code.IsArchive():
		return badArchive(code.ArchiveValue(), member, dir)
	}
	return ""
}

// closureFile is the file into which Pulumi serializes a closure.
const closureFile = "__index.js"

const closureCode = "a closure that the program serializes (" + closureFile + ")"

func badAsset(a *asset.Asset, member, dir string) string {
	switch {
	case a.IsURI():
		return "downloaded from a URL while the program runs"
	case a.IsPath():
		return badPath(a.Path, dir)
	case a.IsText() && member == "":
		return "written inline in the program"
	case a.IsText():
		return "put together by the program: a member is inline text"
	}
	return ""
}

func badArchive(a *archive.Archive, member, dir string) string {
	switch {
	case a.IsURI():
		return "downloaded from a URL while the program runs"
	case a.IsPath():
		return badPath(a.Path, dir)
	}
	members := a.Assets
	// What a closure imports is packaged with it, from a folder above the program's as well.
	if index, ok := members[closureFile].(*asset.Asset); ok && member == "" && index.IsText() {
		return closureCode
	}
	for _, name := range sortedKeys(members) {
		var why string
		inside := path.Join(member, name)
		switch m := members[name].(type) {
		case *asset.Asset:
			why = badAsset(m, inside, dir)
		case *archive.Archive:
			why = badArchive(m, inside, dir)
		}
		if why != "" {
			return why
		}
	}
	return ""
}

// builtFolders are folders that installers fill.
var builtFolders = []string{"node_modules", "site-packages", "venv", ".venv", "virtualenv", ".virtualenv", "__pypackages__"}

func badPath(name, dir string) string {
	slashed := strings.ReplaceAll(name, `\`, "/")
	for _, part := range strings.Split(slashed, "/") {
		if slices.Contains(builtFolders, part) {
			return "taken from " + part + ", a folder that an installer fills"
		}
	}
	dir = filepath.ToSlash(dir)
	if !path.IsAbs(slashed) {
		slashed = path.Join(dir, slashed)
	}
	if isTemporary(path.Clean(slashed)) && !isTemporary(dir) {
		return "taken from a temporary folder, so something makes it while the program runs"
	}
	return ""
}

// isTemporary says that a path is in a folder that systems keep for temporary
// files. A checkout in one is normal in CI, so callers compare with the
// program's own folder.
func isTemporary(name string) bool {
	lower := strings.ToLower(name)
	for _, root := range []string{"/tmp/", "/var/tmp/", "/private/tmp/", "/var/folders/", "/private/var/folders/"} {
		if strings.HasPrefix(lower, root) {
			return true
		}
	}
	return strings.Contains(lower, "/appdata/local/temp/") || strings.Contains(lower, ":/windows/temp/")
}

// isSingleFile says that code is one file. A path that is not there is judged by
// its ending.
func isSingleFile(code resource.PropertyValue, dir string) bool {
	var name string
	switch {
	case code.IsArchive() && code.ArchiveValue().IsPath():
		name = code.ArchiveValue().Path
	case code.IsAsset() && code.AssetValue().IsPath():
		name = code.AssetValue().Path
	default:
		return code.IsNull() // an S3 object or an image
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	if info, err := os.Stat(name); err == nil {
		return info.Mode().IsRegular()
	}
	return slices.Contains([]string{".zip", ".jar"}, strings.ToLower(filepath.Ext(name)))
}
