package eval

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// callee is the target of a call.
type callee struct {
	name string
	// function is the program's own function that runs; for a class, its constructor.
	function *form.Scope
	// bound is set if the first parameter is not among the arguments.
	bound bool
	// receiver is the call that created the receiver of the method.
	receiver *fact.Call
}

// call returns the fact of a call.
func (e *Evaluator) call(n *form.Node) *fact.Call {
	if c, ok := e.made[n]; ok {
		if c == nil {
			e.cuts++
			return &fact.Call{Language: e.lang.Name, Location: n.Location(), Func: unknownReceiver}
		}
		return c
	}
	e.made[n] = nil
	before := e.cuts
	called := callee{name: n.Full}
	if n.Kind == form.Call {
		called = e.callee(n)
	}
	c := &fact.Call{
		Language: e.lang.Name, Location: n.Location(), Snippet: n.File.Snippet(n.Line), Func: called.name, Receiver: called.receiver,
		In: e.holder(n), Branch: e.inBranch(n), Uncalled: e.neverCalled(n), End: e.lastLine(n),
	}
	if n.Kind == form.Map {
		for _, f := range e.Eval(n).Fields {
			c.Args = append(c.Args, fact.Arg{Name: f.Key, Value: f.Value})
		}
	} else {
		c.Args = e.args(n.List)
	}
	if e.made[n] = c; !e.settled(before) {
		delete(e.made, n)
	}
	return c
}

// lastLine returns the last line of a call; 0 if it contains a function of several lines, whose code is not the call's
// own.
func (e *Evaluator) lastLine(n *form.Node) int {
	if e.spans == nil {
		e.spans = map[*form.Node]bool{}
	}
	if _, ok := e.spanned[n.File]; !ok {
		e.spanned[n.File] = true
		for _, s := range n.File.Scopes {
			if s.Node.Kind == form.Function && s.Node.X.Kind == form.Block && n.File.LineAt(s.Node.End) > s.Node.Line {
				for p := s.Node.Parent; p != nil && !e.spans[p]; p = p.Parent {
					e.spans[p] = true
				}
			}
		}
	}
	if e.spans[n] {
		return 0
	}
	return n.File.LineAt(n.End)
}

// args returns the arguments that a call passes. Spread arguments are replaced by their elements; if there may be more,
// an argument with the language's name for it stands for the rest.
func (e *Evaluator) args(list []*form.Node) []fact.Arg {
	var args []fact.Arg
	lost := false
	for _, n := range list {
		switch {
		case len(args) > maxItems:
			return append(args, fact.Arg{Name: "*"}, fact.Arg{Name: "**"})
		case n.Kind == form.Keyword:
			args = append(args, fact.Arg{Name: n.Text, Value: e.Eval(n.X)})
		case n.Kind != form.Spread:
			v := fact.Value{Location: n.Location()}
			if !lost {
				v = e.Eval(n)
			}
			args = append(args, fact.Arg{Value: v})
		default:
			v := e.Eval(n.X)
			for _, item := range v.Items {
				args = append(args, fact.Arg{Value: item})
			}
			for _, field := range v.Fields {
				if strings.Contains(field.Key, fact.Hole) {
					v.Open = true
				} else if n.Text == "**" {
					args = append(args, fact.Arg{Name: field.Key, Value: field.Value})
				}
			}
			if known := v.Kind == fact.List || v.Kind == fact.Dict && n.Text == "**"; known && !v.Open {
				break
			}
			if !e.lang.NamesRest {
				// From here on the positions of arguments are unknown.
				lost = true
				args = append(args, fact.Arg{Value: fact.Value{Location: n.Location()}})
				break
			}
			args = append(args, fact.Arg{Name: n.Text, Value: v})
		}
	}
	return args
}

// callee returns the target of a call.
func (e *Evaluator) callee(n *form.Node) callee {
	if c, ok := e.callees[n]; ok {
		return c
	}
	before := e.cuts
	c := e.findCallee(n)
	if c.name == "" {
		c.name = unknownReceiver
		if n.Text != "" {
			c.name += "." + n.Text
		}
	}
	if len(c.name) > maxName {
		c.name = unknownReceiver + "." + lastName(c.name)
	}
	if e.settled(before) {
		e.callees[n] = c
	}
	return c
}

func (e *Evaluator) findCallee(n *form.Node) callee {
	var bound bool
	var receiver *fact.Call
	r := e.Look(n.X)
	switch n.X.Kind {
	case form.Super:
		if class, _ := selfOf(n.X); class != nil {
			r = e.extends(class)
		}
	case form.Member:
		name := n.X.Text
		object := e.Look(n.X.X)
		receiver = e.maker(object.Value)
		bound = object.Self != nil || object.Value.Kind == fact.Result || n.X.X.Kind == form.Super
		member := r.Value.Kind == fact.Result && e.members[r.Value.Call]
		known := object.Self != nil || object.Scope != nil || object.Module != nil
		switch {
		case r.Name != "" || r.Scope != nil || member:
		case known && r.Value.Kind != fact.Result:
			return callee{name: unknownReceiver + "." + name}
		case !known:
			return callee{name: e.receiver(object.Value) + "." + name, receiver: receiver}
		}
	default: // what it stands for says it all
	}
	switch {
	case r.Name != "":
		return callee{name: r.Name, receiver: receiver}
	case r.class():
		return e.constructor(r.Scope)
	case r.Scope != nil:
		first := r.Scope.Params
		bound = bound && len(first) > 0 && first[0].Node.Op == "self" || len(first) > 0 && first[0].Node.Op == "class"
		return callee{name: r.Scope.Full, function: r.Scope, bound: bound, receiver: receiver}
	case r.Value.Kind == fact.Result && e.members[r.Value.Call]:
		return callee{name: r.Value.Call.Func, receiver: r.Value.Call.Receiver}
	case r.Value.Kind == fact.Result && e.lang.CallsResults:
		return callee{name: r.Value.Call.Func + "()"}
	}
	return callee{}
}

// constructor returns the callee of a call that creates an instance of a class. A class that only renames one outside
// the program counts as that one.
func (e *Evaluator) constructor(class *form.Scope) callee {
	first := class
	for range maxNest {
		if b := class.Names[e.lang.Constructor]; b != nil && len(b.Defs) == 1 && b.Defs[0].Node.Kind == form.Function {
			made := b.Defs[0].Node.Scope
			return callee{name: first.Full, function: made, bound: len(made.Params) > 0 && made.Params[0].Node.Op == "self"}
		}
		base := e.extends(class)
		switch {
		case base.Name != "" && base.Name != "object" && e.lang.Transparent:
			return callee{name: base.Name}
		case !base.class():
			return callee{name: first.Full}
		}
		class = base.Scope
	}
	return callee{name: first.Full}
}

func lastName(name string) string { return name[strings.LastIndexAny(name, ".:")+1:] }

// index records the callers of the program's functions, before parameters are resolved to their arguments.
func (e *Evaluator) index(files []*form.File) {
	loose := map[string]bool{}
	own := map[string][]site{} // calls of functions in files that are not parsed, by name
	var all []*form.File
	for next := files; len(next) > 0; next = e.aside() {
		all = append(all, next...)
		for _, f := range next {
			e.start()
			f.Indexed = true
			for _, n := range f.Calls {
				if n.Kind == form.Call {
					e.indexCall(n, loose, own)
				}
			}
			for _, n := range f.Names {
				e.indexName(n, loose)
			}
		}
	}
	for _, f := range all {
		f.Indexed = !slices.ContainsFunc(e.importers[f.Name], func(name string) bool { return e.files[name] == nil })
		for _, s := range f.Scopes {
			if s.Node.Kind != form.Function {
				continue
			}
			e.sites[s] = append(e.sites[s], own[s.Full]...)
			if loose[lastName(s.Name)] || s.Node.Exposed || len(s.Node.Decorators) > 0 && e.lang.Wraps(s.Node) {
				e.passed[s] = true
			}
		}
	}
	clear(e.refs)
	clear(e.types)
	clear(e.exports)
	clear(e.made)
	clear(e.callees)
	clear(e.members)
	e.indexed = true
}

// aside returns the files that were parsed in the meantime because others import something from them.
func (e *Evaluator) aside() []*form.File {
	var more []*form.File
	for _, f := range e.files {
		if f != nil && !f.Indexed {
			more = append(more, f)
		}
	}
	slices.SortFunc(more, func(a, b *form.File) int { return strings.Compare(a.Name, b.Name) })
	return more
}

func (e *Evaluator) indexCall(n *form.Node, loose map[string]bool, own map[string][]site) {
	c := e.callee(n)
	r := e.Look(n.X)
	switch {
	case c.function != nil:
		e.sites[c.function] = append(e.sites[c.function], site{n, c.bound})
	case r.own != nil:
		own[c.name] = append(own[c.name], site{call: n})
		if n.Parent.Kind != form.Block { // its result is used
			e.force(r)
		}
	case strings.HasPrefix(c.name, unknownReceiver):
		loose[lastName(c.name)] = true
	}
	if e.lang.Remote != nil && e.lang.Remote(c.name) {
		e.markRemote(n)
	}
}

func (e *Evaluator) indexName(n *form.Node, loose map[string]bool) {
	p := n.Parent
	for p.Kind == form.Member && p.X == n && p.Parent.Kind == form.Member {
		n, p = p, p.Parent
	}
	switch {
	case p.Kind == form.Assign && p.Exports, p.Kind == form.Call && p.X == n, p.Kind == form.Target && p.X == n:
	case p.Kind == form.Member && p.Parent.Kind == form.Call && p.Parent.X == p:
		if slices.Contains([]string{"bind", "call", "apply"}, p.Text) {
			if s := e.Look(n).Scope; s != nil {
				e.passed[s] = true
			}
		}
	case p.Kind == form.Member:
		if p.Parent.Kind != form.Target || p.Parent.X != p {
			loose[p.Text] = true
		}
	default:
		if s := e.Look(n).Scope; s != nil {
			e.passed[s] = true
		}
	}
}

// markRemote records the functions among the arguments of a call that turns them into a Lambda function, whether passed
// directly or as the callback of an object.
func (e *Evaluator) markRemote(call *form.Node) {
	for _, argument := range call.List {
		r := e.Look(argument)
		if r.Node != nil {
			for _, pair := range r.Node.List {
				if pair.Kind == form.Pair && key(e.Eval(pair.X)) == "callback" {
					r = e.Look(pair.Y)
				}
			}
		}
		if r.Scope != nil && r.Scope.Node.Kind == form.Function {
			e.remote[r.Scope.Node] = true
		}
	}
}

// isRemote reports whether a node is in a function that does not run in the program.
func (e *Evaluator) isRemote(n *form.Node) bool {
	for ; n != nil && len(e.remote) > 0; n = n.Parent {
		if e.remote[n] {
			return true
		}
	}
	return false
}

// param returns what a parameter stands for: the argument, if the program calls the function in exactly one place and
// nothing else can call it.
func (e *Evaluator) param(d *form.Def) Ref {
	s := d.Scope
	if e.lang.Callback != nil {
		if v, ok := e.lang.Callback(e, d.Node); ok {
			return Ref{Value: v}
		}
	}
	sites := e.sites[s]
	if !e.indexed || len(sites) != 1 || e.passed[s] || !d.Node.File.Indexed {
		return Ref{}
	}
	at := sites[0]
	args := e.call(at.call).Args
	position := slices.IndexFunc(s.Params, func(p *form.Def) bool { return p.Node == d.Node })
	if at.bound {
		position--
	}
	rest := []fact.Value{}
	count, open := 0, false
	for i, a := range args {
		switch {
		case a.Name == d.Node.Text && a.Name != "" && d.Node.Op == "":
			return Ref{Value: a.Value}
		case a.Name == "*" || a.Name == "**":
			open = true
		case a.Name == "":
			if count == position && d.Node.Op == "" && !open {
				if len(at.call.List) == len(args) { // also what has no value
					return e.withValue(e.Look(at.call.List[i]), a.Value)
				}
				return Ref{Value: a.Value}
			}
			if count >= position {
				rest = append(rest, a.Value)
			}
			count++
		}
	}
	switch {
	case d.Node.Op == "*":
		if n := len(at.call.List); !e.lang.NamesRest && n > 0 && at.call.List[n-1].Kind == form.Spread && len(rest) > 0 && rest[len(rest)-1].Kind == fact.Unknown {
			rest, open = rest[:len(rest)-1], true
		}
		return Ref{Value: fact.Value{Kind: fact.List, Items: rest, Open: open, Location: d.Node.Location()}}
	case d.Node.Op == "**":
		v := fact.Value{Kind: fact.Dict, Open: open, Location: d.Node.Location()}
		for _, a := range args {
			own := slices.ContainsFunc(s.Params, func(p *form.Def) bool { return p.Node.Text == a.Name && p.Node.Op == "" })
			if a.Name != "" && a.Name[0] != '*' && !own {
				v.Fields = append(v.Fields, fact.Field{Key: a.Name, Value: a.Value})
			}
		}
		return Ref{Value: v}
	case open || d.Node.X == nil:
		return Ref{}
	}
	return e.Look(d.Node.X)
}

// withValue returns the Ref of an argument with the value that the fact of its call has.
func (e *Evaluator) withValue(r Ref, v fact.Value) Ref {
	if r.Name == "" && r.Scope == nil {
		r.Value = v
	}
	return r
}

// result returns the result of a call.
func (e *Evaluator) result(n *form.Node) Ref {
	if n.Import != nil {
		return e.lang.Import(e, n.File, n.Import)
	}
	callee := e.callee(n)
	if op := e.lang.Ops[callee.name]; op != nil {
		if r, ok := op(&Invocation{Evaluator: e, Node: n}); ok {
			return e.resultNamed(r, n, callee.name)
		}
	}
	if n.X.Kind == form.Member {
		if op := e.lang.Methods[n.X.Text]; op != nil && callee.function == nil {
			if r, ok := op(&Invocation{Evaluator: e, Node: n, object: n.X.X}); ok {
				return e.resultNamed(r, n, callee.name)
			}
		}
	}
	s := callee.function
	if r := e.Look(n.X); s == nil && r.own != nil {
		if forced := e.force(r).Scope; forced != nil && forced.Node.Kind == form.Function {
			s, callee.name = forced, forced.Full
		}
	}
	if s == nil || callee.name != s.Full || s.Yields {
		return Ref{Value: e.resultOf(n)}
	}
	typed := func(r Ref) Ref {
		if t := s.Node.Type; t != nil {
			r.Value = e.lang.Typed(r.Value, s.Node, e.TypeName(t))
		}
		return r
	}
	wrapped := e.passed[s] && len(s.Node.Decorators) > 0 && e.lang.Wraps(s.Node)
	if returned := returned(s); returned != nil && !wrapped {
		r := e.Look(returned)
		r.Value.Type = ""
		if !r.Unknown() {
			return typed(e.Look(returned))
		}
	}
	return typed(Ref{Value: e.resultOf(n)})
}

func (e *Evaluator) resultOf(n *form.Node) fact.Value {
	if made, ok := e.made[n]; ok && made == nil { // an argument of it is itself being looked at
		e.cuts++
		return fact.Value{}
	}
	c := e.call(n)
	return fact.Value{Kind: fact.Result, Call: c, Location: c.Location}
}

// resultNamed returns the result of an Op. Methods called on a result that is unknown, or that is a text without a name
// for its kind, are qualified with the function's name.
func (e *Evaluator) resultNamed(r Ref, n *form.Node, function string) Ref {
	if r.Value.Location.Line == 0 {
		r.Value.Location = n.Location()
	}
	unnamed := r.Value.Kind == fact.Unknown || r.Value.Kind == fact.Text && e.lang.Kinds == nil
	if unnamed && r.Name == "" && r.Scope == nil && !e.lang.NoMembers && !strings.HasPrefix(function, unknownReceiver) {
		r.Name = function + "()"
	}
	return r
}

// returned returns the one expression that a function returns, or nil.
func returned(s *form.Scope) *form.Node {
	if s.Node.X != nil && s.Node.X.Kind != form.Block {
		return s.Node.X
	}
	if len(s.Returns) == 1 {
		return s.Returns[0].X
	}
	return nil
}

// handedOn returns the calls that a call makes of a function that is passed to it: subprocess.run for
// asyncio.to_thread(subprocess.run, command).
func (e *Evaluator) handedOn(n *form.Node) []*fact.Call {
	c := e.call(n)
	position, ok := e.lang.HandsOn[c.Func]
	if !ok && e.lang.HandsOn != nil && c.Method() == "submit" {
		position, ok = 0, true
	}
	if !ok || position >= len(n.List) {
		return nil
	}
	given := e.Look(n.List[position])
	name := given.Name
	if given.Scope != nil {
		name = given.Scope.Full
	}
	if name == "" {
		return nil
	}
	handed := *c
	handed.Func = name
	handed.Args = e.args(n.List[position+1:])
	return []*fact.Call{&handed}
}

// Returned returns the one expression that the function denoted by an expression returns; nil for other expressions.
func (e *Evaluator) Returned(n *form.Node) *form.Node {
	if s := e.Look(n).Scope; s != nil && s.Node.Kind == form.Function {
		return returned(s)
	}
	return nil
}
