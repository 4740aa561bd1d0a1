package python

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// ref is what a name or an expression stands for: one of a name of something
// outside the program, a module, a class or function of the program, an
// instance of one of its classes, or else a value.
type ref struct {
	name   string
	module *module
	scope  *scope
	self   *scope
	value  fact.Value
}

// maxNest is how deep expressions are followed, into each other and through
// variables.
const maxNest = 200

// look is what an expression stands for.
func (rd *reader) look(f *file, n *syntax.Node) ref {
	if n == nil {
		return ref{}
	}
	if r, ok := rd.refs[n]; ok {
		return r
	}
	if rd.following[n] || rd.depth > maxNest || rd.tooLate() {
		return ref{}
	}
	rd.following[n] = true
	rd.depth++
	r := rd.see(f, n)
	rd.depth--
	delete(rd.following, n)
	rd.held += len(r.value.Items) + len(r.value.Fields)
	if tooLarge(r.value) {
		r = ref{}
	}
	rd.refs[n] = r
	return r
}

// eval is the value of an expression.
func (rd *reader) eval(f *file, n *syntax.Node) fact.Value {
	r := rd.look(f, n)
	v := r.value
	switch {
	case r.scope != nil && r.scope.isFunction():
		v = fact.Value{Kind: fact.Closure, Text: r.scope.full}
	case r.name != "":
		if text, ok := knownValues[r.name]; ok {
			v = fact.Value{Kind: fact.Text, Text: text}
		}
	}
	if v.Location.Line == 0 && n != nil {
		v.Location = f.location(n)
	}
	return v
}

// knownValues are constants of the standard library. The interpreter's path is
// not known, only that it is Python.
var knownValues = map[string]string{
	"sys.executable": "python", "os.sep": "/", "os.path.sep": "/", "os.linesep": "\n", "os.curdir": ".", "os.pardir": "..",
}

// lookName is what a name stands for at a place.
func (rd *reader) lookName(f *file, at *syntax.Node, name string) ref {
	from := f.scopeAt(at)
	owner := from.owner(name)
	if owner == nil {
		return rd.free(f, name)
	}
	return rd.reach(owner.defs[name], from.body() == owner.body(), at, rd.bound)
}

// reach is the binding that holds at a place, of all those of a name. There is
// none when it depends on the way the program took. direct says that the place
// is in the same function as the bindings.
func (rd *reader) reach(defs []*def, direct bool, at *syntax.Node, bound func(*def) ref) ref {
	if live := slices.DeleteFunc(slices.Clone(defs), func(d *def) bool { return d.dead }); len(live) > 0 {
		defs = live
	}
	typed := defs
	if values := slices.DeleteFunc(slices.Clone(defs), func(d *def) bool { return d.kind == annotated }); len(values) > 0 {
		defs = values
	}
	if len(defs) == 1 && defs[0].kind != augmented {
		return rd.annotate(bound(defs[0]), typed)
	}
	if direct {
		if d, open, ok := reaching(defs, at); ok {
			r := rd.annotate(bound(d), typed)
			if open {
				r.value = opened(r.value)
			}
			return r
		}
	}
	// A name that starts as None is set once before it is of use.
	set := slices.DeleteFunc(slices.Clone(defs), func(d *def) bool { return d.value != nil && d.value.Kind == "none" })
	if len(set) == 1 && set[0].kind == assigned {
		return rd.annotate(bound(set[0]), typed)
	}
	return ref{}
}

// reaching is the last binding before a place that is sure to have run, when no
// other can have run since. open says that parts were added in a branch.
func reaching(defs []*def, at *syntax.Node) (d *def, open, ok bool) {
	last, _ := slices.BinarySearchFunc(defs, at.Start+1, func(d *def, offset int) int { return cmp.Compare(d.at, offset) })
	for i := last - 1; i >= 0; i-- {
		d = defs[i]
		switch {
		case !dominates(d.node, at):
			if d.kind != augmented {
				return nil, false, false
			}
			open = true
			continue
		case rebound(defs[last:], d.node, at):
			return nil, false, false
		}
		return d, open, true
	}
	return nil, false, false
}

// dominates says that whenever a place runs, the statement before it has too.
func dominates(statement, at *syntax.Node) bool {
	for n := statement.Parent; n != nil; n = n.Parent {
		if n.Parent == nil || n.Kind == "lambda" || n.Kind == "function_definition" {
			return true
		}
		if n.Kind == "block" && n.Parent.Kind != "with_statement" {
			return n.Start <= at.Start && at.End <= n.End
		}
	}
	return true
}

// rebound says that a loop around a place, but not around its binding, holds
// another of the bindings that come later.
func rebound(later []*def, binding, at *syntax.Node) bool {
	for loop := range loops(binding, at) {
		for _, d := range later {
			if d.at > loop.End {
				break
			}
			if loop.Start <= d.node.Start {
				return true
			}
		}
	}
	return false
}

// loops are the loops around a place that are not around the other.
func loops(other, at *syntax.Node) func(func(*syntax.Node) bool) {
	return func(yield func(*syntax.Node) bool) {
		for n := at.Parent; n != nil; n = n.Parent {
			switch n.Kind {
			case "for_statement", "while_statement":
				if (other.Start < n.Start || n.End < other.End) && !yield(n) {
					return
				}
			case "function_definition", "lambda":
				return
			}
		}
	}
}

// annotate gives a value the type that one of its bindings declares.
func (rd *reader) annotate(r ref, defs []*def) ref {
	for _, d := range defs {
		if d.typ != nil {
			r.value = withType(r.value, rd.typed(d.scope.file, d.typ))
			break
		}
	}
	return r
}

// opened is a value to which more may have been added.
func opened(v fact.Value) fact.Value {
	switch v.Kind {
	case fact.List, fact.Dict:
		v.Open = true
	case fact.Text:
		v.Text += fact.Hole
	default:
		v = fact.Value{Type: v.Type}
	}
	return v
}

// bound is what a binding gives its name.
func (rd *reader) bound(d *def) ref {
	f := d.scope.file
	switch d.kind {
	case importOf, importFrom:
		return rd.imported(f, d)
	case defined:
		return ref{scope: d.made}
	case assigned:
		r := rd.look(f, d.value)
		if d.item < 0 {
			return r
		}
		if v := r.value; v.Kind == fact.List && d.item < len(v.Items) {
			return ref{value: v.Items[d.item]}
		}
	case augmented:
		before, added := rd.look(f, d.node.Child("left")).value, rd.eval(f, d.value)
		if d.node.Child("operator").Text(f.src) == "+=" {
			return ref{value: plus(before, added)}
		}
	case param, splatParam, dictParam:
		if class := selfClass(d.scope, d.name); class != nil {
			return ref{self: class}
		}
		if class := d.scope.parent; class.isClass() && d.scope.decorated("classmethod") && d == d.scope.params[0] {
			return ref{scope: class}
		}
		return ref{value: rd.param(d)}
	default: // what a loop variable is, or a type alone, is not known
	}
	return ref{}
}

// imported is what an import binds.
func (rd *reader) imported(f *file, d *def) ref {
	way := rd.resolve(f.name, d.from)
	if d.kind == importOf {
		switch {
		case way == nil && d.whole:
			return ref{name: d.from.module}
		case way == nil:
			return ref{name: d.name}
		case d.whole:
			return ref{module: &way[len(way)-1]}
		default:
			return ref{module: &way[0]}
		}
	}
	name := d.from.names[0]
	if way != nil {
		return rd.moduleMember(&way[len(way)-1], name)
	}
	if m, ok := rd.submodule(f.name, d.from, name); ok && m.file != "" {
		return ref{module: &m}
	}
	if d.from.level > 0 {
		return ref{} // a module of the program that is not in the tree
	}
	return ref{name: canonical(d.from.module + "." + name)}
}

// moduleMember is what a name means in a module of the tree.
func (rd *reader) moduleMember(m *module, name string) ref {
	key := memberKey{m.path, name}
	if r, ok := rd.exports[key]; ok {
		return r
	}
	rd.exports[key] = ref{} // what a cycle of imports finds
	r := rd.export(m, name)
	rd.exports[key] = r
	return r
}

func (rd *reader) export(m *module, name string) ref {
	if m.file != "" {
		f := rd.parse(m.file)
		if f == nil {
			return ref{}
		}
		if defs := f.module.defs[name]; len(defs) > 0 {
			end := &syntax.Node{Start: len(f.src), End: len(f.src), Parent: f.root}
			return rd.reach(defs, true, end, rd.bound)
		}
		if r := rd.starred(f, name); !r.unknown() {
			return r
		}
	}
	if strings.HasSuffix(m.file, "__init__.py") || m.file == "" {
		if sub, ok := rd.module(path.Join(m.path, name)); ok {
			return ref{module: &sub}
		}
	}
	return ref{}
}

// starred is what a name means by `from module import *`.
func (rd *reader) starred(f *file, name string) ref {
	var outside []string
	for _, i := range f.module.stars {
		way := rd.resolve(f.name, i)
		if way == nil {
			outside = append(outside, i.module)
			continue
		}
		if r := rd.moduleMember(&way[len(way)-1], name); !r.unknown() {
			return r
		}
	}
	// Of two such imports either may have it.
	if len(outside) == 1 && !strings.HasPrefix(name, "_") {
		return ref{name: outside[0] + "." + name}
	}
	return ref{}
}

func (r ref) unknown() bool {
	return r.name == "" && r.module == nil && r.scope == nil && r.self == nil && r.value.Kind == fact.Unknown && r.value.Type == ""
}

// free is what a name means that the file does not bind.
func (rd *reader) free(f *file, name string) ref {
	switch {
	case name == "__file__":
		return ref{value: fact.Value{Kind: fact.Text, Text: fact.Hole + "/" + f.name}}
	case slices.Contains(builtins, name):
		return ref{name: name}
	}
	if r := rd.starred(f, name); !r.unknown() {
		return r
	}
	if rd.fragment && f.bare {
		return usual(name)
	}
	return ref{}
}

// builtins are the functions of Python that are called without an import, as
// far as facts or values depend on them.
var builtins = []string{
	"bool", "bytearray", "bytes", "compile", "dict", "eval", "exec", "filter", "float", "format", "frozenset", "getattr",
	"input", "int", "isinstance", "iter", "len", "list", "map", "max", "min", "next", "object", "open", "print", "property",
	"range", "repr", "reversed", "set", "setattr", "sorted", "str", "sum", "super", "tuple", "type", "vars", "zip",
	"__import__", "Exception", "ValueError", "RuntimeError",
}

// attribute is what object.name stands for.
func (rd *reader) attribute(f *file, n *syntax.Node) ref {
	name := n.Child("attribute").Text(f.src)
	object := rd.look(f, n.Child("object"))
	r := rd.member(object, name, n, f)
	if object.self != nil {
		r.value = rd.used(f, r.value, object.self.attrMarks[name], object.self.attrs[name], n, false)
	}
	return r
}

// member is what a name of something stands for.
func (rd *reader) member(object ref, name string, at *syntax.Node, f *file) ref {
	switch {
	case object.name != "":
		return ref{name: canonical(object.name + "." + name)}
	case object.module != nil:
		return rd.moduleMember(object.module, name)
	case object.scope != nil && object.scope.isClass():
		return rd.classMember(object.scope, name, at)
	case object.self != nil:
		return rd.classMember(object.self, name, at)
	}
	v := object.value
	if v.Kind == fact.Result && v.Call != nil && !rd.members[v.Call] {
		if class := rd.named[v.Call.Func]; class != nil && class.isClass() {
			return rd.classMember(class, name, at)
		}
	}
	if isPath(v) {
		return ref{value: pathMember(v, name)}
	}
	if receiver := rd.receiver(v); receiver != unknownReceiver {
		// What a member of a result is, is not known; its name is.
		c := &fact.Call{Language: fact.Python, Location: f.location(at), Func: receiver + "." + name, Receiver: rd.maker(v)}
		rd.members[c] = true
		return ref{value: fact.Value{Kind: fact.Result, Call: c, Location: c.Location}}
	}
	return ref{}
}

// classMember is a method or an attribute of a class, or of the classes of the
// program that it extends.
func (rd *reader) classMember(class *scope, name string, at *syntax.Node) ref {
	for range maxNest {
		if defs := class.defs[name]; len(defs) > 0 && len(class.attrs[name]) == 0 {
			if len(defs) > 1 {
				return ref{}
			}
			return rd.annotate(rd.bound(defs[0]), defs)
		}
		if defs := class.attrs[name]; len(defs) > 0 {
			defs = append(slices.Clone(defs), class.defs[name]...)
			return rd.reach(defs, false, at, func(d *def) ref {
				if d.kind == augmented {
					return ref{}
				}
				return rd.bound(d)
			})
		}
		base := rd.extends(class)
		if base.scope == nil || !base.scope.isClass() {
			return ref{}
		}
		class = base.scope
	}
	return ref{}
}

// extends is what a class extends, when that is one thing.
func (rd *reader) extends(class *scope) ref {
	var bases []*syntax.Node
	for _, b := range class.node.Child("superclasses").NamedChildren() {
		if b.Kind != "keyword_argument" {
			bases = append(bases, b)
		}
	}
	if len(bases) != 1 {
		return ref{}
	}
	return rd.look(class.file, bases[0])
}

// canonical is the public name of what a Pulumi SDK keeps in an inner module:
// pulumi_aws.s3.Bucket for pulumi_aws.s3.bucket.Bucket.
func canonical(name string) string {
	parts := strings.Split(name, ".")
	if len(parts) < 3 || parts[0] != "pulumi" && !strings.HasPrefix(parts[0], "pulumi_") {
		return name
	}
	last, inner := parts[len(parts)-1], parts[len(parts)-2]
	if last[:min(1, len(last))] != strings.ToUpper(last[:min(1, len(last))]) {
		return name
	}
	own := strings.EqualFold(strings.ReplaceAll(inner, "_", ""), last) && len(parts) > 3
	if parts[0] == "pulumi" {
		own = slices.Contains([]string{"asset", "resource", "output", "config"}, inner)
	}
	if own || inner == "_inputs" {
		parts = append(parts[:len(parts)-2], last)
	}
	return strings.Join(parts, ".")
}
