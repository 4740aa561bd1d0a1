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

// parse returns the tree of a file, if it is wanted, and the first error in the file.
func parse(lang Language, src []byte, within time.Duration, wanted bool) (root *Node, first Error, broken bool, err error) {
	deadline := time.Now().Add(within)
	parser := treesitter.NewParser()
	defer parser.Close()
	if err := parser.SetLanguage(treesitter.NewLanguage(grammar(lang))); err != nil {
		return nil, Error{}, false, fmt.Errorf("loading the grammar: %w", err)
	}
	read := func(offset int, _ treesitter.Point) []byte { return src[min(offset, len(src)):] }
	tree := parser.ParseWithOptions(read, nil, &treesitter.ParseOptions{
		ProgressCallback: func(treesitter.ParseState) bool { return time.Now().After(deadline) },
	})
	if tree == nil {
		return nil, Error{}, false, ErrTime
	}
	defer tree.Close()
	if wanted {
		if root, err = build(tree, src, deadline); err != nil {
			return nil, Error{}, false, err
		}
	}
	if tree.RootNode().HasError() {
		first, broken = findError(tree.RootNode(), children, place)
	}
	return root, first, broken, nil
}

// kind is what all nodes with the same kind number have in common.
type kind struct {
	name  string
	named bool
}

// build copies a tree. Each query of the library costs a call into C, so those whose results can be cached or counted
// are made once.
func build(tree *treesitter.Tree, src []byte, deadline time.Time) (*Node, error) {
	cursor := tree.Walk()
	defer cursor.Close()
	var b builder
	kinds, fields := map[uint16]kind{}, map[uint16]string{0: ""}
	line, lineStart := 1, 0
	for at := 0; ; {
		n := cursor.Node()
		k, ok := kinds[n.KindId()]
		if !ok {
			k = kind{n.Kind(), n.IsNamed()}
			kinds[n.KindId()] = k
		}
		field, ok := fields[cursor.FieldId()]
		if !ok {
			field = cursor.FieldName()
			fields[cursor.FieldId()] = field
		}
		start := int(n.StartByte())
		for ; at < start; at++ { // nodes come in the order of the source
			if src[at] == '\n' {
				line, lineStart = line+1, at+1
			}
		}
		err := b.enter(&Node{
			Kind: k.name, Field: field, Named: k.named, Start: start, End: int(n.EndByte()),
			Line: line, Column: start - lineStart + 1,
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

func children(n *treesitter.Node) []*treesitter.Node {
	var below []*treesitter.Node
	for i := range n.ChildCount() {
		below = append(below, n.Child(i))
	}
	return below
}

func place(n *treesitter.Node) Error {
	start, end := n.StartPosition(), n.EndPosition()
	return Error{
		Line: int(start.Row) + 1, Column: int(start.Column) + 1, Text: missing(n.IsMissing(), n.Kind()),
		lines: int(end.Row-start.Row) + 1,
	}
}
