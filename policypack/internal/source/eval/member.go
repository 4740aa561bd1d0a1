package eval

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// memberOf returns what X.Text refers to.
func (e *Evaluator) memberOf(n *form.Node) Ref {
	if n.Full != "" && (n.Binding == nil || len(n.Binding.Defs) == 0) {
		return Ref{Name: n.Full}
	}
	object := e.Look(n.X)
	if b := n.Binding; b != nil {
		r := e.reach(b, n, e.bound)
		r.Value = e.used(r.Value, b, n)
		return r
	}
	if n.X.Kind == form.Super {
		return e.superMember(n)
	}
	if v := object.Value; v.Kind != fact.Dict && object.Name == "" {
		if r, ok := e.setMember(n); ok {
			return r
		}
	}
	r := e.Member(object, n.Text, n)
	r.Value.Uses = nil
	return r
}

// setMember returns what the program last set a member of a variable to.
func (e *Evaluator) setMember(n *form.Node) (Ref, bool) {
	b := n.X.Binding
	if n.X.Kind != form.Name || b == nil {
		return Ref{}, false
	}
	var last *form.Mark
	for i, m := range marks(b) {
		if m.Set == nil || m.Deep || m.Set.X.Kind != form.Member || m.Set.X.Text != n.Text {
			continue
		}
		if last != nil && !dominates(m.Node, n) || body(m.Node) != body(n) || inLoop(n, m.Node) {
			return Ref{}, true
		}
		if m.Node.Start < n.Start {
			last = &b.Marks[i]
		}
	}
	if last == nil {
		return Ref{}, false
	}
	if assign := last.Set.Parent; dominates(last.Node, n) && assign.Op == "=" {
		return e.Look(assign.Y), true
	}
	return Ref{}, true
}

// Member returns what a member of something refers to.
func (e *Evaluator) Member(object Ref, name string, at *form.Node) Ref {
	switch {
	case object.own != nil:
		return Ref{Name: object.Name + "." + name}
	case object.Name != "":
		return Ref{Name: e.lang.Join(object.Name, name)}
	case object.Module != nil:
		return e.ModuleMember(object.Module, name)
	case object.class():
		return e.classMember(object.Scope, name, at, false)
	case object.Self != nil:
		return e.classMember(object.Self, name, at, true)
	}
	v := object.Value
	if v.Kind == fact.Result && v.Call != nil && !e.members[v.Call] {
		if class := e.named[v.Call.Func]; class != nil && class.Node.Kind == form.Class {
			if r, ok := e.dataField(class, v.Call, name); ok {
				return r
			}
			return e.classMember(class, name, at, true)
		}
	}
	if class := e.named[v.Type]; v.Kind == fact.Unknown && class != nil && class.Node.Kind == form.Class {
		return e.classMember(class, name, at, true)
	}
	if e.lang.Attribute != nil {
		if r, ok := e.lang.Attribute(v, name); ok {
			return Ref{Value: r}
		}
	}
	if v.Kind == fact.Dict {
		return e.entry(v, name)
	}
	if v.Kind == fact.List || v.Kind == fact.Text || v.Kind == fact.Scalar || v.Kind == fact.Closure {
		if receiver := e.lang.Kinds[v.Kind]; receiver == "" {
			return Ref{}
		}
	}
	if v.Type == "any" {
		return Ref{Value: fact.Value{Type: "any"}}
	}
	if receiver := e.receiver(v); receiver != unknownReceiver && !e.lang.NoMembers {
		return Ref{Value: e.StandIn(at, receiver+"."+name, e.maker(v))}
	}
	return Ref{}
}

// entry returns what an entry of a map refers to.
func (e *Evaluator) entry(v fact.Value, name string) Ref {
	field, ok := v.Field(name)
	if !ok || v.Open {
		if v.Type == "any" {
			return Ref{Value: fact.Value{Type: "any"}}
		}
		return Ref{}
	}
	if field.Kind == fact.Closure && e.named[field.Text] != nil {
		return Ref{Scope: e.named[field.Text], Value: field}
	}
	return Ref{Value: field}
}

// classMember returns a method or a field of a class or of its superclasses. instance reports whether an instance's
// member is wanted.
func (e *Evaluator) classMember(class *form.Scope, name string, at *form.Node, instance bool) Ref {
	for range maxNest {
		b := class.Names[name]
		if b == nil {
			b = class.Members[name]
		}
		if b != nil {
			end := &form.Node{Start: at.Start, Parent: at.Parent, File: at.File}
			r := e.reach(b, end, func(d *form.Def) Ref {
				if augments(d) {
					return Ref{}
				}
				return e.bound(d)
			})
			if r.Value.Kind == fact.List || r.Value.Kind == fact.Dict {
				r.Value = e.used(r.Value, b, end)
			}
			return r
		}
		base := e.extends(class)
		switch {
		case base.Name != "" && instance && base.Name != "object":
			return Ref{Value: e.StandIn(at, base.Name+"()."+name, nil)}
		case base.Name != "":
			return Ref{Name: base.Name + "." + name}
		case !base.class():
			return Ref{}
		}
		class = base.Scope
	}
	return Ref{}
}

// extends returns the superclass of a class.
func (e *Evaluator) extends(class *form.Scope) Ref { return e.Look(class.Node.Y) }

// dataField returns a field of an instance of a class that has no constructor of its own but takes its fields as
// arguments.
func (e *Evaluator) dataField(class *form.Scope, made *fact.Call, name string) (Ref, bool) {
	if class.Names[e.lang.Constructor] != nil || e.lang.TakesFields == nil || !e.lang.TakesFields(class.Node) {
		return Ref{}, false
	}
	var fields []*form.Binding
	for _, b := range class.Names {
		if d := b.Defs[0]; d.Type != nil && d.Node.Kind == form.Assign {
			fields = append(fields, b)
		}
	}
	slices.SortFunc(fields, func(a, b *form.Binding) int { return a.Defs[0].At - b.Defs[0].At })
	i := slices.IndexFunc(fields, func(b *form.Binding) bool { return b.Name == name })
	if i < 0 {
		return Ref{}, false
	}
	if v, ok := made.Arg(name, i); ok {
		return Ref{Value: v}, true
	}
	if slices.ContainsFunc(made.Args, func(a fact.Arg) bool { return strings.HasPrefix(a.Name, "*") }) || fields[i].Defs[0].Value == nil {
		return Ref{}, true
	}
	return e.Look(fields[i].Defs[0].Value), true
}

// this returns what This and Super refer to.
func (e *Evaluator) this(n *form.Node) Ref {
	class, static := selfOf(n)
	switch {
	case class != nil && static:
		return Ref{Scope: class}
	case class != nil:
		return Ref{Self: class}
	}
	// A method of an object literal.
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Kind == form.Function && !p.Arrow {
			if pair := p.Parent; pair != nil && pair.Kind == form.Pair && p.Static {
				return e.Look(pair.Parent)
			}
			break
		}
	}
	return Ref{}
}

// superMember returns a member of the superclass of the enclosing class.
func (e *Evaluator) superMember(n *form.Node) Ref {
	class, static := selfOf(n.X)
	if class == nil {
		return Ref{}
	}
	base := e.extends(class)
	switch {
	case base.Name != "" && n.Text == e.lang.Constructor:
		return Ref{Name: base.Name}
	case base.Name != "" && static:
		return Ref{Name: base.Name + "." + n.Text}
	case base.Name != "":
		return Ref{Name: base.Name + "()." + n.Text}
	case base.class() && n.Text == e.lang.Constructor:
		return base
	case base.class():
		return e.classMember(base.Scope, n.Text, n, !static)
	}
	return Ref{}
}

// ModuleMember returns what a name refers to in a module of the program.
func (e *Evaluator) ModuleMember(m *Module, name string) Ref {
	if m.File != "" && e.lang.Lazy != nil && !e.leads[m.File] && e.lang.Lazy(e, m.File) {
		// It can only provide members of the program itself.
		return Ref{Name: m.File + ":" + name, own: &ownMember{m, name}}
	}
	return e.fileMember(m, name)
}

// fileMember returns what a name refers to in the file of a module.
func (e *Evaluator) fileMember(m *Module, name string) Ref {
	k := memberKey{m.File + "\x00" + m.Path, name}
	if r, ok := e.exports[k]; ok {
		return r
	}
	e.exports[k] = Ref{} // what a cycle of imports finds
	r := e.export(m, name)
	e.exports[k] = r
	return r
}

func (e *Evaluator) export(m *Module, name string) Ref {
	if m.File != "" {
		f := e.file(m.File)
		if f == nil {
			if e.lang.Lazy != nil {
				return Ref{Name: m.File + ":" + name}
			}
			return Ref{}
		}
		if b := f.Exports.Names[name]; b != nil {
			return e.reach(b, end(f), e.bound)
		}
		if e.lang.Export != nil {
			if r, ok := e.lang.Export(e, f, name); ok {
				return r
			}
		}
		if r := e.starred(f, f.Scope, name); !r.Unknown() {
			return r
		}
	}
	if e.lang.Submodule != nil {
		if sub := e.lang.Submodule(e, m, name); sub != nil {
			return Ref{Module: sub}
		}
	}
	return Ref{}
}

// end returns a node at the end of a file.
func end(f *form.File) *form.Node {
	return &form.Node{Start: len(f.Src) + 1, End: len(f.Src) + 1, Parent: f.Root, File: f}
}

// starred returns what a name refers to through a wildcard import or export.
func (e *Evaluator) starred(f *form.File, s *form.Scope, name string) Ref {
	modules := f.Stars
	for ; s != nil; s = s.Parent {
		modules = append(slices.Clip(modules), s.Stars...)
	}
	var outside []string
	for _, module := range modules {
		r := e.lang.Import(e, f, &form.ImportOf{Module: module})
		switch {
		case r.Module != nil && name != "default":
			if r := e.fileMember(r.Module, name); !r.Unknown() {
				return r
			}
		case r.Name != "":
			outside = append(outside, r.Name)
		}
	}
	// If there are two such imports, either may provide it.
	if len(outside) == 1 && !strings.HasPrefix(name, "_") {
		return Ref{Name: e.lang.Join(outside[0], name)}
	}
	return Ref{}
}

// receiver returns the name that methods of a value are qualified with.
func (e *Evaluator) receiver(v fact.Value) string {
	if e.lang.NoMembers {
		if name := e.lang.Instance(v.Type); name != "" {
			return name
		}
	}
	if v.Call != nil {
		switch {
		case v.Call.Func == unknownReceiver || strings.HasPrefix(v.Call.Func, unknownReceiver+".") && !e.lang.CallsResults:
			return unknownReceiver
		case e.members[v.Call]:
			return v.Call.Func
		}
		return v.Call.Func + "()"
	}
	if name := e.lang.Kinds[v.Kind]; name != "" {
		return name
	}
	if v.Kind == fact.Unknown && e.lang.Instance != nil {
		if name := e.lang.Instance(v.Type); name != "" {
			return name
		}
	}
	return unknownReceiver
}

// maker returns the call that created a value, or nil.
func (e *Evaluator) maker(v fact.Value) *fact.Call {
	if v.Kind != fact.Result || e.members[v.Call] {
		return nil
	}
	return v.Call
}

// number returns the value as a small number.
func number(v fact.Value) (int, bool) {
	i, err := strconv.Atoi(v.Text)
	return i, err == nil && v.Kind == fact.Scalar && i >= 0
}
