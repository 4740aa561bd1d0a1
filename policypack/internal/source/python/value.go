package python

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// Limits of a value. Rules walk values, so what a hostile source makes of a
// few lines must stay small.
const (
	maxItems = 2000
	maxDepth = 50
	maxText  = 64 << 10
	maxUses  = 50
	// maxHeld bounds the memory of the values of one file, in elements.
	maxHeld = 500_000
)

// tooLarge says that a value is beyond the limits.
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

// see is what an expression stands for.
func (rd *reader) see(f *file, n *syntax.Node) ref {
	below := n.NamedChildren()
	v := fact.Value{Location: f.location(n)}
	switch n.Kind {
	case "identifier":
		return rd.identifier(f, n)
	case "attribute":
		return rd.attribute(f, n)
	case "call":
		return rd.result(f, n)
	case "parenthesized_expression", "await":
		if len(below) == 1 {
			return rd.look(f, below[0])
		}
	case "named_expression":
		return rd.look(f, n.Child("value"))
	case "string", "concatenated_string":
		return ref{value: rd.text(f, n)}
	case "integer", "float", "true", "false", "none", "ellipsis":
		v.Kind, v.Text = fact.Scalar, n.Text(f.src)
	case "unary_operator":
		if a := n.Child("argument"); a != nil && (a.Kind == "integer" || a.Kind == "float") {
			v.Kind, v.Text = fact.Scalar, n.Text(f.src)
		}
	case "list", "tuple", "set", "expression_list":
		return ref{value: rd.list(f, v, below)}
	case "dictionary":
		return ref{value: rd.dict(f, v, below)}
	case "list_comprehension", "set_comprehension", "generator_expression":
		v.Kind, v.Open, v.Items = fact.List, true, []fact.Value{rd.eval(f, n.Child("body"))}
	case "dictionary_comprehension":
		v.Kind, v.Open = fact.Dict, true
		if pair := n.Child("body"); pair != nil && pair.Kind == "pair" {
			v.Fields = []fact.Field{rd.field(f, pair)}
		}
	case "binary_operator":
		return ref{value: rd.operation(f, n)}
	case "conditional_expression":
		if len(below) == 3 {
			return ref{value: either(rd.eval(f, below[0]), rd.eval(f, below[2]))}
		}
	case "boolean_operator":
		if n.Child("operator").Text(f.src) == "or" {
			return ref{value: either(rd.eval(f, n.Child("left")), rd.eval(f, n.Child("right")))}
		}
	case "subscript":
		return ref{value: rd.subscript(f, n)}
	case "lambda":
		v.Kind = fact.Closure
	}
	return ref{value: v}
}

// identifier is what a name stands for at its place, and what was done to its
// value before.
func (rd *reader) identifier(f *file, n *syntax.Node) ref {
	name := n.Text(f.src)
	r := rd.lookName(f, n, name)
	from := f.scopeAt(n)
	if owner := from.owner(name); owner != nil {
		r.value = rd.used(f, r.value, owner.marks[name], owner.defs[name], n, owner.body() == from.body())
	}
	return r
}

// used is a value after what was done to it before a place.
func (rd *reader) used(f *file, v fact.Value, marks []mark, defs []*def, at *syntax.Node, direct bool) fact.Value {
	if v.Kind != fact.Result && v.Kind != fact.List && v.Kind != fact.Dict && v.Type == "" || len(marks) == 0 {
		return v
	}
	start, binding := -1, f.root
	if direct {
		for _, d := range defs {
			if d.at > at.Start {
				break
			}
			start, binding = d.at, d.node
		}
	}
	end := at.Start
	for loop := range loops(binding, at) {
		end = loop.End
	}
	here := f.scopeAt(at).body()
	v.Uses = slices.Clip(v.Uses)
	for _, m := range marks {
		if rd.tooLate() {
			break
		}
		elsewhere := !direct && f.scopeAt(m.node).body() != here
		if m.node == at || m.node.Start < start || m.node.Start > end && !elsewhere || len(v.Uses) >= maxUses {
			continue
		}
		statement := m.node
		for statement.Parent != nil && statement.Parent.Kind != "block" && statement.Parent.Kind != "module" {
			statement = statement.Parent
		}
		sure := direct && m.node.Start < at.Start && dominates(statement, at) && !inLoop(m.node, binding)
		if v = rd.changed(f, v, m, sure); len(v.Items)+len(v.Fields) > maxItems {
			v = fact.Value{Type: v.Type, Location: v.Location}
		}
		switch {
		case m.method != "":
			v.Uses = append(v.Uses, "."+m.method)
		case m.call != nil:
			v.Uses = append(v.Uses, rd.callee(f, m.call).name)
		}
	}
	return v
}

// inLoop says that a place is in a loop that the binding is not in, so
// that it may run many times.
func inLoop(n, binding *syntax.Node) bool {
	for range loops(binding, n) {
		return true
	}
	return false
}

// changed is a list or dict after a mark. sure says that it ran, and once.
func (rd *reader) changed(f *file, v fact.Value, m mark, sure bool) fact.Value {
	if v.Kind != fact.List && v.Kind != fact.Dict {
		return v
	}
	if m.call != nil && m.method == "" {
		// A function of the program may change what it is given.
		v.Open = v.Open || rd.callee(f, m.call).function != nil
		return v
	}
	var args []fact.Arg
	if m.call != nil {
		args = rd.call(f, m.call).Args
	}
	if v.Kind == fact.List {
		return changedList(v, m.method, args, sure)
	}
	return rd.changedDict(f, v, m, args, sure)
}

func changedList(v fact.Value, method string, args []fact.Arg, sure bool) fact.Value {
	switch method {
	case "append", "add", "extend":
		if !sure || v.Open || len(args) != 1 {
			v.Open = true
			return v
		}
		added := args[0].Value
		switch {
		case method != "extend":
			v.Items = append(slices.Clip(v.Items), added)
		case added.Kind == fact.List:
			v.Items, v.Open = append(slices.Clip(v.Items), added.Items...), added.Open
		default:
			v.Open = true
		}
		return v
	case "copy", "index", "count", "__iter__":
		return v
	}
	return fact.Value{Type: v.Type, Location: v.Location}
}

func (rd *reader) changedDict(f *file, v fact.Value, m mark, args []fact.Arg, sure bool) fact.Value {
	v.Fields = slices.Clip(v.Fields)
	switch m.method {
	case "": // dict[key] = value, or del dict[key]
		element := m.node.Parent
		assignment := element.Parent
		key := rd.key(rd.eval(f, element.Child("subscript")))
		if assignment.Kind == "assignment" {
			v.Fields = append(v.Fields, fact.Field{Key: key, Value: rd.eval(f, assignment.Child("right"))})
		}
		// Also a plain dict no longer has only the fields that were checked.
		v.Open = v.Open || !sure || assignment.Kind != "assignment"
	case "update":
		for _, a := range args {
			switch {
			case a.Name != "" && a.Name[0] != '*':
				v.Fields = append(v.Fields, fact.Field{Key: a.Name, Value: a.Value})
			case a.Value.Kind == fact.Dict:
				v.Fields = append(v.Fields, a.Value.Fields...)
				v.Open = v.Open || a.Value.Open
			default:
				v.Open = true
			}
		}
		v.Open = v.Open || !sure
	case "setdefault", "pop", "popitem", "clear":
		v.Open = true
	}
	return v
}

// list is the value of a list or tuple.
func (rd *reader) list(f *file, v fact.Value, elements []*syntax.Node) fact.Value {
	v.Kind = fact.List
	for _, e := range elements {
		if len(v.Items) > maxItems {
			v.Open = true
			break
		}
		if e.Kind != "list_splat" {
			v.Items = append(v.Items, rd.eval(f, e))
			continue
		}
		splat := fact.Value{}
		if below := e.NamedChildren(); len(below) == 1 {
			splat = rd.eval(f, below[0])
		}
		v.Items = append(v.Items, splat.Items...)
		if splat.Kind != fact.List || splat.Open {
			// What comes after has no position that is known.
			v.Open = true
			break
		}
	}
	return v
}

// dict is the value of a dict literal.
func (rd *reader) dict(f *file, v fact.Value, elements []*syntax.Node) fact.Value {
	v.Kind = fact.Dict
	for _, e := range elements {
		if len(v.Fields) > maxItems {
			v.Open = true
			break
		}
		switch e.Kind {
		case "pair":
			v.Fields = append(v.Fields, rd.field(f, e))
		case "dictionary_splat":
			if below := e.NamedChildren(); len(below) == 1 {
				splat := rd.eval(f, below[0])
				v.Fields = append(v.Fields, splat.Fields...)
				v.Open = v.Open || splat.Kind != fact.Dict || splat.Open
			}
		}
	}
	return v
}

func (rd *reader) field(f *file, pair *syntax.Node) fact.Field {
	return fact.Field{Key: rd.key(rd.eval(f, pair.Child("key"))), Value: rd.eval(f, pair.Child("value"))}
}

// key is the text of a dict's key.
func (rd *reader) key(v fact.Value) string {
	if text, ok := v.Literal(); ok {
		return text
	}
	if v.Kind == fact.Scalar {
		return v.Text
	}
	return fact.Hole
}

// operation is the value of left + right, and the like.
func (rd *reader) operation(f *file, n *syntax.Node) fact.Value {
	left, right := n.Child("left"), n.Child("right")
	a := rd.eval(f, left)
	var v fact.Value
	switch n.Child("operator").Text(f.src) {
	case "+":
		v = plus(a, rd.eval(f, right))
	case "%":
		if a.Kind == fact.Text || a.Kind == fact.Bytes {
			v = percent(a, rd.eval(f, right))
		}
	case "/":
		b := rd.eval(f, right)
		if isPath(a) || isPath(b) {
			v = joinPath(a, b)
			v.Call = cmpCall(a.Call, b.Call)
		}
	case "|":
		if b := rd.eval(f, right); a.Kind == fact.Dict && b.Kind == fact.Dict {
			v = fact.Value{Kind: fact.Dict, Fields: append(slices.Clip(a.Fields), b.Fields...), Open: a.Open || b.Open}
		}
	}
	v.Location = f.location(n)
	return v
}

// plus is a + b.
func plus(a, b fact.Value) fact.Value {
	switch {
	case a.Kind == fact.List && b.Kind == fact.List && !a.Open:
		return fact.Value{Kind: fact.List, Items: append(slices.Clip(a.Items), b.Items...), Open: b.Open, Location: a.Location}
	case a.Kind == fact.List:
		a.Open = true
		return a
	case a.Kind == fact.Text || b.Kind == fact.Text:
		return fact.Value{Kind: fact.Text, Text: textOf(a) + textOf(b), Location: a.Location}
	case a.Kind == fact.Bytes || b.Kind == fact.Bytes:
		return fact.Value{Kind: fact.Bytes, Location: a.Location}
	}
	return fact.Value{}
}

// either is the value of an expression that is one of two.
func either(a, b fact.Value) fact.Value {
	none := func(v fact.Value) bool { return v.Kind == fact.Scalar && v.Text == "None" }
	switch {
	case none(a):
		return b
	case none(b):
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
		// The entries of both: each is there on one of the ways.
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

// subscript is the value of object[key].
func (rd *reader) subscript(f *file, n *syntax.Node) fact.Value {
	object := rd.eval(f, n.Child("value"))
	index := rd.eval(f, n.Child("subscript"))
	switch object.Kind {
	case fact.Dict:
		if key, ok := index.Literal(); ok && !object.Open {
			if v, ok := object.Field(key); ok {
				return v
			}
		}
	case fact.List:
		if i, ok := number(index); ok && i < len(object.Items) {
			return object.Items[i]
		}
	case fact.Text:
		return fact.Value{Kind: fact.Text, Text: fact.Hole}
	case fact.Bytes:
		return fact.Value{Kind: fact.Bytes}
	case fact.Result:
		if key, ok := index.Literal(); ok {
			if receiver := rd.receiver(object); receiver != unknownReceiver {
				c := &fact.Call{Language: fact.Python, Location: f.location(n), Func: receiver + `["` + key + `"]`}
				rd.members[c] = true
				return fact.Value{Kind: fact.Result, Call: c, Location: c.Location}
			}
		}
	default:
	}
	return fact.Value{}
}

// number is the small number that a value is.
func number(v fact.Value) (int, bool) {
	if v.Kind != fact.Scalar || len(v.Text) == 0 || len(v.Text) > 4 {
		return 0, false
	}
	i := 0
	for _, c := range v.Text {
		if c < '0' || c > '9' {
			return 0, false
		}
		i = i*10 + int(c-'0')
	}
	return i, true
}

// withType is a value that the source gives a type.
func withType(v fact.Value, typ string) fact.Value {
	if typ == "" {
		return v
	}
	v.Type = typ
	switch v.Kind {
	case fact.Dict:
		v.Checked = v.Checked || strings.HasSuffix(typ, "ArgsDict")
	case fact.List:
		for _, list := range []string{"list", "typing.List", "typing.Sequence", "collections.abc.Sequence", "typing.Iterable", "tuple", "typing.Tuple"} {
			if element, ok := strings.CutPrefix(typ, list+"["); ok {
				v.Items = slices.Clone(v.Items)
				for i := range v.Items {
					v.Items[i] = withType(v.Items[i], strings.TrimSuffix(element, "]"))
				}
			}
		}
	default:
	}
	return v
}

// typed is the type that an annotation names. It is empty within a cycle: in
// `date: date = today()` the type's name is the variable's own.
func (rd *reader) typed(f *file, annotation *syntax.Node) string {
	if typ, ok := rd.types[annotation]; ok {
		return typ
	}
	rd.types[annotation] = ""
	typ := rd.typeOf(f, annotation, annotation.Text(f.src))
	rd.types[annotation] = typ
	return typ
}

// typeOf is the full name of a type, as it is written at a place.
func (rd *reader) typeOf(f *file, at *syntax.Node, text string) string {
	text = strings.Trim(strings.TrimSpace(text), `"' `)
	if len(text) > 500 {
		return ""
	}
	var parts []string
	for _, part := range split(text, '|') {
		if part = strings.TrimSpace(part); part == "None" {
			continue
		}
		name, inner, generic := strings.Cut(part, "[")
		full := rd.typeName(f, at, name)
		if generic {
			inner = strings.TrimSuffix(inner, "]")
			var of []string
			for _, t := range split(inner, ',') {
				of = append(of, rd.typeOf(f, at, t))
			}
			switch {
			case len(of) == 0:
			case slices.Contains(wrappers, full):
				full = of[0]
			default:
				full += "[" + strings.Join(of, ", ") + "]"
			}
		}
		parts = append(parts, full)
	}
	return strings.Join(parts, " | ")
}

// wrappers are types that say nothing of their own about the value.
var wrappers = []string{
	"typing.Optional", "typing.Annotated", "typing.Final", "typing.ClassVar", "typing.Awaitable", "pulumi.Input", "pulumi.Output",
}

// typeName is the full name of a dotted name in a type.
func (rd *reader) typeName(f *file, at *syntax.Node, name string) string {
	name = strings.Trim(strings.TrimSpace(name), `"'`)
	parts := strings.Split(name, ".")
	r := rd.lookName(f, at, parts[0])
	for _, p := range parts[1:] {
		r = rd.member(r, p, at, f)
	}
	switch {
	case r.name != "":
		return r.name
	case r.scope != nil:
		return r.scope.full
	}
	return name
}

// split cuts at a separator that is not within brackets.
func split(text string, sep byte) []string {
	var parts []string
	depth, start := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case c == sep && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}
