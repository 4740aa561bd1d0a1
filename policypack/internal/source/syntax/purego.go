//go:build !cgo

package syntax

import (
	"fmt"
	"time"

	treesitter "github.com/odvcencio/gotreesitter"
	"github.com/odvcencio/gotreesitter/grammars"
)

// Parser names the parser behind this build.
const Parser = "gotreesitter"

func grammar(lang Language) *treesitter.Language {
	switch lang {
	case Python:
		return grammars.PythonLanguage()
	case TypeScript:
		return grammars.TypescriptLanguage()
	case TSX:
		return grammars.TsxLanguage()
	}
	return nil
}

// parse returns the tree of a file, if it is wanted, and the first error in the file.
func parse(lang Language, src []byte, within time.Duration, wanted bool) (root *Node, first Error, broken bool, err error) {
	deadline := time.Now().Add(within)
	// The library is young: a panic in it must not take the rules down.
	defer func() {
		if cause := recover(); cause != nil {
			root, first, broken, err = nil, Error{}, false, fmt.Errorf("the parser failed: %v", cause)
		}
	}()
	g := grammar(lang)
	parser := treesitter.NewParser(g)
	parser.SetTimeoutMicros(uint64(within.Microseconds()))
	tree, err := parser.Parse(src)
	if err != nil {
		return nil, Error{}, false, fmt.Errorf("parsing it: %w", err)
	}
	defer tree.Release()
	if time.Now().After(deadline) {
		return nil, Error{}, false, ErrTime
	}
	first, broken = findError(tree.RootNode(), (*treesitter.Node).Children, func(n *treesitter.Node) Error {
		start, end := n.StartPoint(), n.EndPoint()
		return Error{
			Line: int(start.Row) + 1, Column: int(start.Column) + 1, Text: missing(n.IsMissing(), n.Type(g)),
			lines: int(end.Row-start.Row) + 1,
		}
	})
	if !wanted {
		return nil, first, broken, nil
	}
	var b builder
	if err := b.add(tree.RootNode(), "", g); err != nil {
		return nil, Error{}, false, err
	}
	return b.current, first, broken, nil
}

func (b *builder) add(n *treesitter.Node, field string, g *treesitter.Language) error {
	start := n.StartPoint()
	err := b.enter(&Node{
		Kind: n.Type(g), Field: field, Named: n.IsNamed(),
		Start: int(n.StartByte()), End: int(n.EndByte()),
		Line: int(start.Row) + 1, Column: int(start.Column) + 1,
	})
	if err != nil {
		return err
	}
	for i, child := range n.Children() {
		if err := b.add(child, n.FieldNameForChild(i, g), g); err != nil {
			return err
		}
	}
	b.leave()
	return nil
}
