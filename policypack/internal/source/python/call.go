package python

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// unknownReceiver stands for what a method's receiver was made by.
const unknownReceiver = "?"

// callee is what a call calls.
type callee struct {
	name string
	// function is the function of the program that runs: of a class its
	// __init__.
	function *scope
	// bound says that the first parameter is not among the arguments.
	bound bool
	// receiver is the call that made what the method is called on.
	receiver *fact.Call
}

// site is a place that calls a function of the program.
type site struct {
	file  *file
	call  *syntax.Node
	bound bool
}

func (f *file) location(n *syntax.Node) finding.Location {
	return finding.Location{File: f.name, Line: n.Line, Column: n.Column}
}

// call is the fact of a call.
func (rd *reader) call(f *file, n *syntax.Node) *fact.Call {
	if c, ok := rd.made[n]; ok {
		if c == nil { // an argument of it is itself being looked at
			return &fact.Call{Language: fact.Python, Location: f.location(n), Func: unknownReceiver}
		}
		return c
	}
	rd.made[n] = nil
	called := rd.callee(f, n)
	c := &fact.Call{
		Language: fact.Python, Location: f.location(n), Snippet: f.snippet(n.Line),
		Func: called.name, Receiver: called.receiver, In: f.function(n),
		Branch: f.inBranch(n), Uncalled: rd.neverCalled(f, n), End: f.lineAt(n.End),
	}
	arguments := n.Child("arguments")
	if arguments != nil && arguments.Kind == "generator_expression" {
		c.Args = []fact.Arg{{Value: rd.eval(f, arguments)}}
	} else {
		for _, a := range arguments.NamedChildren() {
			if len(c.Args) > maxItems {
				c.Args = append(c.Args, fact.Arg{Name: "*"}, fact.Arg{Name: "**"})
				break
			}
			c.Args = append(c.Args, rd.args(f, a)...)
		}
	}
	rd.made[n] = c
	return c
}

// args are what one argument passes. Of *list and **dict these are the
// elements; where there may be more, an argument with the name "*" or "**"
// stands for the rest.
func (rd *reader) args(f *file, n *syntax.Node) []fact.Arg {
	switch n.Kind {
	case "keyword_argument":
		return []fact.Arg{{Name: n.Child("name").Text(f.src), Value: rd.eval(f, n.Child("value"))}}
	case "list_splat", "dictionary_splat":
		below := n.NamedChildren()
		if len(below) != 1 {
			return nil
		}
		v := rd.eval(f, below[0])
		name := "*"
		var args []fact.Arg
		if n.Kind == "list_splat" {
			if v.Kind == fact.List {
				for _, item := range v.Items {
					args = append(args, fact.Arg{Value: item})
				}
			}
		} else {
			name = "**"
			for _, field := range v.Fields {
				if strings.Contains(field.Key, fact.Hole) {
					v.Open = true
				} else {
					args = append(args, fact.Arg{Name: field.Key, Value: field.Value})
				}
			}
		}
		if v.Open || v.Kind != fact.List && v.Kind != fact.Dict {
			args = append(args, fact.Arg{Name: name, Value: v})
		}
		return args
	case "ERROR":
		return nil
	}
	return []fact.Arg{{Value: rd.eval(f, n)}}
}

// lineAt returns the line of an offset.
func (f *file) lineAt(offset int) int {
	line, found := slices.BinarySearch(f.lines, offset)
	if found {
		line++
	}
	return line
}

// snippet is a line of the file.
func (f *file) snippet(line int) string {
	if line > len(f.lines) {
		return ""
	}
	return tree.Snippet(f.src[f.lines[line-1]:], 1)
}

// function is the full name of the function that holds a node.
func (f *file) function(n *syntax.Node) string {
	for s := f.scopeAt(n); s != nil; s = s.parent {
		switch {
		case !s.isFunction():
		case s.parent.isClass() && lastName(s.name) == "__init__":
			return s.parent.full // a call of the class runs it
		default:
			return s.full
		}
	}
	return ""
}

// callee is what a call calls.
func (rd *reader) callee(f *file, n *syntax.Node) callee {
	if c, ok := rd.callees[n]; ok {
		return c
	}
	c := rd.findCallee(f, n)
	rd.callees[n] = c
	return c
}

func (rd *reader) findCallee(f *file, n *syntax.Node) callee {
	function := n.Child("function")
	if function == nil {
		return callee{name: unknownReceiver}
	}
	var bound bool
	var r ref
	if function.Kind == "attribute" {
		name := function.Child("attribute").Text(f.src)
		if c, ok := rd.superCallee(f, function, name); ok {
			return c
		}
		object := rd.look(f, function.Child("object"))
		bound = object.self != nil || object.value.Kind == fact.Result
		r = rd.attribute(f, function)
		member := r.value.Kind == fact.Result && rd.members[r.value.Call]
		switch {
		case r.name != "" || r.scope != nil:
		case object.self == nil && object.scope == nil && object.module == nil && !member:
			return callee{name: rd.receiver(object.value) + "." + name, receiver: rd.maker(object.value)}
		case r.value.Kind != fact.Result:
			return callee{name: unknownReceiver + "." + name}
		}
	} else {
		r = rd.look(f, function)
	}
	switch {
	case r.name != "":
		return callee{name: r.name}
	case r.scope != nil && r.scope.isClass():
		return rd.constructor(r.scope)
	case r.scope != nil:
		bound = bound && r.scope.parent.isClass() && !r.scope.decorated("staticmethod") || r.scope.decorated("classmethod")
		return callee{name: r.scope.full, function: r.scope, bound: bound}
	case r.value.Kind == fact.Result && rd.members[r.value.Call]:
		return callee{name: r.value.Call.Func, receiver: r.value.Call.Receiver}
	}
	return callee{name: unknownReceiver}
}

// maker returns the call that made a value, or nil.
func (rd *reader) maker(v fact.Value) *fact.Call {
	if v.Kind != fact.Result || rd.members[v.Call] {
		return nil
	}
	return v.Call
}

// constructor is what making an instance of a class calls. A class that only
// gives another name to one outside the program is that one.
func (rd *reader) constructor(class *scope) callee {
	first := class
	for range maxNest {
		if defs := class.defs["__init__"]; len(defs) == 1 && defs[0].made != nil {
			return callee{name: first.full, function: defs[0].made, bound: true}
		}
		base := rd.extends(class)
		switch {
		case base.name != "" && base.name != "object":
			return callee{name: base.name}
		case base.scope == nil || !base.scope.isClass():
			return callee{name: first.full}
		}
		class = base.scope
	}
	return callee{name: first.full}
}

// superCallee is what super().name calls.
func (rd *reader) superCallee(f *file, function *syntax.Node, name string) (callee, bool) {
	object := function.Child("object")
	if object == nil || object.Kind != "call" || rd.look(f, object.Child("function")).name != "super" {
		return callee{}, false
	}
	class := f.scopeAt(function)
	for class != nil && !class.isClass() {
		class = class.parent
	}
	if class == nil {
		return callee{}, false
	}
	base := rd.extends(class)
	switch {
	case base.name != "" && name == "__init__":
		return callee{name: base.name}, true
	case base.name != "":
		return callee{name: base.name + "()." + name}, true
	case base.scope != nil && base.scope.isClass() && name == "__init__":
		return rd.constructor(base.scope), true
	case base.scope != nil && base.scope.isClass():
		if r := rd.classMember(base.scope, name, function); r.scope != nil && r.scope.isFunction() {
			return callee{name: r.scope.full, function: r.scope, bound: true}, true
		}
	}
	return callee{name: unknownReceiver + "." + name}, true
}

// receiver is what a method of a value is named after.
func (rd *reader) receiver(v fact.Value) string {
	if v.Call != nil {
		switch {
		case v.Call.Func == unknownReceiver || strings.HasPrefix(v.Call.Func, unknownReceiver+"."):
			return unknownReceiver
		case rd.members[v.Call]:
			return v.Call.Func
		}
		return v.Call.Func + "()"
	}
	switch v.Kind {
	case fact.Text:
		return "str"
	case fact.Bytes:
		return "bytes"
	case fact.List:
		return "list"
	case fact.Dict:
		return "dict"
	case fact.Unknown:
		return receiverOfType(v.Type)
	default:
		return unknownReceiver
	}
}

// receiverOfType is what a method of a value of a type is named after.
func receiverOfType(typ string) string {
	switch {
	case typ == "" || strings.ContainsAny(typ, "[| ") || typ == "typing.Any":
		return unknownReceiver
	case strings.HasPrefix(typ, "mypy_boto3_") && strings.HasSuffix(typ, "Client"), typ == "botocore.client.BaseClient":
		return "boto3.client()"
	}
	return typ + "()"
}

// index notes who calls the functions of the program, before parameters are
// followed to their arguments.
func (rd *reader) index(files []*file) {
	names := map[string]bool{}
	for _, f := range files {
		for _, s := range f.scopes {
			if s.isFunction() {
				names[lastName(s.name)] = true
			}
		}
	}
	loose := map[string]bool{}
	for _, f := range files {
		rd.start()
		for _, n := range f.calls {
			c := rd.callee(f, n)
			switch {
			case c.function != nil:
				rd.sites[c.function] = append(rd.sites[c.function], site{f, n, c.bound})
			case strings.HasPrefix(c.name, unknownReceiver):
				loose[lastName(c.name)] = true
			}
		}
		for _, n := range f.loads {
			p := n.Parent
			switch {
			case p.Kind == "call" && n.Field == "function", p.Kind == "attribute" && p.Parent.Kind == "call" && p.Field == "function":
			case p.Kind == "attribute":
				loose[p.Child("attribute").Text(f.src)] = true
			case names[n.Text(f.src)]:
				if s := rd.look(f, n).scope; s != nil {
					rd.passed[s] = true
				}
			}
		}
	}
	for _, f := range files {
		for _, s := range f.scopes {
			if s.isFunction() && (loose[lastName(s.name)] || s.wrapped()) {
				rd.passed[s] = true
			}
		}
	}
	clear(rd.refs)
	clear(rd.types)
	clear(rd.exports)
	clear(rd.made)
	clear(rd.callees)
	clear(rd.members)
	rd.indexed = true
}

func lastName(name string) string { return name[strings.LastIndexAny(name, ".:")+1:] }

// wrapped says that a decorator may have made something else of a function.
func (s *scope) wrapped() bool {
	plain := []string{"staticmethod", "classmethod", "functools.cache", "functools.lru_cache", "cache", "lru_cache"}
	return slices.ContainsFunc(s.decorators, func(n *syntax.Node) bool {
		name, _, _ := strings.Cut(n.Text(s.file.src), "(")
		return !slices.Contains(plain, name)
	})
}

// param is the value of a parameter: of the argument, when one place of the
// program calls the function, and nothing else can.
func (rd *reader) param(d *def) fact.Value {
	s := d.scope
	sites := rd.sites[s]
	if !rd.indexed || len(sites) != 1 || rd.passed[s] {
		return fact.Value{}
	}
	at := sites[0]
	args := rd.call(at.file, at.call).Args
	position := slices.Index(s.params, d)
	if at.bound {
		position--
	}
	rest := []fact.Value{}
	count, open := 0, false
	for _, a := range args {
		switch {
		case a.Name == d.name && d.kind == param:
			return a.Value
		case a.Name == "*" || a.Name == "**":
			open = true
		case a.Name == "":
			if count == position && d.kind == param && !open {
				return a.Value
			}
			if count >= position {
				rest = append(rest, a.Value)
			}
			count++
		}
	}
	switch {
	case d.kind == splatParam:
		return fact.Value{Kind: fact.List, Items: rest, Open: open, Location: s.file.location(d.node)}
	case d.kind == dictParam:
		v := fact.Value{Kind: fact.Dict, Open: open, Location: s.file.location(d.node)}
		for _, a := range args {
			own := slices.ContainsFunc(s.params, func(p *def) bool { return p.name == a.Name && p.kind == param })
			if a.Name != "" && a.Name[0] != '*' && !own {
				v.Fields = append(v.Fields, fact.Field{Key: a.Name, Value: a.Value})
			}
		}
		return v
	case open || d.value == nil:
		return fact.Value{}
	}
	return rd.eval(s.file, d.value)
}

// result is what a call returns.
func (rd *reader) result(f *file, n *syntax.Node) ref {
	if i, ok := f.importCall(n); ok {
		way := rd.resolve(f.name, i)
		if way == nil {
			return ref{name: i.module}
		}
		return ref{module: &way[len(way)-1]}
	}
	callee := rd.callee(f, n)
	c := rd.call(f, n)
	made := fact.Value{Kind: fact.Result, Call: c, Location: c.Location}
	if v, ok := rd.pure(f, n, made); ok {
		return ref{value: v}
	}
	s := callee.function
	if s == nil || callee.name != s.full || s.yields || rd.passed[s] && s.wrapped() {
		return ref{value: made}
	}
	typ := ""
	if t := s.node.Child("return_type"); t != nil {
		typ = rd.typed(s.file, t)
	}
	if len(s.returns) == 1 {
		if v := rd.returned(s); v.Kind != fact.Unknown {
			return ref{value: withType(v, typ)}
		}
	}
	return ref{value: withType(made, typ)}
}

// returned is what the return statement of a function gives.
func (rd *reader) returned(s *scope) fact.Value {
	token := s.returns[0]
	siblings := token.Parent.Children
	i := slices.Index(siblings, token)
	if i+1 >= len(siblings) || !siblings[i+1].Named || siblings[i+1].Kind == "comment" {
		return fact.Value{}
	}
	return rd.eval(s.file, siblings[i+1])
}

// handedOn are the calls that a call makes with a function it is given:
// subprocess.run by asyncio.to_thread(subprocess.run, command).
func (rd *reader) handedOn(f *file, n *syntax.Node) []*fact.Call {
	c := rd.call(f, n)
	position, ok := handsOn[c.Func]
	if !ok && c.Method() == "submit" {
		position, ok = 0, true
	}
	if !ok {
		return nil
	}
	args := n.Child("arguments").NamedChildren()
	if position >= len(args) {
		return nil
	}
	given := rd.look(f, args[position])
	name := given.name
	if given.scope != nil {
		name = given.scope.full
	}
	if name == "" {
		return nil
	}
	handed := *c
	handed.Func = name
	handed.Args = nil
	for _, a := range args[position+1:] {
		handed.Args = append(handed.Args, rd.args(f, a)...)
	}
	return []*fact.Call{&handed}
}

// handsOn are functions that call another with the arguments after it.
var handsOn = map[string]int{
	"functools.partial": 0, "asyncio.to_thread": 0, "atexit.register": 0,
}
