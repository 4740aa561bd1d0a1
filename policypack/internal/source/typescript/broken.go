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
// JavaScript, of the entry files and those that they import. Of the files that Read
// does not parse, as no rule would find anything in them, it parses [tree.MaxAside]
// bytes.
func ParseErrors(t *tree.Tree, r fact.Request) []fact.ParseError {
	p := newProgram(t)
	for _, name := range r.Entry {
		p.entry[path.Clean(name)] = true
	}
	leads := p.leading(append(slices.Clone(r.Keywords), fact.Name))
	aside := 0
	var errors []fact.ParseError
	check := func(name string, src []byte) {
		e, ok := syntax.FirstError(grammar(name), src, t.FileTime())
		if !ok {
			return
		}
		language := "JavaScript"
		if slices.Contains([]string{".ts", ".tsx", ".mts", ".cts"}, strings.ToLower(path.Ext(name))) {
			language = "TypeScript"
		}
		errors = append(errors, fact.ParseError{
			Location: finding.Location{File: name, Line: e.Line, Column: e.Column}, Text: e.Message(language),
		})
	}
	tree.Reach(p.entries(), func(name string) []string {
		if !leads[name] && !p.entry[name] {
			src := t.Read(name)
			if aside += len(src); aside > tree.MaxAside {
				return nil
			}
			check(name, src)
			return p.scan(name)
		}
		f := p.file(name)
		if f == nil {
			return nil
		}
		check(name, f.src)
		return f.imports
	})
	return errors
}
