package eval

import (
	"cmp"
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// guard returns the nearest node around another, or itself, that may not run when what
// is around it does; where there is none within the function, the function or file, and
// false.
func guard(n *form.Node) (*form.Node, bool) {
	for start := n; n.Parent != nil; n = n.Parent {
		p := n.Parent
		switch {
		case n != start && (n.Kind == form.Function || n.Kind == form.Class):
			return n, false
		case n.Maybe, p.Kind == form.Conditional && n != p.X, p.Kind == form.Each,
			p.Kind == form.Binary && (p.Op == "or" || p.Op == "??" || p.Op == "and") && n == p.Y:
			return n, true
		}
	}
	return n, false
}

// dominates reports whether whenever a place runs, what stands before it in the same
// function has run too.
func dominates(before, at *form.Node) bool {
	g, maybe := guard(before)
	return !maybe || at.Within(g)
}

// loops yields what repeats around a place, but not around another.
func loops(other, at *form.Node) func(func(*form.Node) bool) {
	return func(yield func(*form.Node) bool) {
		for n := at; n.Parent != nil && n.Kind != form.Function; n = n.Parent {
			if n.Repeats && !other.Within(n) && !yield(n) {
				return
			}
		}
	}
}

// inLoop reports whether a place may run more often than another.
func inLoop(n, other *form.Node) bool {
	for range loops(other, n) {
		return true
	}
	return false
}

// rebound reports whether a loop around a place, but not around its binding, holds
// another of the bindings that come later.
func rebound(later []*form.Def, binding, at *form.Node) bool {
	for loop := range loops(binding, at) {
		for _, d := range later {
			if d.Node.Within(loop) {
				return true
			}
		}
	}
	return false
}

// reaching returns the last binding before a place that is sure to have run, when no
// other can have run since. open says that parts were added in a branch.
func reaching(defs []*form.Def, at *form.Node) (d *form.Def, open, ok bool) {
	last, _ := slices.BinarySearchFunc(defs, at.Start+1, func(d *form.Def, offset int) int { return cmp.Compare(d.At, offset) })
	for i := last - 1; i >= 0; i-- {
		d = defs[i]
		switch {
		case !dominates(d.Node, at):
			if !augments(d) {
				return nil, false, false
			}
			open = true
			continue
		case rebound(defs[last:], d.Node, at):
			return nil, false, false
		}
		return d, open, true
	}
	return nil, false, false
}

// augments reports whether a binding adds to what the name was.
func augments(d *form.Def) bool {
	if d.Node.Kind != form.Assign {
		return false
	}
	switch d.Node.Op {
	case "=", ":", "zero":
		return false
	}
	return true
}

// inBranch reports whether a node may not run when the function that holds it does,
// or the file.
func (e *Evaluator) inBranch(n *form.Node) bool {
	for {
		g, maybe := guard(n)
		switch {
		case maybe:
			return true
		case g.Parent == nil:
			return false
		case g.Kind == form.Function && !e.inPlace(g):
			return g.Text == ""
		}
		n = g
	}
}

// inPlace reports whether a function is called where it stands, as (() => {…})().
func (e *Evaluator) inPlace(function *form.Node) bool {
	up := function.Parent
	if up == nil || up.Kind != form.Call {
		return false
	}
	return up.X == function || e.lang.Runs != nil && e.lang.Runs(up)
}

// holder returns the full name of the function that holds a node, of a constructor
// its class; of a field's value too, where the constructor runs it.
func (e *Evaluator) holder(n *form.Node) string {
	for n.Parent != nil {
		child := n
		n = n.Parent
		switch {
		case n.Kind == form.Class && child == n.X && !n.Scoped && n.Scope.Full != "":
			return n.Scope.Full
		case n.Kind != form.Function || n.Scope.Full == "" || child != n.X:
		case n.Scope.Parent.Node.Kind == form.Class && n.Text == e.lang.Constructor:
			return n.Scope.Parent.Full
		default:
			return n.Scope.Full
		}
	}
	return ""
}
