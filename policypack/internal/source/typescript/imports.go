package typescript

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/eval"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// scan returns the files of the tree that a file seems to import. It only looks at the text, so it may mistake a
// comment for an import but misses none. It saves parsing files that cannot matter.
func scan(e *eval.Evaluator, name string) []string {
	var found []string
	for _, specifier := range specifiers(e.Tree().Read(name)) {
		if file := resolve(e.Tree(), name, specifier); file != "" {
			found = append(found, file)
		}
	}
	return found
}

// lazy reports whether a file seems to import nothing from outside the program.
func lazy(e *eval.Evaluator, name string) bool {
	return eval.Note(e, "lazy "+name, func() bool {
		return !slices.ContainsFunc(specifiers(e.Tree().Read(name)), func(specifier string) bool {
			return !strings.HasPrefix(specifier, ".")
		})
	})
}

// specifiers returns the specifiers of the modules that a file seems to import.
func specifiers(src []byte) []string {
	var found []string
	for _, keyword := range []string{"from", "import", "require"} {
		rest := src
		for {
			at := bytes.Index(rest, []byte(keyword))
			if at < 0 {
				break
			}
			rest = rest[at+len(keyword):]
			if specifier := quoted(rest); specifier != "" {
				found = append(found, specifier)
			}
		}
	}
	return found
}

// quoted returns the string literal, without its quotes, that src starts with, after optional white space, comments and
// an opening parenthesis; "" if there is none.
func quoted(src []byte) string {
	for {
		src = bytes.TrimLeft(src, " \t\r\n(")
		switch {
		case bytes.HasPrefix(src, []byte("/*")):
			_, src, _ = bytes.Cut(src, []byte("*/"))
		case bytes.HasPrefix(src, []byte("//")):
			_, src, _ = bytes.Cut(src, []byte("\n"))
		case len(src) == 0 || !strings.ContainsRune("\"'`", rune(src[0])):
			return ""
		default:
			text, _, _ := bytes.Cut(src[1:min(len(src), 1000)], src[:1])
			return string(text)
		}
	}
}

// resolve returns the file of the tree that an import in a file refers to; "" if it refers to something else, such as a
// package.
func resolve(t *tree.Tree, from, specifier string) string {
	if specifier != "." && specifier != ".." && !strings.HasPrefix(specifier, "./") && !strings.HasPrefix(specifier, "../") {
		return ""
	}
	base := path.Join(path.Dir(from), specifier)
	ending := path.Ext(base)
	stem := strings.TrimSuffix(base, ending)
	// TypeScript is imported under the name of the JavaScript file that it is compiled to. A compiled file beside its
	// source is equivalent to the source.
	candidates := []string{}
	switch ending {
	case ".js":
		candidates = append(candidates, stem+".ts", stem+".tsx")
	case ".jsx":
		candidates = append(candidates, stem+".tsx")
	case ".mjs":
		candidates = append(candidates, stem+".mts")
	case ".cjs":
		candidates = append(candidates, stem+".cts")
	}
	candidates = append(candidates, base)
	for _, e := range Endings {
		candidates = append(candidates, base+e)
	}
	for _, e := range Endings {
		candidates = append(candidates, path.Join(base, "index"+e))
	}
	for _, c := range candidates {
		if t.Has(c) && !strings.HasSuffix(c, ".d.ts") {
			return c
		}
	}
	return ""
}

// moduleName returns the name that functions of a module are qualified with: without the "node:" of Node's own modules,
// and with dots in place of the slashes in those modules and in Pulumi's packages, as if they were accessed through the
// whole package.
func moduleName(specifier string) string {
	specifier, isNode := strings.CutPrefix(specifier, "node:")
	first, rest, _ := strings.Cut(specifier, "/")
	switch {
	case isNode || slices.Contains([]string{"fs", "stream", "path", "timers", "util"}, first):
		return strings.ReplaceAll(specifier, "/", ".")
	case specifier == "aws-sdk/clients/s3":
		return "aws-sdk.S3"
	case first != "@pulumi":
		return specifier
	}
	parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(rest, ".js"), "/index"), "/")
	// In "@pulumi/aws/s3/bucket" the last part is the file that defines a class
	// of the module before it.
	if len(parts) == 3 && parts[1] != "types" {
		parts = parts[:2]
	}
	return first + "/" + strings.Join(parts, ".")
}

// importOf returns what an import of a module or of one of its members refers to.
func importOf(e *eval.Evaluator, f *form.File, i *form.ImportOf) eval.Ref {
	if name := resolve(e.Tree(), f.Name, i.Module); name != "" {
		m := &eval.Module{Path: name, File: name}
		if i.Member != "" {
			return e.ModuleMember(m, i.Member)
		}
		// In CommonJS a module can be anything, even a function.
		if e.Leads(name) {
			if r := e.ModuleMember(m, exportsItself); r.Scope != nil {
				return r
			}
		}
		return eval.Ref{Module: m}
	}
	if strings.HasPrefix(i.Module, ".") || i.Module == fact.Hole {
		return eval.Ref{}
	}
	name := moduleName(i.Module)
	// The default of a package and the whole of it are the same in CommonJS.
	if i.Member != "" && i.Member != "default" {
		name = join(name, i.Member)
	}
	return eval.Ref{Name: name}
}

// join returns the name of a member of something outside the program.
func join(name, member string) string {
	if member == "default" && !strings.Contains(name, "()") {
		return name
	}
	return name + "." + member
}

// export returns a member of what a file exports as a whole, in CommonJS, rather than by name.
func export(e *eval.Evaluator, f *form.File, name string) (eval.Ref, bool) {
	if f.Exports.Names[exportsItself] != nil && name != exportsItself {
		whole := e.ModuleMember(&eval.Module{Path: f.Name, File: f.Name}, exportsItself)
		if name == "default" {
			return whole, true
		}
		if _, ok := whole.Value.Field(name); ok {
			return e.Member(whole, name, f.Root), true
		}
	}
	// import x from "./x" is the whole of a CommonJS module.
	return eval.Ref{Module: &eval.Module{Path: f.Name, File: f.Name}}, name == "default" && len(f.Exports.Names) > 0
}
