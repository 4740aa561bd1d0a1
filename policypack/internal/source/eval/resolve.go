package eval

import (
	"cmp"
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// resolver determines the scopes of a file and what its names refer to.
type resolver struct {
	file *form.File
	// members holds the uses of possible members of an instance.
	members []*form.Node
}

// resolve fills in the scopes and bindings of a file.
func resolve(f *form.File) {
	r := &resolver{file: f}
	f.Scope = r.open(f.Root, nil)
	if f.Exports == nil {
		f.Exports = f.Scope
	}
	r.below(f.Root, f.Scope, !f.Root.Dead)
	slices.SortStableFunc(f.Calls, func(a, b *form.Node) int { return cmp.Compare(a.Start, b.Start) })
	for _, n := range f.Names {
		r.name(n)
	}
	var reads []*form.Node
	for _, n := range r.members {
		class, _ := selfOf(n.X)
		switch {
		case class == nil:
		case n.Parent.Kind == form.Target && n.Parent.X == n:
			n.Binding = memberBinding(class, n.Text)
			addDef(n.Binding, defOf(n.Parent, scopeAt(n), n.Parent.Parent.Dead))
		default:
			reads = append(reads, n)
		}
	}
	for _, n := range reads {
		class, _ := selfOf(n.X)
		b := class.Names[n.Text]
		if b == nil {
			b = class.Members[n.Text]
		}
		if b != nil {
			n.Binding = b
			b.Refs = append(b.Refs, n)
		}
	}
}

// addDef adds a definition of a name, in source order.
func addDef(b *form.Binding, d *form.Def) {
	b.Defs = append(b.Defs, d)
	if n := len(b.Defs); n > 1 && b.Defs[n-2].At > d.At {
		slices.SortStableFunc(b.Defs, func(a, b *form.Def) int { return cmp.Compare(a.At, b.At) })
	}
}

func memberBinding(class *form.Scope, name string) *form.Binding {
	if b := class.Names[name]; b != nil {
		return b
	}
	if class.Members == nil {
		class.Members = map[string]*form.Binding{}
	}
	if class.Members[name] == nil {
		class.Members[name] = &form.Binding{Name: name, Scope: class}
	}
	return class.Members[name]
}

func (r *resolver) open(n *form.Node, parent *form.Scope) *form.Scope {
	s := &form.Scope{Node: n, File: r.file, Parent: parent, Names: map[string]*form.Binding{}}
	n.Scope = s
	if (n.Kind == form.Function || n.Kind == form.Class) && n.Text != "" {
		s.Name, s.Full = n.Text, n.Full
		for p := parent; p != nil; p = p.Parent {
			if p.Name != "" {
				s.Name = p.Name + "." + s.Name
				break
			}
		}
		if s.Full == "" {
			s.Full = r.file.Name + ":" + s.Name
		}
		if n.Text == "constructor" && parent.Node.Kind == form.Class {
			s.Name = parent.Name // what is in it goes by the class
		}
	}
	r.file.Scopes = append(r.file.Scopes, s)
	return s
}

func (r *resolver) below(n *form.Node, s *form.Scope, live bool) {
	n.Children(func(c *form.Node) { r.declare(c, s, live) })
}

// declare collects the names that a node declares and the nodes that the evaluator looks at.
func (r *resolver) declare(n *form.Node, s *form.Scope, live bool) {
	live = live && !n.Dead
	n.Dead = !live
	if n.Type != nil {
		r.declare(n.Type, s, live)
	}
	switch n.Kind {
	case form.Function:
		r.function(n, s, live)
		return
	case form.Class:
		if n.Declared {
			r.bind(s, n, &form.Def{Node: n, At: n.Start, Value: n, Scope: s, Dead: !live})
		}
		for _, c := range append(slices.Clip(n.List), n.Y) {
			if c != nil {
				r.declare(c, s, live)
			}
		}
		r.declare(n.X, r.open(n, s), live)
		return
	case form.Each:
		s = r.open(n, s)
	case form.Block:
		if n.Scoped {
			s = r.open(n, s)
		}
	case form.Name:
		r.file.Names = append(r.file.Names, n)
	case form.Member:
		if n.X.Kind == form.This || n.X.Kind == form.Name {
			r.members = append(r.members, n)
		}
	case form.Call:
		if live {
			r.file.Calls = append(r.file.Calls, n)
		}
		if n.Import != nil {
			r.file.Imports = append(r.file.Imports, n)
		}
	case form.Map:
		if live && n.Full != "" {
			r.file.Calls = append(r.file.Calls, n)
		}
	case form.Import:
		r.file.Imports = append(r.file.Imports, n)
		if n.Import.Member == "*" {
			s.Stars = append(s.Stars, n.Import.Module)
		} else if n.Text != "" {
			r.bind(s, n, &form.Def{Node: n, At: n.End, Scope: s, Dead: !live})
		}
	case form.Assign:
		into := s
		for n.Declares == form.InFunction && (into.Node.Kind == form.Block && into.Parent != nil || into.Node.Kind == form.Each) {
			into = into.Parent
		}
		for _, t := range n.List {
			if t.X.Kind == form.Name && (n.Declares != form.Nothing || t.X.Binding != nil) {
				t.X.Parent = t
				r.bind(into, t.X, defOf(t, into, !live))
			}
		}
	case form.Return:
		if f := functionOf(s); f != nil {
			f.Returns = append(f.Returns, n)
		}
	case form.Outer:
		if s.Outer == nil {
			s.Outer = map[string]bool{}
		}
		for _, c := range n.List {
			s.Outer[c.Text] = true
		}
		return
	default: // there is nothing to note of the others
	}
	r.below(n, s, live)
}

// defOf returns the definition that a Target creates.
func defOf(t *form.Node, s *form.Scope, dead bool) *form.Def {
	assign := t.Parent
	return &form.Def{
		Node: assign, At: max(assign.End, t.End), Value: assign.Y, Path: t.Path, Default: t.Y, Type: t.Type, Scope: s, Dead: dead,
	}
}

func (r *resolver) function(n *form.Node, s *form.Scope, live bool) {
	if n.Declared {
		r.bind(s, n, &form.Def{Node: n, At: n.Start, Value: n, Scope: s, Dead: !live})
	}
	inner := r.open(n, s)
	inner.Yields = n.Generator
	for _, p := range n.List {
		if p.Type != nil {
			r.declare(p.Type, s, live)
		}
		if p.X != nil {
			r.declare(p.X, s, live)
		}
		d := &form.Def{Node: p, At: p.End, Default: p.X, Type: p.Type, Scope: inner}
		inner.Params = append(inner.Params, d)
		if p.Text != "" {
			r.bind(inner, p, d)
		}
		for _, t := range p.List {
			part := *d
			part.Path, part.Default, part.Type = t.Path, t.Y, t.Type
			if t.Y != nil {
				r.declare(t.Y, s, live)
			}
			r.bind(inner, t.X, &part)
		}
	}
	if n.X != nil {
		r.declare(n.X, inner, live)
	}
}

// bind declares the name of a node in a scope.
func (r *resolver) bind(s *form.Scope, name *form.Node, d *form.Def) {
	if name.Binding != nil {
		addDef(name.Binding, d)
		return
	}
	if s.Outer[name.Text] {
		// The binding is that of an enclosing function, or else of the file.
		for p := s.Parent; p != nil; p = p.Parent {
			if p.Parent == nil || p.Names[name.Text] != nil && p.Node.Kind != form.Class {
				s = p
				break
			}
		}
	}
	b := s.Names[name.Text]
	if b == nil {
		b = &form.Binding{Name: name.Text, Scope: s}
		s.Names[name.Text] = b
	}
	name.Binding = b
	addDef(b, d)
}

// name resolves a use of a name.
func (r *resolver) name(n *form.Node) {
	p := n.Parent
	isTarget := p != nil && p.Kind == form.Target && p.X == n
	if n.Binding == nil {
		n.Binding = lookup(scopeAt(n), n.Text)
		if n.Binding != nil && isTarget && p.Parent.Kind == form.Assign {
			addDef(n.Binding, defOf(p, scopeAt(n), p.Parent.Dead))
		}
	}
	if n.Binding != nil && !isTarget {
		n.Binding.Refs = append(n.Binding.Refs, n)
	}
}

// lookup looks a name up in a scope and the scopes around it.
func lookup(s *form.Scope, name string) *form.Binding {
	for at := s; at != nil; at = at.Parent {
		if at.Node.Kind == form.Class && (at != s || !at.Node.Scoped) {
			continue // a class's names are not those of its methods
		}
		if b := at.Names[name]; b != nil {
			return b
		}
	}
	return nil
}

// scopeAt returns the scope in which a node's names are looked up. Defaults and types of parameters are outside their
// function.
func scopeAt(n *form.Node) *form.Scope {
	for ; n.Parent != nil; n = n.Parent {
		p := n.Parent
		if p.Scope == nil || (p.Kind == form.Function || p.Kind == form.Class) && n != p.X {
			continue
		}
		return p.Scope
	}
	return n.File.Scope
}

// functionOf returns the function that contains a scope, or nil.
func functionOf(s *form.Scope) *form.Scope {
	for ; s != nil && s.Node.Kind != form.Class; s = s.Parent {
		if s.Node.Kind == form.Function {
			return s
		}
	}
	return nil
}

// body returns the function, class or file whose body contains a node.
func body(n *form.Node) *form.Node {
	for n.Parent != nil {
		n = n.Parent
		if n.Kind == form.Function || n.Kind == form.Class {
			return n
		}
	}
	return n
}

// selfOf returns the class of which an expression is the current instance or, with static, the class itself; nil for
// other expressions.
func selfOf(n *form.Node) (class *form.Scope, static bool) {
	switch {
	case n.Kind == form.This || n.Kind == form.Super:
		for at := n; at.Parent != nil; at = at.Parent {
			p := at.Parent
			switch {
			case p.Kind == form.Class && at == p.X:
				return p.Scope, false
			case p.Kind == form.Function && !p.Arrow:
				if holder := p.Scope.Parent; holder.Node.Kind == form.Class {
					return holder, p.Static
				}
				return nil, false
			}
		}
	case n.Kind == form.Name && n.Binding != nil && len(n.Binding.Defs) == 1:
		d := n.Binding.Defs[0]
		if d.Node.Kind == form.Param && d.Node.Op == "self" {
			return d.Scope.Parent, false
		}
	}
	return nil, false
}
