// Package lower provides helpers for front ends that lower a syntax tree to the common form.
package lower

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// Base creates the nodes for the form of one file.
type Base struct {
	File *form.File
	// Lower returns the form of a node of the syntax.
	Lower func(*syntax.Node) *form.Node
}

// At returns a node at the position of a syntax node.
func (b *Base) At(kind form.Kind, n *syntax.Node) *form.Node {
	return &form.Node{Kind: kind, Start: n.Start, End: n.End, Line: n.Line, Column: n.Column}
}

// Text returns the source of a node.
func (b *Base) Text(n *syntax.Node) string { return n.Text(b.File.Src) }

// Literal returns a Literal node.
func (b *Base) Literal(n *syntax.Node, kind fact.Kind, text string) *form.Node {
	f := b.At(form.Literal, n)
	f.Value = &fact.Value{Kind: kind, Text: text}
	return f
}

// Name returns a Name node with the source of a syntax node.
func (b *Base) Name(n *syntax.Node) *form.Node {
	f := b.At(form.Name, n)
	f.Text = b.Text(n)
	return f
}

// Dotted converts a dotted name to nodes.
func (b *Base) Dotted(at *syntax.Node, name string) *form.Node {
	var f *form.Node
	for _, part := range strings.Split(name, ".") {
		one := b.At(form.Member, at)
		if one.X, one.Text = f, part; f == nil {
			one.Kind = form.Name
		}
		f = one
	}
	return f
}

// All lowers nodes.
func (b *Base) All(nodes []*syntax.Node) []*form.Node {
	var list []*form.Node
	for _, n := range nodes {
		if n != nil {
			list = append(list, b.Lower(n))
		}
	}
	return list
}

// Opaque lowers the children of a node about which nothing else is known.
func (b *Base) Opaque(n *syntax.Node) *form.Node {
	f := b.At(form.Opaque, n)
	f.List = b.All(n.NamedChildren())
	return f
}

// simple holds the single-letter escapes of all languages.
var simple = map[byte]string{
	'n': "\n", 't': "\t", 'r': "\r", 'b': "\b", 'f': "\f", 'v': "\v", '0': "\x00", '\\': `\`, '\'': "'", '"': `"`, '\n': "",
}

// Unescape replaces the escape sequences of a string literal. If keep is set, as for Python, a backslash before a
// letter that is not an escape stays.
func Unescape(text string, keep bool) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	length := map[byte]int{'x': 2, 'u': 4}
	if keep {
		length['U'] = 8
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if s, ok := simple[text[i]]; ok {
			b.WriteString(s)
			continue
		}
		digits := length[text[i]]
		if !keep && digits == 4 && i+1 < len(text) && text[i+1] == '{' {
			digits = strings.IndexByte(text[i:], '}')
		}
		if digits > 0 && i+digits < len(text) {
			if code, err := strconv.ParseUint(strings.Trim(text[i+1:i+1+digits], "{}"), 16, 32); err == nil && code <= utf8.MaxRune {
				b.WriteRune(rune(code))
				i += digits
				continue
			}
		}
		if keep {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
