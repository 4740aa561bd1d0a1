package python

import (
	"path"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// file is a parsed file and its names.
type file struct {
	name string
	src  []byte
	root *syntax.Node
	// main says that the file runs as the program, so that __name__ is
	// "__main__" in it.
	main   bool
	module *scope
	// scopes are all scopes, by the node that makes them.
	scopes map[*syntax.Node]*scope
	// calls are the calls that can run, runs the imports that do, in order.
	calls []*syntax.Node
	runs  []imported
	// loads are the places where a name is read, in order.
	loads  []*syntax.Node
	leaves []*syntax.Node
	// lines are the offsets of the lines.
	lines []int
	// bare says that the file has no imports.
	bare bool
}

// scope is what holds names: a module, a class, a function, a lambda or a
// comprehension.
type scope struct {
	file   *file
	node   *syntax.Node
	parent *scope
	// name is the way to a class or function within its file, full that with
	// the file's name in front. Both are empty for other scopes.
	name, full string
	defs       map[string][]*def
	// marks are where something is done to the value of a name.
	marks map[string][]mark
	// attrs and attrMarks are those of self in a class.
	attrs     map[string][]*def
	attrMarks map[string][]mark
	// outer are names that the scope declares global or nonlocal.
	outer  map[string]bool
	params []*def
	// returns are the tokens of the return statements of a function.
	returns    []*syntax.Node
	yields     bool
	decorators []*syntax.Node
	stars      []imported
}

func (s *scope) isClass() bool    { return s.node.Kind == "class_definition" }
func (s *scope) isFunction() bool { return s.node.Kind == "function_definition" }

// body is the scope whose statements run when this one's code does: a
// comprehension runs with the function around it.
func (s *scope) body() *scope {
	for s.parent != nil && (strings.HasSuffix(s.node.Kind, "comprehension") || s.node.Kind == "generator_expression") {
		s = s.parent
	}
	return s
}

type defKind int

const (
	// other is a binding whose value is not known, as of a loop variable.
	other defKind = iota
	assigned
	// augmented is x += value.
	augmented
	// annotated is a type without a value.
	annotated
	importOf
	importFrom
	defined // a function or class
	param
	splatParam
	dictParam
)

// def is one place that binds a name.
type def struct {
	kind defKind
	name string
	node *syntax.Node
	// at is the offset from which the binding holds.
	at int
	// value is the expression bound, item its element that is meant; -1 for
	// all of it. For a parameter value is the default.
	value *syntax.Node
	item  int
	typ   *syntax.Node
	scope *scope
	// made is the scope of a function or class.
	made *scope
	// from and whole are an import: from is empty for `import a.b`, which binds
	// a unless it has an alias (whole).
	from  imported
	whole bool
	// dead says that it never runs, as under `if TYPE_CHECKING`.
	dead bool
}

// mark is a place that does something to a value: calls its method, passes it
// to a call, or sets an element (neither).
type mark struct {
	node   *syntax.Node
	method string
	call   *syntax.Node
}

func newFile(name string, src []byte, root *syntax.Node, entry bool) *file {
	f := &file{name: name, src: src, root: root, scopes: map[*syntax.Node]*scope{}, bare: true}
	// Lambda imports a handler, so its __main__ block does not run there.
	f.main = entry && (path.Base(name) == "__main__.py" || !handles(root, src))
	f.lines = []int{0}
	for i, c := range src {
		if c == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	f.module = f.open(root, nil, "")
	f.build(root, f.module, true)
	for _, n := range f.loads {
		f.mark(n)
	}
	return f
}

func (f *file) open(n *syntax.Node, parent *scope, name string) *scope {
	s := &scope{
		file: f, node: n, parent: parent, defs: map[string][]*def{}, marks: map[string][]mark{},
		attrs: map[string][]*def{}, attrMarks: map[string][]mark{}, outer: map[string]bool{},
	}
	if name != "" {
		s.name = name
		for p := parent; p != nil; p = p.parent {
			if p.name != "" {
				s.name = p.name + "." + name
				break
			}
		}
		s.full = f.name + ":" + s.name
	}
	f.scopes[n] = s
	return s
}

func (s *scope) add(d *def) *def {
	d.scope = s
	if s.outer[d.name] {
		// The binding is the module's; where functions around have the name
		// too, it is theirs, and not known to be either: both get it.
		for p := s.parent; p != nil; p = p.parent {
			if p.parent == nil || p.defs[d.name] != nil {
				p.defs[d.name] = append(p.defs[d.name], d)
			}
		}
		return d
	}
	s.defs[d.name] = append(s.defs[d.name], d)
	return d
}

// build collects the names below a node, and the calls that can run.
func (f *file) build(n *syntax.Node, s *scope, live bool) {
	if len(n.Children) == 0 {
		f.leaves = append(f.leaves, n)
	}
	switch n.Kind {
	case "import_statement", "import_from_statement", "future_import_statement":
		f.addImport(n, s, live)
	case "function_definition", "class_definition":
		f.addDefinition(n, s, live)
		return
	case "lambda":
		inner := f.open(n, s, "")
		for _, c := range n.Children {
			if c.Field == "parameters" {
				f.addParameters(c, inner, live)
			} else {
				f.build(c, inner, live)
			}
		}
		return
	case "list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression":
		s = f.open(n, s, "")
	case "for_in_clause", "for_statement":
		f.bind(n.Child("left"), s, def{node: n, dead: !live}, nil)
	case "assignment":
		f.addAssignment(n, s, live)
	case "augmented_assignment":
		f.bind(n.Child("left"), s, def{kind: augmented, node: n, at: n.End, dead: !live}, n.Child("right"))
	case "named_expression":
		f.bind(n.Child("name"), s.body(), def{kind: assigned, node: n, at: n.End, dead: !live}, n.Child("value"))
	case "as_pattern":
		f.addAs(n, s, live)
	case "case_pattern":
		f.addPattern(n, s)
	case "global_statement", "nonlocal_statement":
		for _, c := range n.NamedChildren() {
			s.outer[c.Text(f.src)] = true
		}
	case "delete_statement":
		for _, c := range n.NamedChildren() {
			f.bind(c, s, def{node: n, at: n.End}, nil)
		}
	case "return":
		s.returns = append(s.returns, n)
	case "yield":
		s.yields = true
	case "if_statement":
		f.buildIf(n, s, live)
		return
	case "identifier":
		f.addLoad(n)
	case "call":
		if live {
			f.calls = append(f.calls, n)
		}
		if i, ok := f.importCall(n); ok && live {
			f.runs = append(f.runs, i)
			f.bare = false
		}
	}
	for _, c := range n.Children {
		f.build(c, s, live)
	}
}

// buildIf leaves out the branches that never run.
func (f *file) buildIf(n *syntax.Node, s *scope, live bool) {
	condition := n.Child("condition")
	never, always := f.truth(condition)
	for _, c := range n.Children {
		switch {
		case c.Field == "consequence":
			f.build(c, s, live && !never)
		case c.Kind == "elif_clause":
			neverThis, alwaysThis := f.truth(c.Child("condition"))
			for _, cc := range c.Children {
				f.build(cc, s, live && !always && (cc.Field != "consequence" || !neverThis))
			}
			always = always || alwaysThis
		default:
			f.build(c, s, live && (!always || c.Kind != "else_clause"))
		}
	}
}

// truth tells what a condition is each time.
func (f *file) truth(n *syntax.Node) (never, always bool) {
	if n == nil {
		return false, false
	}
	below := n.NamedChildren()
	switch {
	case n.Kind == "parenthesized_expression" && len(below) == 1:
		return f.truth(below[0])
	case n.Kind == "not_operator" && len(below) == 1:
		never, always = f.truth(below[0])
		return always, never
	case n.Kind == "boolean_operator" && len(below) == 2:
		never, always = f.truth(below[0])
		never2, always2 := f.truth(below[1])
		if n.Child("operator").Text(f.src) == "and" {
			return never || never2, always && always2
		}
		return never && never2, always || always2
	}
	switch text := strings.Join(strings.Fields(strings.ReplaceAll(n.Text(f.src), "'", `"`)), ""); text {
	case "False", "0", "TYPE_CHECKING", "typing.TYPE_CHECKING", "t.TYPE_CHECKING":
		return true, false
	case "True", "1":
		return false, true
	case `__name__=="__main__"`, `"__main__"==__name__`:
		return !f.main, f.main
	case `__name__!="__main__"`:
		return f.main, !f.main
	}
	return false, false
}

func (f *file) addImport(n *syntax.Node, s *scope, live bool) {
	f.bare = false
	if n.Kind == "future_import_statement" {
		return
	}
	var from imported
	isFrom := n.Kind == "import_from_statement"
	if isFrom {
		from = dotted(strings.Join(strings.Fields(n.Child("module_name").Text(f.src)), ""))
	}
	for _, c := range n.Children {
		if c.Kind == "wildcard_import" {
			from.names = append(from.names, "*")
			s.stars = append(s.stars, imported{level: from.level, module: from.module})
		}
		if c.Field != "name" {
			continue
		}
		name, alias := c.Text(f.src), ""
		if c.Kind == "aliased_import" {
			name, alias = c.Child("name").Text(f.src), c.Child("alias").Text(f.src)
		}
		name = strings.Join(strings.Fields(name), "")
		d := def{kind: importFrom, name: alias, node: n, at: n.End, item: -1, dead: !live}
		if isFrom {
			from.names = append(from.names, name)
			d.from = imported{level: from.level, module: from.module, names: []string{name}}
			if alias == "" {
				d.name = name
			}
		} else {
			d.kind, d.from, d.whole = importOf, imported{module: name}, alias != ""
			if alias == "" {
				d.name, _, _ = strings.Cut(name, ".")
			}
			if live {
				f.runs = append(f.runs, imported{module: name, guarded: f.inBranch(n)})
			}
		}
		s.add(&d)
	}
	if isFrom && live {
		from.guarded = f.inBranch(n)
		f.runs = append(f.runs, from)
	}
}

// importCall is an import by importlib.import_module("literal").
func (f *file) importCall(n *syntax.Node) (imported, bool) {
	function := n.Child("function").Text(f.src)
	if !strings.HasSuffix(function, "import_module") && function != "__import__" {
		return imported{}, false
	}
	_, after, _ := strings.Cut(n.Child("arguments").Text(f.src), "(")
	i, ok := literalImport(string(argument([]byte(after))))
	if !ok {
		return imported{}, false
	}
	return i[0], true
}

func (f *file) addDefinition(n *syntax.Node, s *scope, live bool) {
	name := n.Child("name").Text(f.src)
	inner := f.open(n, s, name)
	d := &def{kind: defined, name: name, node: n, at: n.Start, item: -1, made: inner, dead: !live}
	if p := n.Parent; p != nil && p.Kind == "decorated_definition" {
		d.node = p
		for _, c := range p.Children {
			if c.Kind == "decorator" {
				inner.decorators = append(inner.decorators, c.NamedChildren()...)
			}
		}
	}
	s.add(d)
	for _, c := range n.Children {
		switch {
		case c.Field == "parameters":
			f.addParameters(c, inner, live)
		case c.Field == "body":
			f.build(c, inner, live)
		case c.Field != "name":
			f.build(c, s, live)
		}
	}
}

// addParameters adds the parameters of a function; their defaults and types
// belong to the scope around it.
func (f *file) addParameters(n *syntax.Node, inner *scope, live bool) {
	f.leaves = append(f.leaves, n.Children[:min(1, len(n.Children))]...)
	for _, p := range n.NamedChildren() {
		d := &def{kind: param, node: p, at: p.End, item: -1, value: p.Child("value"), typ: p.Child("type")}
		target := p
		switch p.Kind {
		case "default_parameter", "typed_default_parameter":
			target = p.Child("name")
		case "typed_parameter":
			target = p.NamedChildren()[0]
		}
		if target == nil {
			continue
		}
		switch target.Kind {
		case "list_splat_pattern":
			d.kind = splatParam
		case "dictionary_splat_pattern":
			d.kind = dictParam
		}
		d.name = strings.TrimLeft(target.Text(f.src), "* ")
		if d.name == "" || target.Kind == "keyword_separator" || target.Kind == "positional_separator" {
			continue
		}
		inner.add(d)
		inner.params = append(inner.params, d)
		for _, c := range []*syntax.Node{d.value, d.typ} {
			if c != nil {
				f.build(c, inner.parent, live)
			}
		}
	}
}

func (f *file) addAssignment(n *syntax.Node, s *scope, live bool) {
	d := def{kind: assigned, node: n, at: n.End, typ: n.Child("type"), dead: !live}
	value := n.Child("right")
	// Of a = b = value, both are the value.
	for value != nil && value.Kind == "assignment" {
		value = value.Child("right")
	}
	if value == nil {
		d.kind = annotated
	}
	f.bind(n.Child("left"), s, d, value)
}

// addAs adds the name of `with value as name`, and of `except E as name`.
func (f *file) addAs(n *syntax.Node, s *scope, live bool) {
	d := def{node: n, at: n.End, dead: !live}
	var value *syntax.Node
	for p := n.Parent; p != nil && p.Kind != "block"; p = p.Parent {
		if p.Kind == "with_item" {
			d.kind, value = assigned, n.Children[0]
		}
	}
	f.bind(n.Child("alias"), s, d, value)
}

// addPattern adds the names that a case of a match may bind.
func (f *file) addPattern(n *syntax.Node, s *scope) {
	n.Walk(func(c *syntax.Node) bool {
		if c.Kind == "identifier" {
			s.add(&def{name: c.Text(f.src), node: n, at: n.End, item: -1})
		}
		return true
	})
}

// bind adds the names of a target, with their part of the value.
func (f *file) bind(target *syntax.Node, s *scope, d def, value *syntax.Node) {
	if target == nil {
		return
	}
	d.at, d.item = max(d.at, target.End), -1
	d.value = value
	if value == nil && d.kind != annotated {
		d.kind = other
	}
	below := target.NamedChildren()
	switch target.Kind {
	case "identifier":
		d.name = target.Text(f.src)
		s.add(&d)
	case "attribute":
		f.bindAttribute(target, s, d)
	case "as_pattern_target":
		// The pure Go parser leaves the name out of the tree.
		if len(below) == 0 {
			d.name = target.Text(f.src)
			s.add(&d)
		}
		for _, c := range below {
			f.bind(c, s, d, value)
		}
	case "list_splat_pattern", "list_splat", "parenthesized_expression":
		for _, c := range below {
			f.bind(c, s, d, nil)
		}
	case "pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list":
		f.bindEach(below, s, d, value)
	}
}

// bindEach adds the names that a tuple is taken apart into.
func (f *file) bindEach(targets []*syntax.Node, s *scope, d def, value *syntax.Node) {
	splat := func(n *syntax.Node) bool { return strings.HasPrefix(n.Kind, "list_splat") }
	var parts []*syntax.Node
	if value != nil && (value.Kind == "tuple" || value.Kind == "list" || value.Kind == "expression_list") {
		parts = value.NamedChildren()
	}
	paired := len(parts) == len(targets) && !slices.ContainsFunc(parts, splat)
	known := value != nil && !slices.ContainsFunc(targets, splat)
	for i, c := range targets {
		switch {
		case paired && known:
			f.bind(c, s, d, parts[i])
		case known && c.Kind == "identifier" && d.kind == assigned:
			one := d
			one.name, one.value, one.item = c.Text(f.src), value, i
			s.add(&one)
		default:
			f.bind(c, s, d, nil)
		}
	}
}

// bindAttribute adds self.name = value to the class.
func (f *file) bindAttribute(target *syntax.Node, s *scope, d def) {
	object := target.Child("object")
	d.name = target.Child("attribute").Text(f.src)
	if class := selfClass(s, object.Text(f.src)); class != nil && object.Kind == "identifier" {
		d.scope = s
		class.attrs[d.name] = append(class.attrs[d.name], &d)
	}
}

// selfClass is the class whose instance a name stands for: the first
// parameter of the method around.
func selfClass(s *scope, name string) *scope {
	for ; s != nil && s.parent != nil; s = s.parent {
		if s.isFunction() && s.parent.isClass() && len(s.params) > 0 && s.params[0].name == name && !s.decorated("staticmethod") {
			return s.parent
		}
		if len(s.defs[name]) > 0 {
			return nil
		}
	}
	return nil
}

// decorated says that a function has that decorator.
func (s *scope) decorated(name string) bool {
	return slices.ContainsFunc(s.decorators, func(n *syntax.Node) bool { return n.Text(s.file.src) == name })
}

// addLoad notes a name that is read.
func (f *file) addLoad(n *syntax.Node) {
	switch n.Parent.Kind {
	case "dotted_name", "aliased_import", "global_statement", "nonlocal_statement":
		return
	}
	if n.Field == "attribute" || n.Field == "name" {
		return
	}
	f.loads = append(f.loads, n)
}

// scopeAt is the scope that a node's names are looked up in.
func (f *file) scopeAt(n *syntax.Node) *scope {
	for ; n.Parent != nil; n = n.Parent {
		s := f.scopes[n.Parent]
		if s == nil {
			continue
		}
		switch n.Parent.Kind {
		case "function_definition", "class_definition", "lambda":
			if n.Field == "body" {
				return s
			}
		default:
			return s
		}
	}
	return f.module
}

// mark notes what a place that reads a name does to its value.
func (f *file) mark(n *syntax.Node) {
	at := f.scopeAt(n)
	name := n.Text(f.src)
	marks := map[string][]mark(nil)
	subject := n
	if p := n.Parent; p.Kind == "attribute" && n.Field == "object" {
		if class := selfClass(at, name); class != nil {
			subject, name, marks = p, p.Child("attribute").Text(f.src), class.attrMarks
		}
	}
	m, ok := f.markOf(subject)
	if !ok {
		return
	}
	if marks == nil {
		owner := at.owner(name)
		if owner == nil {
			return
		}
		marks = owner.marks
	}
	marks[name] = append(marks[name], m)
}

func (f *file) markOf(n *syntax.Node) (mark, bool) {
	p := n.Parent
	switch {
	case p.Kind == "attribute" && n.Field == "object" && p.Parent.Kind == "call" && p.Field == "function":
		return mark{node: n, method: p.Child("attribute").Text(f.src), call: p.Parent}, true
	case p.Kind == "keyword_argument" || p.Kind == "list_splat":
		p = p.Parent
		fallthrough
	case p.Kind == "argument_list":
		if p.Kind == "argument_list" && p.Parent.Kind == "call" {
			return mark{node: n, call: p.Parent}, true
		}
	case p.Kind == "for_statement" && n.Field == "right":
		return mark{node: n, method: "__iter__"}, true
	case p.Kind == "subscript" && n.Field == "value" && (p.Field == "left" || p.Parent.Kind == "delete_statement"):
		return mark{node: n}, true
	}
	return mark{}, false
}

// owner is the scope that a name belongs to, from this scope on outwards.
func (s *scope) owner(name string) *scope {
	for at := s; at != nil; at = at.parent {
		if at.isClass() && at != s {
			continue // a class's names are not those of its methods
		}
		if len(at.defs[name]) > 0 {
			return at
		}
	}
	return nil
}
