package typescript

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// references are what the file does with a variable.
type references struct {
	// uses are the methods called on it and the functions it is passed to.
	uses []use
	// fields are the properties that are set for certain, and once.
	fields map[string]*syntax.Node
	// open says that its content changes in a way that cannot be told.
	open bool
}

// use is a method called on a value, or else a call that it is passed to.
type use struct {
	place  int // in the source, in bytes
	method string
	call   *syntax.Node
}

// mutators are the methods that change an array.
var mutators = []string{"copyWithin", "fill", "pop", "push", "reverse", "shift", "sort", "splice", "unshift"}

// changed says that the content of the variable's value is changed after it is
// made.
func (b *binding) changed() bool {
	r := b.references()
	return r.open || len(r.fields) > 0
}

// references are those in the file of the declaration, in the order of the
// source.
func (b *binding) references() *references {
	if b.refs != nil {
		return b.refs
	}
	b.refs = &references{fields: map[string]*syntax.Node{}}
	for _, n := range b.file.names[b.name] {
		if b.class != nil && b.file.this(n.Child("object")).node == b.class || b.class == nil && b.file.lookup(n) == b {
			b.refer(n)
		}
	}
	return b.refs
}

// refer notes what happens at one reference.
func (b *binding) refer(n *syntax.Node) {
	f, r := b.file, b.refs
	parent := n.Parent
	if parent == nil {
		return
	}
	if (parent.Kind == "member_expression" || parent.Kind == "subscript_expression") && n.Field == "object" {
		key := f.key(parent.Child("property"))
		if parent.Kind == "subscript_expression" {
			key = f.key(parent.Child("index"))
		}
		if up := parent.Parent; up != nil && up.Kind == "assignment_expression" && parent.Field == "left" {
			// Set once, and next to the declaration: then it is set for certain.
			_, again := r.fields[key]
			block := b.at.Parent
			if key == fact.Hole || again || block == nil || b.class != nil || up.Parent != block.Parent {
				r.open = true
				return
			}
			r.fields[key] = up.Child("right")
			return
		}
		if parent.Parent != nil && isCall(parent.Parent) && parent.Field == "function" {
			r.uses = append(r.uses, use{place: n.Start, method: "." + key})
		}
		if f.mutates(parent) {
			r.open = true
		}
		return
	}
	// What is passed may be wrapped, also in an object or array.
	at := n
	for at.Parent != nil && (inner(at.Parent) != nil ||
		slices.Contains([]string{"array", "object", "pair", "spread_element"}, at.Parent.Kind)) {
		at = at.Parent
	}
	if at.Parent == nil || at.Parent.Kind != "arguments" {
		return
	}
	call := at.Parent.Parent
	if call == nil || !isCall(call) {
		return
	}
	r.uses = append(r.uses, use{place: n.Start, call: call})
	if callee(call).Text(f.src) == "Object.assign" && at.Parent.NamedChildren()[0] == at {
		r.open = true
	}
}

// mutates says that what is done to a part of a value changes the value.
func (f *file) mutates(part *syntax.Node) bool {
	for {
		up := part.Parent
		if up == nil {
			return false
		}
		switch up.Kind {
		case "member_expression", "subscript_expression":
			if part.Field != "object" {
				return false
			}
			part = up
		case "non_null_expression", "parenthesized_expression", "as_expression":
			part = up
		case "assignment_expression", "augmented_assignment_expression", "update_expression":
			return part.Field != "right"
		case "unary_expression":
			return up.Child("operator").Text(f.src) == "delete"
		case "call_expression":
			return part.Field == "function" && slices.Contains(mutators, f.key(part.Child("property")))
		default:
			return false
		}
	}
}

// before names the uses that come before a place in the source.
func (r *references) before(f *file, place int) []string {
	var names []string
	for i := range r.uses {
		u := &r.uses[i]
		if u.place >= place {
			break
		}
		if u.method == "" {
			u.method = f.callName(u.call)
		}
		names = append(names, u.method)
	}
	return names
}

// callName is the name of the function that a call calls, as fact.Call has it.
func (f *file) callName(call *syntax.Node) string {
	function := callee(call)
	t := f.denote(function, 0)
	for function != nil && inner(function) != nil {
		function = inner(function)
	}
	switch {
	case t.name != "" && !t.made:
		return t.name
	case function != nil && function.Kind == "member_expression":
		return "?." + f.key(function.Child("property"))
	}
	return "?"
}
