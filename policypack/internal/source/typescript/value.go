package typescript

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// maxSteps bounds what the values of one call cost: variables that name each
// other many times over would make more of them than memory holds.
const maxSteps = 5000

// evaluation finds the values of one call.
type evaluation struct {
	steps  int
	active map[*syntax.Node]bool // calls that are being read, against circles
}

// call is the fact that a call is.
func (e *evaluation) call(f *file, n *syntax.Node, depth int) *fact.Call {
	if e.active == nil {
		e.active = map[*syntax.Node]bool{}
	}
	e.active[n] = true
	defer delete(e.active, n)
	c := &fact.Call{
		Language: fact.TypeScript, Location: f.location(n), Snippet: tree.Snippet(f.src[f.lines[n.Line-1]:], 1),
		Func: f.callName(n), Args: e.arguments(f, n, depth), In: f.holder(n), Branch: f.inBranch(n), End: f.lastLine(n),
	}
	// What a method is called on takes time to find, and matters of these alone.
	if strings.HasPrefix(c.Method(), "require") {
		if function := callee(n); function != nil && function.Kind == "member_expression" {
			c.Receiver = e.value(f, function.Child("object"), depth+1).Call
		}
	}
	return c
}

func (e *evaluation) arguments(f *file, call *syntax.Node, depth int) []fact.Arg {
	var args []fact.Arg
	list := call.Child("arguments")
	if list != nil && list.Kind == "template_string" {
		return []fact.Arg{{Value: e.value(f, list, depth)}}
	}
	lost := false
	for _, a := range list.NamedChildren() {
		if a.Kind != "spread_element" {
			v := fact.Value{Location: f.location(a)}
			if !lost {
				v = e.value(f, a, depth)
			}
			args = append(args, fact.Arg{Value: v})
			continue
		}
		spread := e.value(f, a.NamedChildren()[0], depth)
		if spread.Kind != fact.List || spread.Open {
			// From here on nothing is known to be at its position.
			lost = true
			args = append(args, fact.Arg{Value: fact.Value{Location: f.location(a)}})
			continue
		}
		for _, v := range spread.Items {
			args = append(args, fact.Arg{Value: v})
		}
	}
	return args
}

// value is what is known of an expression.
func (e *evaluation) value(f *file, n *syntax.Node, depth int) fact.Value {
	if n == nil {
		return fact.Value{}
	}
	v := fact.Value{Location: f.location(n)}
	e.steps++
	if depth > maxDepth || e.steps > maxSteps {
		return v
	}
	depth++
	switch n.Kind {
	case "string":
		v.Kind, v.Text = fact.Text, unquote(n.Text(f.src))
	case "template_string":
		v.Kind, v.Text = fact.Text, e.template(f, n, depth)
	case "number", "true", "false", "null", "undefined":
		v.Kind, v.Text = fact.Scalar, n.Text(f.src)
	case "unary_expression":
		if argument := n.Child("argument"); argument != nil && argument.Kind == "number" {
			v.Kind, v.Text = fact.Scalar, n.Text(f.src)
		}
	case "binary_expression":
		if n.Child("operator").Text(f.src) == "+" {
			left, right := e.value(f, n.Child("left"), depth), e.value(f, n.Child("right"), depth)
			if left.Kind == fact.Text || right.Kind == fact.Text {
				v.Kind, v.Text = fact.Text, text(left)+text(right)
			}
		}
	case "array":
		v.Kind = fact.List
		for _, c := range n.NamedChildren() {
			if c.Kind != "spread_element" {
				v.Items = append(v.Items, e.value(f, c, depth))
				continue
			}
			spread := e.value(f, c.NamedChildren()[0], depth)
			v.Items = append(v.Items, spread.Items...)
			v.Open = v.Open || spread.Kind != fact.List || spread.Open
		}
	case "object":
		e.object(f, n, &v, depth)
	case "identifier", "shorthand_property_identifier", "type_identifier", "shorthand_property_identifier_pattern":
		if b := f.lookup(n); b != nil {
			return e.variable(b, f, n, depth)
		}
	case "as_expression", "satisfies_expression", "type_assertion":
		return e.cast(f, n, n, depth)
	case "member_expression", "subscript_expression":
		if cast := longCast(n); cast != nil {
			return e.cast(f, cast, n, depth)
		}
		return e.memberValue(f, n, depth)
	case "parenthesized_expression", "await_expression", "non_null_expression":
		return e.value(f, inner(n), depth)
	case "assignment_expression":
		return e.value(f, n.Child("right"), depth)
	case "call_expression", "new_expression":
		return e.result(f, n, depth)
	default:
		if isFunction(n) {
			v.Kind = fact.Closure
		}
	}
	return v
}

// object fills in an object literal.
func (e *evaluation) object(f *file, n *syntax.Node, v *fact.Value, depth int) {
	v.Kind, v.Checked = fact.Dict, f.checked && !f.tellsToIgnore(n)
	for _, c := range n.NamedChildren() {
		switch c.Kind {
		case "pair":
			v.Fields = append(v.Fields, fact.Field{Key: f.key(c.Child("key")), Value: e.value(f, c.Child("value"), depth)})
		case "shorthand_property_identifier":
			v.Fields = append(v.Fields, fact.Field{Key: c.Text(f.src), Value: e.value(f, c, depth)})
		case "method_definition":
			field := fact.Field{Key: f.key(c.Child("name")), Value: fact.Value{Location: f.location(c)}}
			if !isAccessor(c) {
				field.Value.Kind = fact.Closure
			}
			v.Fields = append(v.Fields, field)
		case "spread_element":
			spread := e.value(f, c.NamedChildren()[0], depth)
			if spread.Kind == fact.Dict {
				v.Fields = append(v.Fields, spread.Fields...)
				v.Open = v.Open || spread.Open
				v.Checked = v.Checked && spread.Checked
				continue
			}
			v.Open = true
		}
	}
}

// tellsToIgnore says that the compiler is told to ignore a line of the object,
// or of the statement before it, where it would report a wrong property.
func (f *file) tellsToIgnore(object *syntax.Node) bool {
	if len(f.unchecked) == 0 {
		return false
	}
	statement := object
	for statement.Parent != nil && statement.Parent.Kind != "program" && statement.Parent.Kind != "statement_block" {
		statement = statement.Parent
	}
	last := object.Line + strings.Count(object.Text(f.src), "\n")
	for line := statement.Line; line <= last; line++ {
		if f.unchecked[line] {
			return true
		}
	}
	return false
}

// template is the text of a template string.
func (e *evaluation) template(f *file, n *syntax.Node, depth int) string {
	var b strings.Builder
	at := n.Start + 1
	for _, c := range n.NamedChildren() {
		if c.Kind != "template_substitution" {
			continue
		}
		b.WriteString(unescape(string(f.src[at:max(at, c.Start)])))
		at = c.End
		var part fact.Value
		if expression := c.NamedChildren(); len(expression) == 1 {
			part = e.value(f, expression[0], depth)
		}
		b.WriteString(text(part))
	}
	b.WriteString(unescape(string(f.src[at:max(at, n.End-1)])))
	return b.String()
}

// text is what a value adds to a string.
func text(v fact.Value) string {
	if v.Kind == fact.Text || v.Kind == fact.Scalar {
		return v.Text
	}
	return fact.Hole
}

// cast is a value that is said to have another type than it may have, or that
// satisfies one. whole is all of the cast, as longCast has it.
func (e *evaluation) cast(f *file, n, whole *syntax.Node, depth int) fact.Value {
	v := e.value(f, inner(n), depth)
	children := n.NamedChildren()
	if len(children) < 2 {
		return v // as const
	}
	to := children[1]
	if n.Kind == "type_assertion" {
		to = children[0]
		if types := to.NamedChildren(); len(types) == 1 {
			to = types[0]
		}
	}
	name := f.typeName(to, depth)
	switch {
	case name == "const":
		return v
	case whole != n:
		name = f.qualified(to, whole.End)
	}
	if n.Kind == "satisfies_expression" {
		if v.Type == "" {
			v.Type = name
		}
		return v
	}
	v.Type = name
	uncheck(&v)
	return v
}

// uncheck notes that no compiler looked at the objects in a value.
func uncheck(v *fact.Value) {
	v.Checked = false
	for i := range v.Items {
		uncheck(&v.Items[i])
	}
	for i := range v.Fields {
		uncheck(&v.Fields[i].Value)
	}
}

// variable is the value of a variable where it stands at a place in a file.
func (e *evaluation) variable(b *binding, from *file, at *syntax.Node, depth int) fact.Value {
	v := fact.Value{Location: from.location(at)}
	if depth > maxDepth || e.steps > maxSteps {
		return v
	}
	e.steps++
	depth++
	if b.module != "" {
		other := b.file.program.other(b.file.program.resolve(b.file.name, b.module))
		if other == nil || b.member == "" {
			return v
		}
		if exported := other.exported(b.member, depth); exported != nil {
			return e.variable(exported, from, at, depth)
		}
		return v
	}
	switch source := b.source(); {
	case source != nil:
		v = e.value(b.file, source, depth)
		whole := source
		for _, key := range b.path {
			v = memberOf(v, key)
			whole = nil
		}
		if whole == nil && v.Kind == fact.Unknown {
			v = b.file.readOf(b.denote(depth), v)
		}
	case b.function != nil && !b.opaque && b.writes == 0:
		v = e.parameter(b, v, depth)
	}
	e.annotate(b, &v, depth)
	refs := b.references()
	e.change(b.file, refs, &v, depth)
	if from == b.file && slices.Contains([]fact.Kind{fact.Unknown, fact.Result, fact.List, fact.Dict}, v.Kind) {
		v.Uses = append(slices.Clone(v.Uses), refs.before(b.file, at.Start)...)
	}
	return v
}

// parameter is what the one call of a function gives it, if there is one only.
func (e *evaluation) parameter(b *binding, unknown fact.Value, depth int) fact.Value {
	p := b.file.program
	callers := p.callers[b.function]
	if len(callers) != 1 || p.escaped[b.function] || !b.file.counted || !callers[0].file.counted {
		return unknown
	}
	from := callers[0]
	arguments := from.node.Child("arguments").NamedChildren()
	for i, a := range arguments {
		if a.Kind == "spread_element" || i > b.index {
			return unknown
		}
		if i < b.index {
			continue
		}
		v := e.value(from.file, a, depth)
		for _, key := range b.path {
			v = memberOf(v, key)
		}
		return v
	}
	return unknown
}

// annotate adds what a variable's declared type says.
func (e *evaluation) annotate(b *binding, v *fact.Value, depth int) {
	if b.annotation == nil || len(b.path) > 0 {
		return
	}
	switch name := b.file.typeName(b.annotation, depth); {
	case b.file.loose(b.annotation, depth):
		v.Type = name
		uncheck(v)
	case v.Type == "":
		v.Type = name
		if v.Kind != fact.Dict && v.Kind != fact.List {
			v.Checked = b.file.checked
		}
	}
}

// change adds what is done to the content of a variable after its making.
func (e *evaluation) change(f *file, refs *references, v *fact.Value, depth int) {
	switch v.Kind {
	case fact.List:
		v.Open = v.Open || refs.open || len(refs.fields) > 0
	case fact.Dict:
		v.Open = v.Open || refs.open
		var keys []string
		for key := range refs.fields {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			v.Fields = append(slices.Clone(v.Fields), fact.Field{Key: key, Value: e.value(f, refs.fields[key], depth)})
		}
	}
}

// memberOf is the value of a property.
func memberOf(v fact.Value, key string) fact.Value {
	unknown := fact.Value{Location: v.Location}
	switch {
	case v.Kind == fact.Dict && !v.Open:
		if field, ok := v.Field(key); ok {
			return field
		}
	case v.Kind == fact.List && !v.Open:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(v.Items) {
			return v.Items[i]
		}
	case v.Type == "any":
		unknown.Type = "any"
	}
	return unknown
}

func (e *evaluation) memberValue(f *file, n *syntax.Node, depth int) fact.Value {
	unknown := fact.Value{Location: f.location(n)}
	object := n.Child("object")
	key := f.key(n.Child("property"))
	if n.Kind == "subscript_expression" {
		key = f.key(n.Child("index"))
	}
	if key == fact.Hole || object == nil {
		return unknown
	}
	t := f.denote(object, depth)
	if t.own != "" {
		t.module = f.program.other(t.own)
	}
	switch {
	case t.module != nil:
		if b := t.module.exported(key, depth); b != nil {
			return e.variable(b, f, n, depth)
		}
		return unknown
	case t.node != nil && isClass(t.node):
		if b := t.file.classMembers(t.node)[key]; b != nil {
			return e.variable(b, f, n, depth)
		}
	}
	v := memberOf(e.value(f, object, depth), key)
	v.Uses = nil
	if v.Kind == fact.Unknown && v.Type == "" {
		return f.readOf(t.member(key, depth), unknown)
	}
	return v
}

// readOf is the value of a property of something made by a call: the result of
// reading it, named as a method of that name would be.
func (f *file) readOf(t target, unknown fact.Value) fact.Value {
	if t.node == nil && strings.Contains(t.name, "().") {
		unknown.Kind = fact.Result
		unknown.Call = &fact.Call{Language: fact.TypeScript, Location: unknown.Location, Func: t.name}
	}
	return unknown
}

// result is the value of a call.
func (e *evaluation) result(f *file, n *syntax.Node, depth int) fact.Value {
	v := fact.Value{Location: f.location(n)}
	if f.isImport(n) || e.active[n] {
		return v
	}
	t := f.denote(callee(n), depth)
	name := f.callName(n)
	if n.Kind == "call_expression" {
		if known, ok := e.known(f, n, name, depth); ok {
			known.Location = v.Location
			return known
		}
		if returned := t.returned(); returned != nil {
			if inside := e.value(t.file, returned, depth); inside.Kind != fact.Unknown {
				e.returns(t, &inside, depth)
				return inside
			}
		}
	}
	v.Kind, v.Call = fact.Result, e.call(f, n, depth)
	if name == "JSON.parse" {
		v.Type = "any"
	}
	if n.Kind == "call_expression" {
		e.returns(t, &v, depth)
	}
	return v
}

// returns adds what the declared type of a function's result says.
func (e *evaluation) returns(t target, v *fact.Value, depth int) {
	if t.node == nil || !isFunction(t.node) {
		return
	}
	annotation := t.node.Child("return_type")
	if annotation == nil {
		return
	}
	e.annotate(&binding{file: t.file, annotation: annotation}, v, depth)
}

// known are the values of calls whose results can be told: strings put together,
// arrays made of arrays, and Pulumi's outputs, of which nothing is known.
func (e *evaluation) known(f *file, n *syntax.Node, name string, depth int) (fact.Value, bool) {
	list := n.Child("arguments")
	if list != nil && list.Kind == "template_string" {
		if name == "@pulumi/pulumi.interpolate" || name == "String.raw" {
			return e.value(f, list, depth), true
		}
		return fact.Value{}, false
	}
	arguments := func() []fact.Value {
		var values []fact.Value
		for _, a := range e.arguments(f, n, depth) {
			values = append(values, a.Value)
		}
		return values
	}
	switch name {
	case "path.join", "path.resolve", "path.normalize", "path.posix.join", "path.posix.resolve":
		return joined(arguments())
	case "@pulumi/pulumi.concat":
		var b strings.Builder
		for _, v := range arguments() {
			b.WriteString(text(v))
		}
		return fact.Value{Kind: fact.Text, Text: b.String()}, true
	case "@pulumi/pulumi.output", "@pulumi/pulumi.all", "@pulumi/pulumi.secret":
		return fact.Value{}, true
	case "Object.freeze":
		if values := arguments(); len(values) == 1 {
			return values[0], true
		}
	case "Object.assign":
		return merged(arguments())
	}
	function := n.Child("function")
	if function == nil || function.Kind != "member_expression" {
		return fact.Value{}, false
	}
	method := f.key(function.Child("property"))
	switch method {
	case "apply":
		return fact.Value{}, true
	case "pipe":
		// What a stream is piped into is what it gives.
		if values := arguments(); len(values) == 1 && values[0].Kind == fact.Result && values[0].Call != nil {
			module, _, _ := strings.Cut(values[0].Call.Func, ".")
			return values[0], slices.Contains([]string{"fs", "stream", "zlib"}, module)
		}
		return fact.Value{}, false
	case "join", "concat", "map", "filter", "trim", "toString":
	default:
		return fact.Value{}, false
	}
	receiver := e.value(f, function.Child("object"), depth)
	switch {
	case receiver.Kind == fact.Text && (method == "trim" || method == "toString"):
		receiver.Text = strings.TrimSpace(receiver.Text)
		return receiver, true
	case method == "map" && list != nil:
		// Of elements that are all made in the same way one is looked at.
		made := fact.Value{Kind: fact.List, Open: true}
		if functions := list.NamedChildren(); len(functions) == 1 {
			if returned := f.denote(functions[0], depth); returned.returned() != nil {
				made.Items = []fact.Value{e.value(returned.file, returned.returned(), depth)}
				return made, true
			}
		}
	case receiver.Kind != fact.List:
	case method == "filter":
		receiver.Open = true
		return receiver, true
	case method == "concat":
		for _, v := range arguments() {
			switch v.Kind {
			case fact.List:
				receiver.Items = append(slices.Clone(receiver.Items), v.Items...)
				receiver.Open = receiver.Open || v.Open
			case fact.Unknown, fact.Result:
				receiver.Open = true
			default:
				receiver.Items = append(slices.Clone(receiver.Items), v)
			}
		}
		return receiver, true
	case method == "join":
		separator := ","
		if values := arguments(); len(values) > 0 {
			separator = text(values[0])
		}
		var parts []string
		for _, v := range receiver.Items {
			parts = append(parts, text(v))
		}
		if receiver.Open {
			parts = append(parts, fact.Hole)
		}
		return fact.Value{Kind: fact.Text, Text: strings.Join(parts, separator)}, true
	}
	return fact.Value{}, false
}

// joined is the path that parts make. It is only shortened when all of it is
// known: what ".." leaves depends on what is before it.
func joined(parts []fact.Value) (fact.Value, bool) {
	var names []string
	for _, p := range parts {
		names = append(names, text(p))
	}
	joined := strings.Join(names, "/")
	if !strings.Contains(joined, fact.Hole) {
		joined = path.Clean(joined)
	}
	return fact.Value{Kind: fact.Text, Text: joined}, true
}

// merged is what Object.assign makes of objects.
func merged(objects []fact.Value) (fact.Value, bool) {
	v := fact.Value{Kind: fact.Dict, Checked: true}
	for _, o := range objects {
		v.Fields = append(v.Fields, o.Fields...)
		v.Open = v.Open || o.Kind != fact.Dict || o.Open
		v.Checked = v.Checked && (o.Kind == fact.Dict && o.Checked)
	}
	return v, true
}

// unquote is the text of a string literal, given with its quotes.
func unquote(literal string) string {
	if len(literal) < 2 {
		return ""
	}
	return unescape(literal[1 : len(literal)-1])
}

// unescape puts in what escape sequences stand for.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		digits := 0
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case '0':
			b.WriteByte(0)
		case '\n': // the line goes on
		case 'x':
			digits = 2
		case 'u':
			digits = 4
			if i+1 < len(s) && s[i+1] == '{' {
				digits = strings.IndexByte(s[i:], '}')
			}
		default:
			b.WriteByte(s[i])
		}
		if digits > 0 && i+digits < len(s) {
			code, err := strconv.ParseUint(strings.Trim(s[i+1:i+1+digits], "{}"), 16, 32)
			if err == nil && code <= utf8.MaxRune {
				b.WriteRune(rune(code))
			}
			i += digits
		}
	}
	return b.String()
}
