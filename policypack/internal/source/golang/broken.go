package golang

import (
	"errors"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// broken returns the first syntax error in each file of the packages in the entry folders and of the packages in the
// tree that they import. It checks only syntax, not types. Of the files in which no rule would find anything, it parses
// at most [tree.MaxAside] bytes.
func (l *loader) broken() []fact.ParseError {
	t, r := l.tree, l.request
	var found []fact.ParseError
	aside := 0
	tree.Reach(r.Entry, func(dir string) []string {
		var folders []string
		for _, name := range l.folders[dir] {
			src := t.Read(name)
			if src == nil || t.Left() <= 0 || strings.HasSuffix(name, "_test.go") || !built(name, src) {
				continue
			}
			if h := l.header(name); h != nil {
				if !slices.Contains(l.files(dir), name) {
					continue // of another package
				}
				for _, p := range h.imports {
					if folder, ok := l.folder(p); ok {
						folders = append(folders, folder)
					}
				}
			}
			if !tree.Mentions(src, r.Keywords) {
				if aside += len(src); aside > tree.MaxAside {
					continue
				}
			}
			// Objects are not resolved, so this is cheap.
			_, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
			var list scanner.ErrorList
			if errors.As(err, &list) && len(list) > 0 {
				found = append(found, fact.ParseError{
					Location: finding.Location{File: name, Line: list[0].Pos.Line, Column: list[0].Pos.Column},
					Text:     "this is not valid Go: " + list[0].Msg,
				})
			}
		}
		return folders
	})
	return found
}
