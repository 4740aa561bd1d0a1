package typescript

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// typeName is the text of a type, with full names. n may be an annotation.
func (f *file) typeName(n *syntax.Node, depth int) string {
	children := n.NamedChildren()
	if n == nil || depth > maxDepth {
		return ""
	}
	depth++
	all := func(nodes []*syntax.Node, separator string) string {
		var names []string
		for _, c := range nodes {
			names = append(names, f.typeName(c, depth))
		}
		return strings.Join(names, separator)
	}
	switch n.Kind {
	case "type_annotation", "parenthesized_type", "readonly_type":
		return all(children, " ")
	case "type_identifier":
		if b := f.lookup(n); b != nil {
			if t := b.denote(depth); t.name != "" {
				return t.name
			}
			return n.Text(f.src)
		}
		if alias := f.types[n.Text(f.src)]; alias != nil && f.loose(alias, depth) {
			return f.typeName(alias, depth)
		}
	case "nested_type_identifier":
		return f.qualified(n, n.End)
	case "generic_type":
		if len(children) == 2 {
			return f.typeName(children[0], depth) + "<" + all(children[1].NamedChildren(), ", ") + ">"
		}
	case "array_type":
		return all(children, "") + "[]"
	case "union_type":
		return all(children, " | ")
	}
	return strings.Join(strings.Fields(n.Text(f.src)), " ")
}

// qualified is the full name of a type with dots, as aws.s3.BucketArgs, which
// ends at a place in the source.
func (f *file) qualified(n *syntax.Node, end int) string {
	text := strings.Join(strings.Fields(string(f.src[n.Start:end])), "")
	first := n
	for len(first.Children) > 0 {
		first = first.Children[0]
	}
	_, rest, _ := strings.Cut(text, ".")
	if t := f.denote(first, 0); t.name != "" {
		return t.name + "." + rest
	}
	return text
}

// loose says that a type lets any object pass, or that its elements do.
func (f *file) loose(n *syntax.Node, depth int) bool {
	if n == nil || depth > maxDepth {
		return false
	}
	depth++
	any := func(nodes []*syntax.Node) bool {
		return slices.ContainsFunc(nodes, func(c *syntax.Node) bool { return f.loose(c, depth) })
	}
	switch n.Kind {
	case "predefined_type":
		return slices.Contains([]string{"any", "unknown", "object"}, n.Text(f.src))
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
		if f.lookup(n) == nil {
			if alias := f.types[n.Text(f.src)]; alias != nil {
				return f.loose(alias, depth)
			}
			return slices.Contains([]string{"Object", "Function"}, n.Text(f.src))
		}
		return f.typeName(n, depth) == "@pulumi/pulumi.Inputs"
	case "nested_type_identifier":
		// A record of any.
		return f.qualified(n, n.End) == "@pulumi/pulumi.Inputs"
	}
	return false
}
