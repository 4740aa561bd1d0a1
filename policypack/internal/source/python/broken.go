package python

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// ParseErrors returns the first place in each file that is not valid Python, of
// the entry files and those that they import for certain. Of the files that Read does
// not parse, as no rule would find anything in them, it looks at those that are
// imported by others than these, and at no more than [tree.MaxAside] bytes.
func ParseErrors(t *tree.Tree, r fact.Request) []fact.ParseError {
	rd := newReader(t, r)
	rd.keep(slices.DeleteFunc(tree.Reach(rd.entry, rd.scan), func(name string) bool { return t.Read(name) == nil }))
	var errors []fact.ParseError
	check := func(name string, src []byte) {
		if e, ok := syntax.FirstError(syntax.Python, src, t.FileTime()); ok {
			errors = append(errors, fact.ParseError{
				Location: finding.Location{File: name, Line: e.Line, Column: e.Column}, Text: e.Message("Python"),
			})
		}
	}
	aside := 0
	tree.Reach(rd.entry, func(name string) []string {
		if !rd.matters[name] && !slices.Contains(rd.entry, name) {
			src := t.Read(name)
			if aside += len(src); aside <= tree.MaxAside {
				check(name, src)
			}
			return nil
		}
		f := rd.parse(name)
		if f == nil {
			return nil
		}
		check(name, f.src)
		var files []string
		for _, i := range f.runs {
			if !i.guarded {
				files = append(files, rd.targets(name, i)...)
			}
		}
		return files
	})
	return errors
}
