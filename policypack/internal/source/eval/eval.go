// Package eval determines the values of a program's expressions and the targets of its calls. It works on the common
// form that package form defines for source in every language.
//
// A front end describes its language in a Language: how a file is lowered, what an import means, and what functions of
// its standard library do with their arguments. It passes that to Read. Everything else is the same for every language:
// names are resolved by scope; a variable has the value that it was certainly set to last; lists and maps grow; a
// parameter has the value that its only caller passes; and a call of the program's own function has the value that the
// function returns. What cannot be followed is Unknown, Open or has a Hole; it is never guessed.
package eval

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// Ref is what a name or an expression refers to: the name of something outside the program, a module, a class or
// function of the program, an instance of one of its classes, or else a value.
type Ref struct {
	Name   string
	Module *Module
	Scope  *form.Scope
	Self   *form.Scope
	Value  fact.Value
	// Node is the Map literal of the value.
	Node *form.Node
	// own is a member of a module that was not parsed; Name is its name.
	own *ownMember
}

type ownMember struct {
	module *Module
	name   string
}

// Module is a module of the program.
type Module struct {
	// Path identifies the module when its members are looked up: for Python, the file without its extension, or the
	// package's folder.
	Path string
	// File is its source; empty for a folder alone.
	File string
}

// Unknown reports whether nothing is known about a Ref.
func (r Ref) Unknown() bool {
	return r.Name == "" && r.Module == nil && r.Scope == nil && r.Self == nil && r.Value.Kind == fact.Unknown && r.Value.Type == ""
}

func (r Ref) class() bool { return r.Scope != nil && r.Scope.Node.Kind == form.Class }

// unknownReceiver stands for an unknown call that created a method's receiver.
const unknownReceiver = "?"

// Limits on evaluation, the same for all languages. Rules walk values, so a few lines of hostile source must not
// produce large ones.
const (
	// maxNest bounds how deep expressions are followed, into each other and through variables.
	maxNest  = 200
	maxItems = 2000
	maxDepth = 50
	maxText  = 64 << 10
	maxUses  = 50
	maxName  = 500
	// maxUnsettled bounds how often expressions in a cycle are evaluated again.
	maxUnsettled = 2000
	// maxHeld bounds the memory of the values of one file, in elements.
	maxHeld = 500_000
)

// Evaluator finds the values of one program.
type Evaluator struct {
	*program
	lang *Language

	// sites holds the call sites of the program's functions. passed holds the functions that the program also passes
	// around, so that not all of their calls are visible, and remote those that do not run in the program.
	sites  map[*form.Scope][]site
	passed map[*form.Scope]bool
	remote map[*form.Node]bool
	// uncalled holds the functions that nothing in the program mentions.
	uncalled map[*form.Scope]bool
	indexed  bool

	// Results so far, which also end cycles.
	refs    map[*form.Node]Ref
	types   map[*form.Node]string
	exports map[memberKey]Ref
	callees map[*form.Node]callee
	made    map[*form.Node]*fact.Call
	// members holds the stand-ins for calls that represent members of other values.
	members map[*fact.Call]bool
	// following holds the expressions that are being evaluated.
	following map[*form.Node]bool
	depth     int
	steps     int
	// cuts counts the cycles that were cut off, and unsettled the results that were not stored because of that.
	cuts, unsettled int
	deadline        time.Time
	// held counts the elements of the values of the current file.
	held int
	late bool
}

type memberKey struct{ module, name string }

// site is a call site of a function of the program. bound is set if the first parameter is not among the arguments.
type site struct {
	call  *form.Node
	bound bool
}

// start sets the deadline of the next file.
func (e *Evaluator) start() {
	e.late, e.held, e.unsettled = false, 0, 0
	e.deadline = e.now().Add(e.fileTime())
}

// tooLate reports whether the current file has used up its time.
func (e *Evaluator) tooLate() bool {
	e.steps++
	if e.held > maxHeld || e.steps%256 == 0 && e.now().After(e.deadline) {
		e.late = true
	}
	return e.late
}

// Look returns what an expression refers to.
func (e *Evaluator) Look(n *form.Node) Ref {
	if n == nil {
		return Ref{}
	}
	if r, ok := e.refs[n]; ok {
		return r
	}
	if e.following[n] || e.depth > maxNest || e.tooLate() {
		e.cuts++
		return Ref{}
	}
	e.following[n] = true
	e.depth++
	before := e.cuts
	r := e.see(n)
	e.depth--
	delete(e.following, n)
	e.held += len(r.Value.Items) + len(r.Value.Fields)
	if tooLarge(r.Value) {
		r = Ref{}
	}
	if r.Value.Type == "" && e.lang.TypeOf != nil {
		r.Value.Type, r.Value.Seeks = e.lang.TypeOf(n)
	}
	if e.settled(before) {
		e.refs[n] = r
	}
	return r
}

// settled reports whether a result may be stored: no cycle was cut off since then to obtain it, or it is the expression
// that was asked for.
func (e *Evaluator) settled(before int) bool {
	if e.cuts == before || e.depth == 0 {
		return true
	}
	e.unsettled++
	return e.unsettled > maxUnsettled
}

// Eval returns the value of an expression.
func (e *Evaluator) Eval(n *form.Node) fact.Value {
	r := e.force(e.Look(n))
	v := r.Value
	switch {
	case r.Scope != nil && r.Scope.Node.Kind == form.Function:
		v = fact.Value{Kind: fact.Closure, Text: r.Scope.Full, Type: v.Type}
	case r.Name != "":
		if text, ok := e.lang.Constants[r.Name]; ok {
			v = fact.Value{Kind: fact.Text, Text: text}
		} else if e.lang.IsFunction != nil && e.lang.IsFunction(n) {
			v = fact.Value{Kind: fact.Closure, Text: r.Name, Type: v.Type}
		}
	}
	if v.Location.Line == 0 && n != nil {
		v.Location = n.Location()
	}
	return v
}

// force parses the file that a Ref leads to, if that was deferred.
func (e *Evaluator) force(r Ref) Ref {
	if r.own == nil {
		return r
	}
	if found := e.fileMember(r.own.module, r.own.name); !found.Unknown() {
		return found
	}
	return r
}

// tooLarge reports whether a value exceeds the limits.
func tooLarge(v fact.Value) bool {
	left := maxItems
	return !fits(v, &left, maxDepth)
}

func fits(v fact.Value, left *int, depth int) bool {
	*left -= 1 + len(v.Text)/64
	if *left < 0 || depth == 0 || len(v.Text) > maxText {
		return false
	}
	for _, item := range v.Items {
		if !fits(item, left, depth-1) {
			return false
		}
	}
	for _, field := range v.Fields {
		if !fits(field.Value, left, depth-1) {
			return false
		}
	}
	if v.Call != nil {
		for _, a := range v.Call.Args {
			if !fits(a.Value, left, depth-1) {
				return false
			}
		}
	}
	return true
}

// see determines what an expression refers to.
func (e *Evaluator) see(n *form.Node) Ref {
	v := fact.Value{Location: n.Location()}
	switch n.Kind {
	case form.Literal:
		location := v.Location
		v = *n.Value
		v.Location = location
	case form.Name:
		return e.name(n)
	case form.Member:
		return e.memberOf(n)
	case form.Index:
		return e.element(n)
	case form.Call:
		return e.result(n)
	case form.Import:
		return e.lang.Import(e, n.File, n.Import)
	case form.Function, form.Class:
		return Ref{Scope: n.Scope}
	case form.This, form.Super:
		return e.this(n)
	case form.List:
		return Ref{Value: e.list(v, n.List)}
	case form.Map:
		return Ref{Value: e.dict(n, v), Node: n}
	case form.Template:
		return Ref{Value: e.template(v, n.List)}
	case form.Each:
		return Ref{Value: e.each(n, v)}
	case form.Binary:
		v = e.binary(n)
		v.Location = n.Location()
	case form.Conditional:
		v = either(e.Eval(n.Y), e.Eval(n.Z))
	case form.Cast:
		return e.cast(n)
	case form.Pointer:
		r := e.Look(n.X)
		switch {
		case n.Op == "*":
			r.Value.Type, r.Value.Seeks = strings.TrimPrefix(r.Value.Type, "*"), false
		case r.Value.Type != "":
			r.Value.Type, r.Value.Seeks = "*"+r.Value.Type, e.lang.Seeks(n)
		}
		return r
	case form.Assign: // as an expression
		return e.Look(n.Y)
	default: // its value is not known
	}
	return Ref{Value: v}
}

// name returns what a name refers to where it is used, with earlier changes to its value.
func (e *Evaluator) name(n *form.Node) Ref {
	b := n.Binding
	if n.Full != "" && (b == nil || len(b.Defs) == 0) {
		return Ref{Name: n.Full}
	}
	if b == nil {
		return e.free(n, n.Text)
	}
	r := e.reach(b, n, e.bound)
	r.Value = e.used(r.Value, b, n)
	return r
}

// free returns what a name that the file does not bind refers to.
func (e *Evaluator) free(n *form.Node, name string) Ref {
	if r := e.lang.Free(e, n.File, name); !r.Unknown() {
		return r
	}
	return e.starred(n.File, scopeAt(n), name)
}

// reach returns the definition of a name that is in effect at a node. There is none if that depends on the path that
// execution took.
func (e *Evaluator) reach(b *form.Binding, at *form.Node, bound func(*form.Def) Ref) Ref {
	defs := b.Defs
	if len(defs) > 1 {
		if live := slices.DeleteFunc(slices.Clone(defs), func(d *form.Def) bool { return d.Dead }); len(live) > 0 {
			defs = live
		}
	}
	typed := defs
	if len(defs) > 1 {
		isType := func(d *form.Def) bool { return d.Node.Kind == form.Assign && d.Node.Op == ":" }
		if values := slices.DeleteFunc(slices.Clone(defs), isType); len(values) > 0 {
			defs = values
		}
	}
	if len(defs) == 1 && !augments(defs[0]) {
		return e.annotate(bound(defs[0]), typed)
	}
	here := body(at)
	direct := !slices.ContainsFunc(defs, func(d *form.Def) bool { return body(d.Node) != here })
	if direct {
		if d, open, ok := reaching(defs, at); ok {
			r := e.annotate(bound(d), typed)
			if open {
				r.Value = opened(r.Value)
			}
			return r
		}
	}
	// A name that is initially null is set once before it is used.
	set := slices.DeleteFunc(slices.Clone(defs), func(d *form.Def) bool {
		return d.Value != nil && d.Value.Kind == form.Literal && isNull(*d.Value.Value) ||
			!direct && d.Node.Kind == form.Assign && d.Node.Op == "zero" && d.Value == nil
	})
	if len(set) == 1 && set[0].Node.Kind == form.Assign && set[0].Node.Op == "=" {
		return e.annotate(bound(set[0]), typed)
	}
	return e.annotate(Ref{}, typed)
}

// isNull reports whether a value is None, null, undefined or nil.
func isNull(v fact.Value) bool {
	return v.Kind == fact.Scalar && slices.Contains([]string{"None", "null", "undefined", "nil"}, v.Text)
}

// bound returns what a definition binds its name to.
func (e *Evaluator) bound(d *form.Def) Ref {
	switch d.Node.Kind {
	case form.Import:
		return e.lang.Import(e, d.Node.File, d.Node.Import)
	case form.Function, form.Class:
		return Ref{Scope: d.Node.Scope}
	case form.Param:
		switch {
		case d.Node.Op == "self" && d.Scope.Parent.Node.Kind == form.Class:
			return Ref{Self: d.Scope.Parent}
		case d.Node.Op == "class" && d.Scope.Parent.Node.Kind == form.Class:
			return Ref{Scope: d.Scope.Parent}
		}
		return e.project(e.param(d), d)
	case form.Assign:
		if augments(d) {
			return Ref{Value: e.augmented(d)}
		}
		return e.project(e.Look(d.Value), d)
	default: // nothing else binds names
	}
	return Ref{}
}

// augmented returns the value of a name after `name += value` and the like.
func (e *Evaluator) augmented(d *form.Def) fact.Value {
	target := d.Node.List[0].X
	before, added := e.Eval(target), e.Eval(d.Value)
	switch d.Node.Op {
	case "+=":
		return plus(before, added)
	case "or=":
		return either(before, added)
	}
	return fact.Value{}
}

// project returns the part of a value that a definition takes.
func (e *Evaluator) project(r Ref, d *form.Def) Ref {
	for i, key := range d.Path {
		_, err := strconv.Atoi(key)
		switch isIndex := err == nil; {
		case key == fact.Hole:
			return Ref{}
		case isIndex && r.Value.Kind == fact.List:
			r = Ref{Value: item(r.Value, key)}
		case isIndex && e.lang.Tuples && i == 0: // of several results, each is the call's
		case isIndex:
			r = Ref{}
		default:
			_, given := r.Value.Field(key)
			if d.Default != nil && !given && r.Value.Kind == fact.Dict && !r.Value.Open {
				return e.Look(d.Default)
			}
			r = e.Member(r, key, d.Node)
		}
	}
	return r
}

// item returns the element of a list at an index written in digits.
func item(v fact.Value, index string) fact.Value {
	if i, err := strconv.Atoi(index); err == nil && i >= 0 && i < len(v.Items) {
		return v.Items[i]
	}
	return fact.Value{}
}

// list returns the value of a list with these elements.
func (e *Evaluator) list(v fact.Value, elements []*form.Node) fact.Value {
	v.Kind = fact.List
	for _, n := range elements {
		if len(v.Items) > maxItems {
			v.Open = true
			break
		}
		if n.Kind != form.Spread {
			v.Items = append(v.Items, e.Eval(n))
			continue
		}
		spread := e.Eval(n.X)
		v.Items = append(v.Items, spread.Items...)
		if spread.Kind != fact.List || spread.Open {
			// The positions of later elements are unknown.
			v.Open = true
			break
		}
	}
	return v
}

// dict returns the value of a map or object.
func (e *Evaluator) dict(n *form.Node, v fact.Value) fact.Value {
	v.Kind, v.Checked = fact.Dict, n.Checked
	if n.Type != nil {
		v.Type = e.TypeName(n.Type)
	}
	for _, c := range n.List {
		switch {
		case len(v.Fields) > maxItems:
			v.Open = true
			return v
		case c.Kind == form.Pair:
			v.Fields = append(v.Fields, e.field(c))
		case c.Kind == form.Spread:
			spread := e.Eval(c.X)
			v.Fields = append(v.Fields, spread.Fields...)
			v.Open = v.Open || spread.Kind != fact.Dict || spread.Open
			v.Checked = v.Checked && (spread.Checked || spread.Kind != fact.Dict)
		}
	}
	return v
}

func (e *Evaluator) field(pair *form.Node) fact.Field {
	return fact.Field{Key: key(e.Eval(pair.X)), Value: e.Eval(pair.Y)}
}

// key returns the text of a map's key.
func key(v fact.Value) string {
	if text, ok := v.Literal(); ok {
		return text
	}
	if v.Kind == fact.Scalar {
		return v.Text
	}
	return fact.Hole
}

func (e *Evaluator) each(n *form.Node, v fact.Value) fact.Value {
	v.Open = true
	if n.X != nil && n.X.Kind == form.Pair {
		v.Kind, v.Fields = fact.Dict, []fact.Field{e.field(n.X)}
		return v
	}
	v.Kind, v.Items = fact.List, []fact.Value{e.Eval(n.X)}
	return v
}

// binary returns the value of an operation.
func (e *Evaluator) binary(n *form.Node) fact.Value {
	if n.Op == "+" {
		return e.sum(n)
	}
	a := e.Eval(n.X)
	switch n.Op {
	case "%":
		if a.Kind == fact.Text || a.Kind == fact.Bytes {
			return percent(a, e.Eval(n.Y))
		}
	case "/":
		if b := e.Eval(n.Y); isPath(a) || isPath(b) {
			v := JoinPath(a, b)
			if v.Call = a.Call; v.Call == nil {
				v.Call = b.Call
			}
			return v
		}
	case "|":
		if b := e.Eval(n.Y); a.Kind == fact.Dict && b.Kind == fact.Dict {
			return fact.Value{Kind: fact.Dict, Fields: append(slices.Clip(a.Fields), b.Fields...), Open: a.Open || b.Open}
		}
	case "or":
		return Default(a, e.Eval(n.Y))
	case "??":
		if isNull(a) || a.Kind != fact.Text {
			return either(a, e.Eval(n.Y))
		}
		return a
	}
	return fact.Value{}
}

// sum returns the value of a + b + …, which nests on the left as deep as it is long.
func (e *Evaluator) sum(n *form.Node) fact.Value {
	parts := []*form.Node{n.Y}
	left := n.X
	for left.Kind == form.Binary && left.Op == "+" {
		parts = append(parts, left.Y)
		left = left.X
	}
	v := e.Eval(left)
	for _, p := range slices.Backward(parts) {
		if v = plus(v, e.Eval(p)); len(v.Text) > maxText {
			return fact.Value{}
		}
	}
	return v
}

// plus returns a + b.
func plus(a, b fact.Value) fact.Value {
	switch {
	case isNull(a) && b.Kind == fact.List:
		return b
	case a.Kind == fact.List && b.Kind == fact.List && !a.Open:
		return fact.Value{Kind: fact.List, Items: append(slices.Clip(a.Items), b.Items...), Open: b.Open, Location: a.Location, Type: a.Type}
	case a.Kind == fact.List:
		a.Open = true
		return a
	case a.Kind == fact.Text || b.Kind == fact.Text:
		return fact.Value{Kind: fact.Text, Text: TextOf(a) + TextOf(b), Location: a.Location, Type: a.Type}
	case a.Kind == fact.Bytes || b.Kind == fact.Bytes:
		return fact.Value{Kind: fact.Bytes, Location: a.Location}
	}
	return fact.Value{}
}

// opened returns a value with unknown additions.
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

// Default returns the value of `a or b`.
func Default(a, b fact.Value) fact.Value {
	if text, ok := a.Literal(); ok {
		if text == "" {
			return b
		}
		return a
	}
	return either(a, b)
}

// either returns the value of an expression that has one of two values.
func either(a, b fact.Value) fact.Value {
	switch {
	case isNull(a):
		return b
	case isNull(b):
		return a
	case a.Kind != b.Kind:
		return fact.Value{}
	}
	switch a.Kind {
	case fact.Text, fact.Scalar, fact.Closure:
		if a.Text == b.Text {
			return a
		}
		if a.Kind == fact.Text {
			return fact.Value{Kind: fact.Text, Text: fact.Hole, Location: a.Location}
		}
	case fact.Bytes:
		return a
	case fact.Result:
		if a.Call.Func == b.Call.Func {
			return a
		}
	case fact.Dict:
		// The entries of both, since each is present on one of the paths.
		return fact.Value{Kind: fact.Dict, Fields: append(slices.Clip(a.Fields), b.Fields...), Open: true, Location: a.Location}
	case fact.List:
		same := 0
		for same < min(len(a.Items), len(b.Items)) && sameText(a.Items[same], b.Items[same]) {
			same++
		}
		return fact.Value{Kind: fact.List, Items: a.Items[:same], Open: true, Location: a.Location}
	case fact.Unknown:
		if a.Type == b.Type {
			return fact.Value{Type: a.Type}
		}
	}
	return fact.Value{}
}

func sameText(a, b fact.Value) bool {
	return a.Kind == fact.Text && b.Kind == fact.Text && a.Text == b.Text
}

// element returns what X[Y] refers to.
func (e *Evaluator) element(n *form.Node) Ref {
	object := e.Eval(n.X)
	at := e.Eval(n.Y)
	switch object.Kind {
	case fact.Dict:
		if name := key(at); name != fact.Hole && !object.Open {
			v, _ := object.Field(name)
			return Ref{Value: v}
		}
	case fact.List:
		if at.Kind == fact.Scalar {
			return Ref{Value: item(object, at.Text)}
		}
	case fact.Text:
		return Ref{Value: fact.Value{Kind: fact.Text, Text: fact.Hole}}
	case fact.Bytes:
		return Ref{Value: fact.Value{Kind: fact.Bytes}}
	case fact.Result:
		if name, ok := at.Literal(); ok {
			if receiver := e.receiver(object); receiver != unknownReceiver {
				return Ref{Value: e.StandIn(n, receiver+`["`+name+`"]`, nil)}
			}
		}
	default:
	}
	return Ref{}
}

// StandIn returns the value of a member of a result, of which only the name is known.
func (e *Evaluator) StandIn(n *form.Node, name string, receiver *fact.Call) fact.Value {
	c := &fact.Call{Language: e.lang.Name, Location: n.Location(), Func: name, Receiver: receiver}
	e.members[c] = true
	return fact.Value{Kind: fact.Result, Call: c, Location: c.Location}
}

// cast returns the value of a cast.
func (e *Evaluator) cast(n *form.Node) Ref {
	r := e.Look(n.X)
	switch {
	case e.lang.Cast != nil && n.Type == nil:
		r.Value = e.lang.Cast(r.Value, n, "")
	case e.lang.Cast != nil:
		r.Value = e.lang.Cast(r.Value, n, e.TypeName(n.Type))
	case n.Type != nil:
		r.Value = e.lang.Typed(r.Value, n, e.TypeName(n.Type))
	}
	return r
}

// annotate returns a value with the type that one of its definitions declares.
func (e *Evaluator) annotate(r Ref, defs []*form.Def) Ref {
	for _, d := range defs {
		if d.Type != nil && len(d.Path) == 0 {
			r.Value = e.lang.Typed(r.Value, d.Type.Parent, e.TypeName(d.Type))
			break
		}
	}
	return r
}

// TypeName returns the full name of a type. It returns "" within a cycle: in `date: date = today()` the type has the
// same name as the variable.
func (e *Evaluator) TypeName(n *form.Node) string {
	if name, ok := e.types[n]; ok {
		return name
	}
	e.types[n] = ""
	name := e.nameType(n)
	if len(name) > maxName {
		name = ""
	}
	e.types[n] = name
	return name
}

// nameType builds the name of a type from the names of its parts.
func (e *Evaluator) nameType(n *form.Node) string {
	switch n.Kind {
	case form.Literal:
		return n.Value.Text
	case form.Name, form.Member:
		switch r := e.Look(n); {
		case r.Name != "":
			return r.Name
		case r.Scope != nil && r.Scope.Full != "":
			return r.Scope.Full
		case n.Kind == form.Member:
			return e.TypeName(n.X) + "." + n.Text
		}
		return n.Text
	case form.Type:
		var parts []string
		for _, c := range n.List {
			parts = append(parts, e.TypeName(c))
		}
		text := strings.Join(parts, n.Text)
		if n.X != nil {
			base := e.TypeName(n.X)
			if n.Op == "[" && len(parts) > 0 && slices.Contains(e.lang.Wrappers, base) {
				return parts[0]
			}
			return base + n.Op + text + map[string]string{"[": "]", "<": ">"}[n.Op]
		}
		return text + n.Op
	default: // nothing else is a type
	}
	return ""
}
