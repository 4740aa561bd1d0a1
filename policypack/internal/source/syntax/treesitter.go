//go:build cgo

package syntax

import (
	"fmt"
	"time"
	"unsafe"

	treesitter "github.com/tree-sitter/go-tree-sitter"
	python "github.com/tree-sitter/tree-sitter-python/bindings/go"
	typescript "github.com/tree-sitter/tree-sitter-typescript/bindings/go"
)

// Parser names the parser behind this build.
const Parser = "tree-sitter"

func grammar(lang Language) unsafe.Pointer {
	switch lang {
	case Python:
		return python.Language()
	case TypeScript:
		return typescript.LanguageTypescript()
	case TSX:
		return typescript.LanguageTSX()
	}
	return nil
}

func parse(lang Language, src []byte, within time.Duration) (*Node, error) {
	deadline := time.Now().Add(within)
	parser := treesitter.NewParser()
	defer parser.Close()
	if err := parser.SetLanguage(treesitter.NewLanguage(grammar(lang))); err != nil {
		return nil, fmt.Errorf("loading the grammar: %w", err)
	}
	read := func(offset int, _ treesitter.Point) []byte { return src[min(offset, len(src)):] }
	tree := parser.ParseWithOptions(read, nil, &treesitter.ParseOptions{
		ProgressCallback: func(treesitter.ParseState) bool { return time.Now().After(deadline) },
	})
	if tree == nil {
		return nil, ErrTime
	}
	defer tree.Close()
	cursor := tree.Walk()
	defer cursor.Close()
	var b builder
	for {
		n := cursor.Node()
		start := n.StartPosition()
		err := b.enter(&Node{
			Kind: n.Kind(), Field: cursor.FieldName(), Named: n.IsNamed(),
			Start: int(n.StartByte()), End: int(n.EndByte()),
			Line: int(start.Row) + 1, Column: int(start.Column) + 1,
		})
		if err != nil {
			return nil, err
		}
		if b.count%1024 == 0 && time.Now().After(deadline) {
			return nil, ErrTime
		}
		if cursor.GotoFirstChild() {
			continue
		}
		for !cursor.GotoNextSibling() {
			if !cursor.GotoParent() {
				return b.current, nil
			}
			b.leave()
		}
		b.leave()
	}
}

func firstError(lang Language, src []byte, within time.Duration) (Error, bool) {
	deadline := time.Now().Add(within)
	parser := treesitter.NewParser()
	defer parser.Close()
	if parser.SetLanguage(treesitter.NewLanguage(grammar(lang))) != nil {
		return Error{}, false
	}
	read := func(offset int, _ treesitter.Point) []byte { return src[min(offset, len(src)):] }
	tree := parser.ParseWithOptions(read, nil, &treesitter.ParseOptions{
		ProgressCallback: func(treesitter.ParseState) bool { return time.Now().After(deadline) },
	})
	if tree == nil {
		return Error{}, false
	}
	defer tree.Close()
	return findError(tree.RootNode(), func(n *treesitter.Node) []*treesitter.Node {
		var below []*treesitter.Node
		for i := range n.ChildCount() {
			below = append(below, n.Child(i))
		}
		return below
	}, func(n *treesitter.Node) Error {
		start, end := n.StartPosition(), n.EndPosition()
		return Error{
			Line: int(start.Row) + 1, Column: int(start.Column) + 1, Text: missing(n.IsMissing(), n.Kind()),
			lines: int(end.Row-start.Row) + 1,
		}
	})
}
