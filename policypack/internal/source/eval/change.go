package eval

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// Change is the effect of a method on the list or map that it is called on.
type Change int

// The possible changes.
const (
	// Keep changes nothing.
	Keep Change = iota
	// Add adds the arguments to a list, and AddAll the elements of its argument.
	Add
	AddAll
	// Merge adds the entries of its arguments to a map.
	Merge
	// Extend adds something unknown.
	Extend
	// Reorder leaves nothing known.
	Reorder
)

// marks returns what happens to the value of a name, in the order of the source.
func marks(b *form.Binding) []form.Mark {
	if b.Marked {
		return b.Marks
	}
	b.Marked = true
	slices.SortStableFunc(b.Refs, func(a, b *form.Node) int { return a.Start - b.Start })
	for _, n := range b.Refs {
		if m, ok := mark(n); ok {
			b.Marks = append(b.Marks, m)
		}
	}
	return b.Marks
}

// mark returns the effect that a use of a name has on its value.
func mark(n *form.Node) (form.Mark, bool) {
	m := form.Mark{Node: n}
	p := n.Parent
	if p.Kind == form.Pointer && p.Op == "&" {
		m.Address = true
		n, p = p, p.Parent
	}
	parts := 0
	for ; p.X == n && (p.Kind == form.Member || p.Kind == form.Index || p.Kind == form.Cast); n, p = p, p.Parent {
		if p.Kind == form.Cast {
			continue
		}
		m.Deep = parts > 0
		switch up := p.Parent; {
		case up.Kind == form.Call && up.X == p && p.Kind == form.Member:
			m.Method, m.Call = p.Text, up
			return m, true
		case up.Kind == form.Target && up.X == p:
			m.Set = up
			return m, true
		case up.Kind == form.Delete:
			m.Deep = true
			return m, true
		}
		parts++
	}
	switch {
	case parts > 0:
		return m, false
	case p.Kind == form.Loop && p.X == n && p.Text != "":
		m.Method = p.Text
		return m, true
	}
	for slices.Contains(holders, p.Kind) && p.Parent != nil {
		n, p = p, p.Parent
	}
	if p.Kind == form.Call && p.X != n {
		m.Call = p
		return m, true
	}
	return m, m.Address
}

// holders lists the kinds of nodes that pass on the values that they contain.
var holders = []form.Kind{form.Keyword, form.Spread, form.List, form.Map, form.Pair, form.Cast, form.Pointer}

// used returns a value with the changes that were made to it before a node.
func (e *Evaluator) used(v fact.Value, b *form.Binding, at *form.Node) fact.Value {
	all := marks(b)
	if len(all) == 0 {
		return v
	}
	if v.Kind == fact.Text || v.Kind == fact.Scalar || v.Kind == fact.Closure || v.Kind == fact.Bytes {
		if slices.ContainsFunc(all, func(m form.Mark) bool { return m.Address && m.Node != at }) {
			return fact.Value{Type: v.Type, Seeks: v.Seeks}
		}
		return v
	}
	here := body(at)
	direct := !slices.ContainsFunc(b.Defs, func(d *form.Def) bool { return body(d.Node) != here })
	start, binding := -1, at.File.Root
	if direct {
		for _, d := range b.Defs {
			if d.At > at.Start {
				break
			}
			start, binding = d.At, d.Node
		}
		if alias := aliasOf(binding); alias != nil && body(alias) == here {
			all = e.withAlias(all, alias, binding, at)
		}
	}
	limit := at.Start
	for loop := range loops(binding, at) {
		limit = loop.End
	}
	v.Uses = slices.Clip(v.Uses)
	for _, m := range all {
		if e.tooLate() {
			break
		}
		elsewhere := !direct && body(m.Node) != here
		if m.Node == at || m.Node.Start < start || m.Node.Start > limit && !elsewhere {
			continue
		}
		sure := direct && body(m.Node) == here && m.Node.Start < at.Start && dominates(m.Node, at) && !inLoop(m.Node, binding)
		if m.Node.Binding == b {
			if v = e.changed(v, m, sure); len(v.Items)+len(v.Fields) > maxItems {
				v = fact.Value{Type: v.Type, Location: v.Location}
			}
		}
		switch {
		case len(v.Uses) >= maxUses || m.Deep:
		case m.Method != "":
			v.Uses = append(v.Uses, "."+m.Method)
		case m.Call != nil:
			v.Uses = append(v.Uses, e.callee(m.Call).name)
		}
	}
	return v
}

// aliasOf returns the name that a binding creates an alias of, or nil.
func aliasOf(binding *form.Node) *form.Node {
	if binding.Kind != form.Assign || binding.Op != "=" || binding.Y == nil || binding.Y.Kind != form.Name || binding.Y.Binding == nil {
		return nil
	}
	return binding.Y
}

// withAlias adds the marks of an alias of the value.
func (e *Evaluator) withAlias(all []form.Mark, alias, binding, at *form.Node) []form.Mark {
	all = slices.Clone(all)
	for _, m := range marks(alias.Binding) {
		if m.Node.Start > binding.End && m.Node.Start < at.Start {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b form.Mark) int { return a.Node.Start - b.Node.Start })
	return all
}

// changed returns a list or map after a mark. sure reports whether the mark ran exactly once.
func (e *Evaluator) changed(v fact.Value, m form.Mark, sure bool) fact.Value {
	switch {
	case v.Kind != fact.List && v.Kind != fact.Dict:
		return v
	case m.Deep:
		if m.Method == "" || e.lang.Changes(m.Method, v.Kind) != Keep {
			v.Open = true
		}
		return v
	case m.Set != nil:
		return e.set(v, m.Set, sure)
	case m.Call != nil && m.Method == "":
		// A function of the program may change its arguments.
		called := e.callee(m.Call)
		v.Open = v.Open || called.function != nil || m.Address || strings.HasPrefix(v.Type, "*") ||
			slices.Contains(e.lang.Fills, called.name) && len(m.Call.List) > 0 && m.Node.Within(m.Call.List[0])
		return v
	case m.Address && m.Call == nil:
		v.Open = true
		return v
	case m.Call == nil:
		return v
	case e.lang.NoMembers && e.callee(m.Call).function != nil: // a method of the program
		v.Open = true
		return v
	}
	change := e.lang.Changes(m.Method, v.Kind)
	if change == Keep {
		return v
	}
	return apply(v, change, e.call(m.Call).Args, sure)
}

// apply returns a list or map after a method that changes it.
func apply(v fact.Value, change Change, args []fact.Arg, sure bool) fact.Value {
	switch {
	case change == Reorder:
		return fact.Value{Type: v.Type, Location: v.Location}
	case change == Extend, change != Merge && (!sure || v.Open || change == AddAll && len(args) != 1):
		v.Open = true
		return v
	}
	v.Open = v.Open || !sure
	for _, a := range args {
		switch {
		case change == Merge && a.Name != "" && a.Name[0] != '*':
			v.Fields = append(slices.Clip(v.Fields), fact.Field{Key: a.Name, Value: a.Value})
		case change == Merge && a.Value.Kind == fact.Dict && a.Name == "":
			v.Fields = append(slices.Clip(v.Fields), a.Value.Fields...)
			v.Open = v.Open || a.Value.Open
		case change == Add && a.Name == "":
			v.Items = append(slices.Clip(v.Items), a.Value)
		case change == AddAll && a.Value.Kind == fact.List:
			v.Items = append(slices.Clip(v.Items), a.Value.Items...)
			v.Open = v.Open || a.Value.Open
		default:
			v.Open = true
		}
	}
	return v
}

// set returns a list or map after one of its elements is set.
func (e *Evaluator) set(v fact.Value, target *form.Node, sure bool) fact.Value {
	name := target.X.Text
	if target.X.Kind == form.Index {
		name = key(e.Eval(target.X.Y))
	}
	assign := target.Parent
	value := fact.Value{}
	if assign.Op == "=" && len(target.Path) == 0 {
		value = e.Eval(assign.Y)
	}
	if v.Kind == fact.Dict {
		v.Fields = append(slices.Clip(v.Fields), fact.Field{Key: name, Value: value})
		// Even a plain map no longer has only the fields that were checked.
		v.Open = v.Open || !sure
		return v
	}
	i, known := number(fact.Value{Kind: fact.Scalar, Text: name})
	if !sure || !known || i >= len(v.Items) {
		return fact.Value{Type: v.Type, Location: v.Location}
	}
	v.Items = slices.Clone(v.Items)
	v.Items[i] = value
	return v
}
