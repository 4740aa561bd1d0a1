// Package lower holds what front ends share that lower a syntax tree into a form.
package lower

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// Base makes nodes of the form of one file.
type Base struct {
	File *form.File
	// Lower returns the form of a node of the syntax.
	Lower func(*syntax.Node) *form.Node
}

// At makes a node where the syntax has one.
func (b *Base) At(kind form.Kind, n *syntax.Node) *form.Node {
	return &form.Node{Kind: kind, Start: n.Start, End: n.End, Line: n.Line, Column: n.Column}
}

// Text returns the source of a node.
func (b *Base) Text(n *syntax.Node) string { return n.Text(b.File.Src) }

// Literal makes a Literal.
func (b *Base) Literal(n *syntax.Node, kind fact.Kind, text string) *form.Node {
	f := b.At(form.Literal, n)
	f.Value = &fact.Value{Kind: kind, Text: text}
	return f
}

// Name makes a Name of the source of a node.
func (b *Base) Name(n *syntax.Node) *form.Node {
	f := b.At(form.Name, n)
	f.Text = b.Text(n)
	return f
}

// Dotted makes a name of a text with dots in it.
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

// Opaque lowers what is below a node, of which nothing else is known.
func (b *Base) Opaque(n *syntax.Node) *form.Node {
	f := b.At(form.Opaque, n)
	f.List = b.All(n.NamedChildren())
	return f
}

// simple are the escapes of one letter, in the languages that have them.
var simple = map[byte]string{
	'n': "\n", 't': "\t", 'r': "\r", 'b': "\b", 'f': "\f", 'v': "\v", '0': "\x00", '\\': `\`, '\'': "'", '"': `"`, '\n': "",
}

// Unescape replaces the escapes of a string literal. A backslash before a letter that
// is none stays where keep says so, as in Python.
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
