package typescript

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// maxDepth bounds how deep types are followed through aliases.
const maxDepth = 50

// typed lowers a type or a type annotation.
func (l *lowerer) typed(n *syntax.Node) *form.Node {
	if n == nil {
		return nil
	}
	f := l.typeOf(n, 0)
	f.Loose = l.loose(n, 0)
	return f
}

func (l *lowerer) typeOf(n *syntax.Node, depth int) *form.Node {
	children := n.NamedChildren()
	f := l.At(form.Type, n)
	all := func(nodes []*syntax.Node) []*form.Node {
		var list []*form.Node
		for _, c := range nodes {
			list = append(list, l.typeOf(c, depth+1))
		}
		return list
	}
	switch {
	case depth > maxDepth:
		return f
	case n.Kind == "type_annotation", n.Kind == "parenthesized_type", n.Kind == "readonly_type":
		f.Text, f.List = " ", all(children)
		return f
	case n.Kind == "type_identifier":
		if alias := l.aliases[l.Text(n)]; alias != nil && l.loose(alias, depth+1) {
			return l.typeOf(alias, depth+1)
		}
		return l.Name(n)
	case n.Kind == "nested_type_identifier":
		return l.Dotted(n, squeezed(l.Text(n)))
	case n.Kind == "generic_type" && len(children) == 2:
		f.X, f.Op, f.Text, f.List = l.typeOf(children[0], depth+1), "<", ", ", all(children[1].NamedChildren())
		return f
	case n.Kind == "array_type":
		f.Op, f.List = "[]", all(children)
		return f
	case n.Kind == "union_type":
		f.Text, f.List = " | ", all(children)
		return f
	}
	return l.Literal(n, fact.Text, strings.Join(strings.Fields(l.Text(n)), " "))
}

// squeezed returns a text without its white space.
func squeezed(text string) string { return strings.Join(strings.Fields(text), "") }

// loose reports whether a type, or its element type, allows any object.
func (l *lowerer) loose(n *syntax.Node, depth int) bool {
	if n == nil || depth > maxDepth {
		return false
	}
	depth++
	any := func(nodes []*syntax.Node) bool {
		return slices.ContainsFunc(nodes, func(c *syntax.Node) bool { return l.loose(c, depth) })
	}
	switch n.Kind {
	case "predefined_type":
		return slices.Contains([]string{"any", "unknown", "object"}, l.Text(n))
	case "type_annotation", "parenthesized_type", "readonly_type", "array_type", "tuple_type", "union_type":
		return any(n.NamedChildren())
	case "generic_type":
		arguments := n.NamedChildren()
		return len(arguments) == 2 && any(arguments[1].NamedChildren())
	case "object_type":
		members := n.NamedChildren()
		return len(members) == 0 || slices.ContainsFunc(members, func(c *syntax.Node) bool {
			return c.Kind == "index_signature" && any(c.NamedChildren())
		})
	case "type_identifier":
		if alias := l.aliases[l.Text(n)]; alias != nil {
			return l.loose(alias, depth)
		}
		return slices.Contains([]string{"Object", "Function"}, l.Text(n))
	}
	return false
}

// withType returns a value with its declared type.
func withType(v fact.Value, declares *form.Node, typ string) fact.Value {
	switch {
	case declares.Type.Loose || typ == "@pulumi/pulumi.Inputs": // a record of any
		return cast(v, typ)
	case v.Type == "":
		v.Type = typ
		if v.Kind != fact.Dict && v.Kind != fact.List {
			v.Checked = declares.File.Checked
		}
	}
	return v
}

// casted returns the value of a cast.
func casted(v fact.Value, n *form.Node, typ string) fact.Value {
	if n.Op != "satisfies_expression" {
		return cast(v, typ)
	}
	if v.Type == "" {
		v.Type = typ
	}
	return v
}

// cast returns a value with another type: no compiler checked the objects in it.
func cast(v fact.Value, typ string) fact.Value {
	v = unchecked(v)
	v.Type = typ
	return v
}

func unchecked(v fact.Value) fact.Value {
	v.Checked = false
	v.Items, v.Fields = slices.Clone(v.Items), slices.Clone(v.Fields)
	for i := range v.Items {
		v.Items[i] = unchecked(v.Items[i])
	}
	for i := range v.Fields {
		v.Fields[i].Value = unchecked(v.Fields[i].Value)
	}
	return v
}

// instance returns the name that methods of a value of a type are qualified with, whether the type is imported or the
// program's own.
func instance(typ string) string {
	if !strings.ContainsAny(typ, ".:/@-") || strings.ContainsAny(typ, "[]<>| {(=\"'`") {
		return ""
	}
	return typ + "()"
}
