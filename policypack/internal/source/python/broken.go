package python

import (
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// ParseErrors returns the first place in each file that is not valid Python, of
// the entry files and those that they import for certain.
func ParseErrors(t *tree.Tree, r fact.Request) []fact.ParseError {
	rd := newReader(t, r)
	var errors []fact.ParseError
	tree.Reach(rd.entry, func(name string) []string {
		f := rd.parse(name)
		if f == nil {
			return nil
		}
		if e, ok := syntax.FirstError(syntax.Python, f.src, t.FileTime()); ok {
			errors = append(errors, fact.ParseError{
				Location: finding.Location{File: name, Line: e.Line, Column: e.Column}, Text: e.Message("Python"),
			})
		}
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
