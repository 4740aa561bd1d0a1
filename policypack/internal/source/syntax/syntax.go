// Package syntax parses Python, TypeScript and JavaScript into plain trees.
//
// It is backed by two parsers with the same grammars and so the same kinds of nodes: tree-sitter itself where the build
// has cgo, which releases for Linux do, and a port of it in pure Go everywhere else, which is two to three times
// slower. `go test -bench Parse` in this folder, once with CGO_ENABLED=0, measures them.
package syntax

import (
	"errors"
	"fmt"
	"time"
)

// Language is a grammar.
type Language int

// The supported grammars. TSX also reads JavaScript, with and without JSX.
const (
	Python Language = iota + 1
	TypeScript
	TSX
)

// Node is a node of a syntax tree. Its kinds and field names come from the tree-sitter grammars:
// https://github.com/tree-sitter/tree-sitter-python and https://github.com/tree-sitter/tree-sitter-typescript.
type Node struct {
	// Kind is the grammar's name for the node, or the token itself, such as "(".
	Kind string
	// Field is the node's role in its parent, such as "name"; empty if it has none.
	Field string
	// Named distinguishes nodes of the grammar from mere tokens.
	Named bool
	// Start and End are byte offsets into the source.
	Start, End int
	// Line and Column are the position where the node starts. Both count from 1, the column in bytes.
	Line, Column int
	Parent       *Node
	// Children are all children: named ones, tokens and comments.
	Children []*Node
}

// Child returns the first child with a role, or nil. A nil node has no children.
func (n *Node) Child(field string) *Node {
	if n != nil {
		for _, c := range n.Children {
			if c.Field == field {
				return c
			}
		}
	}
	return nil
}

// NamedChildren returns the children that are not mere tokens or comments.
func (n *Node) NamedChildren() []*Node {
	if n == nil {
		return nil
	}
	var named []*Node
	for _, c := range n.Children {
		if c.Named && c.Kind != "comment" {
			named = append(named, c)
		}
	}
	return named
}

// Text returns the source of the node; empty for nil.
func (n *Node) Text(src []byte) string {
	if n == nil {
		return ""
	}
	return string(src[n.Start:n.End])
}

// Walk calls visit for the node and all of its descendants, parents first. visit returns whether to visit the
// descendants of its node.
func (n *Node) Walk(visit func(*Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	for _, c := range n.Children {
		c.Walk(visit)
	}
}

// Limits on what is parsed. No program written by people comes near them, and they bound the cost of a hostile one: the
// walkers recurse along the tree.
const (
	// MaxBytes is the size of the largest file, in bytes.
	MaxBytes = 2 << 20
	// maxDepth is the depth of the deepest tree, in nodes.
	maxDepth = 1000
	// maxNodes bounds the tree's memory, at about 130 bytes each.
	maxNodes = 2_000_000
)

var (
	// ErrTime is returned if parsing takes longer than allowed.
	ErrTime = errors.New("parsing it takes too long")
	// ErrLarge is returned if the source is larger than MaxBytes.
	ErrLarge = fmt.Errorf("it is larger than %d MB", MaxBytes>>20)
	// ErrDeep is returned if the source is nested too deeply or its tree is too large.
	ErrDeep = errors.New("it is nested too deeply")
)

// Tree is the syntax of a file.
type Tree struct {
	Root   *Node
	first  Error
	broken bool
}

// FirstError returns the first syntax error, like the function of the same name.
func (t *Tree) FirstError() (Error, bool) { return t.first, t.broken }

// Parse returns the syntax of src. Where src does not follow the grammar, the tree contains nodes of kind "ERROR" and
// continues after them. Parse fails with ErrTime if it takes longer than within, and with ErrLarge or ErrDeep at the
// limits.
func Parse(lang Language, src []byte, within time.Duration) (*Tree, error) {
	if len(src) > MaxBytes {
		return nil, ErrLarge
	}
	if within <= 0 {
		return nil, ErrTime
	}
	root, first, broken, err := parse(lang, src, within, true)
	if err != nil {
		return nil, err
	}
	t := &Tree{Root: root}
	t.first, t.broken = believed(lang, src, first, broken)
	return t, nil
}

// builder builds a tree from a parser's cursor, which visits the nodes depth first.
type builder struct {
	current *Node
	depth   int
	count   int
}

func (b *builder) enter(n *Node) error {
	b.depth++
	b.count++
	if b.depth > maxDepth || b.count > maxNodes {
		return ErrDeep
	}
	n.Parent = b.current
	if b.current != nil {
		b.current.Children = append(b.current.Children, n)
	}
	b.current = n
	return nil
}

// leave returns to the parent and adds the current node to its children. An expression statement is represented by its
// expression: the pure Go parser omits the node around it in places, so it is omitted for both parsers.
func (b *builder) leave() {
	b.depth--
	done, parent := b.current, b.current.Parent
	if parent == nil {
		return
	}
	if done.Kind == "expression_statement" {
		for _, c := range done.Children {
			c.Parent = parent
		}
		parent.Children = append(parent.Children[:len(parent.Children)-1], done.Children...)
	}
	b.current = parent
}
