package eval

import (
	"cmp"
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// guard returns the innermost node around another, or that node itself, that may not run when the code around it does.
// If there is none within the function, it returns the function or file, and false.
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

// dominates reports whether before, which precedes at in the same function, has always run when at runs.
func dominates(before, at *form.Node) bool {
	g, maybe := guard(before)
	return !maybe || at.Within(g)
}

// loops yields the loops around a node that are not around another one.
func loops(other, at *form.Node) func(func(*form.Node) bool) {
	return func(yield func(*form.Node) bool) {
		for n := at; n.Parent != nil && n.Kind != form.Function; n = n.Parent {
			if n.Repeats && !other.Within(n) && !yield(n) {
				return
			}
		}
	}
}

// inLoop reports whether a node may run more often than another.
func inLoop(n, other *form.Node) bool {
	for range loops(other, n) {
		return true
	}
	return false
}

// rebound reports whether a loop around a node, but not around its definition, contains one of the later definitions.
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

// reaching returns the last definition before a node that has certainly run, if no other can have run since. open
// reports whether parts were added in a branch.
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

// augments reports whether a definition adds to the previous value of the name.
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

// inBranch reports whether a node may not run although the function or file that contains it does.
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

// inPlace reports whether a function is called where it is defined, as in (() => {…})().
func (e *Evaluator) inPlace(function *form.Node) bool {
	up := function.Parent
	if up == nil || up.Kind != form.Call {
		return false
	}
	return up.X == function || e.lang.Runs != nil && e.lang.Runs(up)
}

// holder returns the full name of the function that contains a node; for a constructor, and for a field's value that
// the constructor evaluates, that is the class.
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
