package typescript

import (
	"path"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// ParseErrors returns the first place in each file that is not valid TypeScript or
// JavaScript, of the entry files and those that they import.
func ParseErrors(t *tree.Tree, r fact.Request) []fact.ParseError {
	p := newProgram(t)
	for _, name := range r.Entry {
		p.entry[path.Clean(name)] = true
	}
	var errors []fact.ParseError
	tree.Reach(p.entries(), func(name string) []string {
		f := p.file(name)
		if f == nil {
			return nil
		}
		if e, ok := syntax.FirstError(grammar(name), f.src, t.FileTime()); ok {
			language := "JavaScript"
			if slices.Contains([]string{".ts", ".tsx", ".mts", ".cts"}, strings.ToLower(path.Ext(name))) {
				language = "TypeScript"
			}
			errors = append(errors, fact.ParseError{
				Location: finding.Location{File: name, Line: e.Line, Column: e.Column}, Text: e.Message(language),
			})
		}
		return f.imports
	})
	return errors
}
