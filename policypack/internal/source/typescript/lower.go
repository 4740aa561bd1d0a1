package typescript

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
	"github.com/pipeguard/pipeguard/policypack/internal/source/lower"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// lowerer converts one file to the common form.
type lowerer struct {
	lower.Base
	// entry is set if the file is the one that runs.
	entry bool
	// ownRequire is set if the file declares a require of its own.
	ownRequire bool
	// unchecked holds the lines in which comments make the compiler ignore errors.
	unchecked map[int]bool
	// aliases holds the type aliases.
	aliases map[string]*syntax.Node
	// late holds the exports of names, whose values are those that the names have in the end.
	late []*form.Node
}

// ownRequire matches the declaration of a function named require.
var ownRequire = regexp.MustCompile(`\b(function|const|let|var)\s+require\b`)

// block lowers statements to a block, which contains the names that they declare.
func (l *lowerer) block(n *syntax.Node, statements ...*syntax.Node) *form.Node {
	f := l.At(form.Block, n)
	f.Scoped = true
	f.List = l.All(statements)
	return f
}

// branch lowers statements to a block that may not run.
func (l *lowerer) branch(n *syntax.Node, statements ...*syntax.Node) *form.Node {
	f := l.block(n, statements...)
	f.Maybe = true
	return f
}

// key returns the name of a property, or fact.Hole if it is computed.
func (l *lowerer) key(n *syntax.Node) string {
	if n == nil {
		return fact.Hole
	}
	switch n.Kind {
	case "property_identifier", "private_property_identifier", "identifier", "number":
		return l.Text(n)
	case "string":
		return unquote(l.Text(n))
	case "computed_property_name":
		for _, c := range n.NamedChildren() {
			if c.Kind == "string" {
				return unquote(l.Text(c))
			}
		}
	}
	return fact.Hole
}

// lower returns the form of an expression or a statement.
func (l *lowerer) lower(n *syntax.Node) *form.Node { return l.named(n, "") }

// exportsItself is the name of the object that a module exports as a whole: its functions have their own names.
const exportsItself = "="

// named lowers an expression that is given a name.
func (l *lowerer) named(n *syntax.Node, name string) *form.Node {
	if n == nil {
		return nil
	}
	below := n.NamedChildren()
	switch n.Kind {
	case "identifier", "shorthand_property_identifier", "type_identifier":
		return l.Name(n)
	case "this":
		return l.At(form.This, n)
	case "super":
		return l.At(form.Super, n)
	case "member_expression", "nested_identifier":
		if cast := longCast(n); cast != nil {
			return l.cast(cast, n)
		}
		f := l.At(form.Member, n)
		f.X, f.Text = l.lower(n.Child("object")), l.key(n.Child("property"))
		if f.X == nil {
			break
		}
		return f
	case "subscript_expression":
		f := l.At(form.Index, n)
		f.X, f.Y = l.lower(n.Child("object")), l.lower(n.Child("index"))
		if f.X == nil || f.Y == nil {
			break
		}
		if index := n.Child("index"); index.Kind == "string" {
			f.Kind, f.Text, f.Y = form.Member, l.key(index), nil
		}
		return f
	case "call_expression", "new_expression":
		return l.call(n)
	case "string":
		return l.Literal(n, fact.Text, unquote(l.Text(n)))
	case "template_string":
		return l.template(n)
	case "number", "true", "false", "null", "undefined":
		return l.Literal(n, fact.Scalar, l.Text(n))
	case "unary_expression":
		operator := l.Text(n.Child("operator"))
		if a := n.Child("argument"); a != nil && (a.Kind == "number" || operator == "void") {
			return l.Literal(n, fact.Scalar, map[bool]string{true: "undefined", false: l.Text(n)}[operator == "void"])
		}
		if operator == "delete" {
			f := l.Opaque(n)
			f.Kind = form.Delete
			return f
		}
	case "binary_expression":
		f := l.At(form.Binary, n)
		f.Op, f.X, f.Y = l.Text(n.Child("operator")), l.lower(n.Child("left")), l.lower(n.Child("right"))
		switch f.Op {
		case "||":
			f.Op = "or"
		case "&&":
			f.Op = "and"
		}
		if f.X != nil && f.Y != nil {
			return f
		}
	case "ternary_expression":
		if len(below) == 3 {
			f := l.At(form.Conditional, n)
			f.X, f.Y, f.Z = l.lower(below[0]), l.lower(below[1]), l.lower(below[2])
			return f
		}
	case "array":
		f := l.At(form.List, n)
		f.List = l.All(below)
		return f
	case "spread_element":
		f := l.At(form.Spread, n)
		f.Text, f.X = "*", l.lower(below[0])
		return f
	case "object":
		return l.object(n, name)
	case "arrow_function", "function_expression", "generator_function":
		return l.function(n, name)
	case "class":
		return l.class(n, name)
	case "parenthesized_expression", "non_null_expression":
		if len(below) > 0 {
			return l.named(below[0], name)
		}
	case "await_expression":
		if len(below) > 0 {
			return l.lower(below[0])
		}
	case "as_expression", "satisfies_expression", "type_assertion":
		if len(below) > 1 {
			return l.cast(n, n)
		}
		if len(below) == 1 {
			return l.named(below[0], name)
		}
	default:
		if f := l.statement(n, below); f != nil {
			return f
		}
	}
	return l.Opaque(n)
}

// statement returns the form of a statement or of an expression that assigns something; nil for others.
func (l *lowerer) statement(n *syntax.Node, below []*syntax.Node) *form.Node {
	switch n.Kind {
	case "import_statement":
		return l.importStatement(n)
	case "export_statement":
		return l.exportStatement(n)
	case "variable_declarator":
		declares := form.InBlock
		if n.Parent.Kind == "variable_declaration" {
			declares = form.InFunction
		}
		f := l.assign(n, n.Child("name"), n.Child("value"), declares)
		if len(f.List) == 1 {
			f.List[0].Type = l.typed(n.Child("type"))
		}
		if f.Y == nil && n.Parent.Parent.Kind != "ambient_declaration" {
			f.Op = "zero"
		}
		return f
	case "import_alias":
		if len(below) == 2 {
			return l.assign(n, below[0], below[1], form.InBlock)
		}
	case "enum_declaration", "internal_module", "module":
		f := l.Opaque(n)
		if name := n.Child("name"); name != nil && name.Kind == "identifier" {
			f.List = append(f.List, l.assign(n, name, nil, form.InBlock))
		}
		return f
	case "type_alias_declaration", "interface_declaration", "type_annotation", "type_arguments", "function_signature", "comment":
		return l.At(form.Opaque, n)
	case "assignment_expression":
		return l.assignment(n)
	case "augmented_assignment_expression":
		f := l.assign(n, n.Child("left"), n.Child("right"), form.Nothing)
		if f.Op = l.Text(n.Child("operator")); f.Op == "||=" || f.Op == "??=" {
			f.Op = "or="
		}
		return f
	case "update_expression":
		f := l.assign(n, n.Child("argument"), nil, form.Nothing)
		f.Op = "++"
		return f
	case "function_declaration", "generator_function_declaration":
		return l.function(n, "")
	case "class_declaration", "abstract_class_declaration":
		return l.class(n, "")
	case "statement_block":
		return l.block(n, below...)
	case "return_statement":
		f := l.At(form.Return, n)
		if len(below) > 0 {
			f.X = l.lower(below[0])
		}
		return f
	}
	return l.flow(n, below)
}

// flow returns the form of a control-flow statement, or nil for others.
func (l *lowerer) flow(n *syntax.Node, below []*syntax.Node) *form.Node {
	f := l.At(form.Block, n)
	f.Scoped = true
	// A statement that is an expression has lost its role.
	last := len(below) - 1
	if last < 0 {
		return nil
	}
	switch n.Kind {
	case "if_statement":
		then := l.branch(n, below[min(1, last)])
		then.Dead = !l.entry && isMainTest(l.Text(n.Child("condition")))
		f.List = []*form.Node{l.lower(n.Child("condition")), then}
		if other := n.Child("alternative"); other != nil {
			f.List = append(f.List, l.branch(other, other.NamedChildren()...))
		}
	case "while_statement", "do_statement":
		loop := l.block(n, below...)
		loop.Repeats = true
		if n.Kind == "while_statement" {
			f.List = loop.List[:1]
			loop.Maybe, loop.List = true, loop.List[1:]
		}
		f.List = append(f.List[:len(f.List):len(f.List)], loop)
	case "for_statement":
		for _, c := range below[:last] {
			if c.Field != "increment" {
				f.List = append(f.List, l.lower(c))
			}
		}
		loop := l.branch(n, below[last])
		if increment := n.Child("increment"); increment != nil {
			loop.List = append(loop.List, l.lower(increment))
		}
		loop.Repeats = true
		f.List = append(f.List, loop)
	case "for_in_statement":
		loop := l.branch(n, below[last])
		loop.Repeats = true
		declares := form.Nothing
		if kind := n.Child("kind"); kind != nil {
			declares = form.InBlock
			if kind.Kind == "var" {
				declares = form.InFunction
			}
		}
		loop.List = append([]*form.Node{l.assign(n.Child("left"), n.Child("left"), nil, declares)}, loop.List...)
		f.List = []*form.Node{l.lower(n.Child("right")), loop}
	case "switch_case", "switch_default":
		f.Maybe, f.Scoped = true, false
		f.List = l.All(below)
	case "switch_body":
		f.List = l.All(below)
	case "try_statement":
		for _, c := range below {
			// Failures in the body are handled, so the program can do without what it computes.
			part := l.block(c, c.NamedChildren()...)
			part.Maybe = c.Kind == "catch_clause" || c.Field == "body" && n.Child("handler") != nil
			if c.Kind == "catch_clause" {
				part.List = l.All([]*syntax.Node{c.Child("body")})
				if p := c.Child("parameter"); p != nil {
					part.List = append(part.List, l.assign(p, p, nil, form.InBlock))
				}
			}
			f.List = append(f.List, part)
		}
	default:
		return nil
	}
	f.List = slices.DeleteFunc(f.List, func(n *form.Node) bool { return n == nil })
	return f
}

// isMainTest reports whether a condition tests whether the file is the one that runs.
func isMainTest(condition string) bool {
	condition = strings.Trim(strings.Join(strings.Fields(condition), ""), "()")
	return strings.Contains(condition, "require.main===module") || strings.Contains(condition, "require.main==module") ||
		condition == "import.meta.main" || strings.Contains(condition, "process.argv[1]===") && strings.Contains(condition, "import.meta")
}

// longCast returns the cast inside what should be a cast to a type with two or more dots: the official parser reads `x
// as a.b.c` as `(x as a.b).c`.
func longCast(n *syntax.Node) *syntax.Node {
	for n != nil && n.Kind == "member_expression" {
		n = n.Child("object")
		if n != nil && (n.Kind == "as_expression" || n.Kind == "satisfies_expression") {
			return n
		}
	}
	return nil
}

// cast lowers a cast; whole is the complete expression, see longCast.
func (l *lowerer) cast(n, whole *syntax.Node) *form.Node {
	children := n.NamedChildren()
	value, to := children[0], children[len(children)-1]
	if n.Kind == "type_assertion" {
		value, to = to, value
		if types := to.NamedChildren(); len(types) == 1 {
			to = types[0]
		}
	}
	f := l.At(form.Cast, whole)
	f.X, f.Op = l.lower(value), n.Kind
	switch {
	case len(children) < 2 || l.Text(to) == "const":
		return f.X
	case whole != n:
		f.Type = l.Dotted(to, squeezed(string(l.File.Src[to.Start:whole.End])))
	default:
		f.Type = l.typed(to)
	}
	return f
}

// importSpecifier returns the module that require("x") or import("x") refers to, if n is one of them.
func (l *lowerer) importSpecifier(n *syntax.Node) (string, bool) {
	function := n.Child("function")
	if n.Kind != "call_expression" || function == nil || function.Kind != "import" && (l.Text(function) != "require" || l.ownRequire) {
		return "", false
	}
	arguments := n.Child("arguments").NamedChildren()
	if len(arguments) == 0 {
		return "", false
	}
	switch a := arguments[0]; a.Kind {
	case "string":
		return unquote(l.Text(a)), true
	case "template_string":
		if text := unquote(l.Text(a)); !strings.Contains(text, "${") {
			return text, true
		}
	}
	return "", false
}

func (l *lowerer) call(n *syntax.Node) *form.Node {
	if specifier, ok := l.importSpecifier(n); ok {
		return l.imports(n, specifier, "")
	}
	function := n.Child("function")
	f := l.At(form.Call, n)
	if n.Kind == "new_expression" {
		function, f.Op = n.Child("constructor"), "new"
	}
	if f.X = l.lower(function); f.X == nil {
		return l.Opaque(n)
	}
	arguments := n.Child("arguments")
	if arguments != nil && arguments.Kind == "template_string" {
		f.List = []*form.Node{l.template(arguments)}
		return f
	}
	f.List = l.All(arguments.NamedChildren())
	return f
}

// template lowers a template string.
func (l *lowerer) template(n *syntax.Node) *form.Node {
	f := l.At(form.Template, n)
	at := n.Start + 1
	literal := func(to int) {
		if to > at {
			f.List = append(f.List, l.Literal(n, fact.Text, lower.Unescape(string(l.File.Src[at:to]), false)))
		}
	}
	for _, c := range n.NamedChildren() {
		if c.Kind == "template_substitution" {
			literal(c.Start)
			at = c.End
			if expression := c.NamedChildren(); len(expression) == 1 {
				f.List = append(f.List, l.lower(expression[0]))
			} else {
				f.List = append(f.List, l.Opaque(c))
			}
		}
	}
	literal(n.End - 1)
	return f
}

// object lowers an object literal that is given a name.
func (l *lowerer) object(n *syntax.Node, name string) *form.Node {
	f := l.At(form.Map, n)
	f.Checked = l.File.Checked && !l.isUnchecked(n)
	inner := func(key string) string {
		switch {
		case name == "" || key == fact.Hole:
			return ""
		case name == exportsItself:
			return key
		}
		return name + "." + key
	}
	for _, c := range n.NamedChildren() {
		one := l.At(form.Pair, c)
		keyNode := c.Child("key")
		switch c.Kind {
		case "pair":
			one.Y = l.named(c.Child("value"), inner(l.key(keyNode)))
		case "shorthand_property_identifier":
			keyNode, one.Y = c, l.Name(c)
		case "method_definition":
			keyNode = c.Child("name")
			one.Y = l.function(c, inner(l.key(keyNode)))
			one.Y.Static = true
			if isAccessor(c) {
				method := one.Y
				one.Y = l.At(form.Opaque, c)
				one.Y.List = []*form.Node{method}
			}
		default:
			f.List = append(f.List, l.lower(c))
			continue
		}
		switch key := l.key(keyNode); {
		case c.Kind == "shorthand_property_identifier":
			one.X = l.Literal(c, fact.Text, l.Text(c))
		case key == fact.Hole && keyNode != nil && len(keyNode.NamedChildren()) > 0:
			one.X = l.lower(keyNode.NamedChildren()[0])
		default:
			one.X = l.Literal(c, fact.Text, key)
		}
		f.List = append(f.List, one)
	}
	return f
}

// isUnchecked reports whether a comment makes the compiler ignore errors in a line of the object or of the statement
// before it, where it would report a wrong property.
func (l *lowerer) isUnchecked(object *syntax.Node) bool {
	if len(l.unchecked) == 0 {
		return false
	}
	statement := object
	for statement.Parent != nil && statement.Parent.Kind != "program" && statement.Parent.Kind != "statement_block" {
		statement = statement.Parent
	}
	last := object.Line + strings.Count(l.Text(object), "\n")
	for line := statement.Line; line <= last; line++ {
		if l.unchecked[line] {
			return true
		}
	}
	return false
}

func isAccessor(method *syntax.Node) bool {
	return slices.ContainsFunc(method.Children, func(c *syntax.Node) bool { return c.Kind == "get" || c.Kind == "set" })
}

// function lowers a function that is given a name.
func (l *lowerer) function(n *syntax.Node, name string) *form.Node {
	f := l.At(form.Function, n)
	f.Text, f.Arrow, f.Generator = name, n.Kind == "arrow_function", strings.HasPrefix(n.Kind, "generator")
	if own := n.Child("name"); own != nil && strings.HasSuffix(n.Kind, "declaration") {
		f.Text, f.Declared = l.Text(own), true
	}
	f.Type = l.typed(n.Child("return_type"))
	if single := n.Child("parameter"); single != nil {
		f.List = append(f.List, l.parameter(single))
	}
	for _, p := range n.Child("parameters").NamedChildren() {
		if pattern := p.Child("pattern"); pattern == nil || pattern.Kind != "this" {
			f.List = append(f.List, l.parameter(p))
		}
	}
	if f.X = l.lower(n.Child("body")); f.X == nil {
		f.X = l.At(form.Block, n)
	}
	return f
}

func (l *lowerer) parameter(p *syntax.Node) *form.Node {
	f := l.At(form.Param, p)
	f.X, f.Type = l.lower(p.Child("value")), l.typed(p.Child("type"))
	pattern := p.Child("pattern")
	if pattern == nil {
		pattern = p
	}
	if pattern.Kind == "assignment_pattern" {
		f.X, pattern = l.lower(pattern.Child("right")), pattern.Child("left")
	}
	switch pattern.Kind {
	case "identifier":
		f.Text = l.Text(pattern)
	case "rest_pattern":
		f.Op = "*"
		if inner := pattern.NamedChildren(); len(inner) == 1 && inner[0].Kind == "identifier" {
			f.Text = l.Text(inner[0])
		}
	default:
		f.List = l.targets(pattern, nil)
	}
	return f
}

// class lowers a class that is given a name.
func (l *lowerer) class(n *syntax.Node, name string) *form.Node {
	f := l.At(form.Class, n)
	f.Text = name
	if own := n.Child("name"); own != nil {
		f.Text, f.Declared = l.Text(own), true
	}
	for _, c := range n.NamedChildren() {
		switch c.Kind {
		case "class_heritage":
			for _, e := range c.NamedChildren() {
				switch {
				case e.Kind == "extends_clause":
					f.Y = l.lower(e.Child("value"))
				case e.Kind != "implements_clause": // in JavaScript
					f.Y = l.lower(e)
				}
			}
		case "decorator":
			f.List = append(f.List, l.Opaque(c))
		}
	}
	f.X = l.At(form.Block, n)
	for _, c := range n.Child("body").NamedChildren() {
		f.X.List = append(f.X.List, l.classMember(c))
	}
	return f
}

func (l *lowerer) classMember(c *syntax.Node) *form.Node {
	static := slices.ContainsFunc(c.Children, func(c *syntax.Node) bool { return c.Kind == "static" })
	switch c.Kind {
	case "method_definition":
		f := l.function(c, l.key(c.Child("name")))
		f.Static = static
		if isAccessor(c) {
			property := l.At(form.Opaque, c)
			set := l.assign(c, c.Child("name"), nil, form.InFunction)
			property.List = []*form.Node{set, f}
			return property
		}
		f.Declared = true
		if f.Text == "constructor" && f.X.Kind == form.Block {
			f.X.List = append(l.parameterFields(c), f.X.List...)
		}
		return f
	case "public_field_definition":
		f := l.At(form.Assign, c)
		f.Op, f.Declares = "=", form.InFunction
		key := l.key(c.Child("name"))
		if f.Y = l.named(c.Child("value"), key); f.Y == nil {
			f.Op = "zero"
		}
		target := l.At(form.Target, c.Child("name"))
		target.X, target.Type = l.At(form.Name, c.Child("name")), l.typed(c.Child("type"))
		target.X.Text = key
		f.List = []*form.Node{target}
		return f
	}
	return l.lower(c)
}

// parameterFields lowers those parameters of a constructor that have an access modifier and are therefore also fields.
func (l *lowerer) parameterFields(constructor *syntax.Node) []*form.Node {
	var list []*form.Node
	for _, p := range constructor.Child("parameters").NamedChildren() {
		pattern := p.Child("pattern")
		if pattern == nil || len(p.Children) == 0 || p.Children[0].Kind != "accessibility_modifier" && p.Children[0].Kind != "readonly" {
			continue
		}
		f, target := l.At(form.Assign, p), l.At(form.Target, p)
		f.Op, f.Y = "=", l.Name(pattern)
		target.X, target.Type = l.At(form.Member, p), l.typed(p.Child("type"))
		target.X.X, target.X.Text = l.At(form.This, p), l.Text(pattern)
		f.List = []*form.Node{target}
		list = append(list, f)
	}
	return list
}

// assign lowers the assignment of a value to a pattern; a nil value is unknown.
func (l *lowerer) assign(at, pattern, value *syntax.Node, declares form.Declares) *form.Node {
	f := l.At(form.Assign, at)
	f.Op, f.Declares = "=", declares
	name := ""
	if pattern != nil && pattern.Kind == "identifier" {
		name = l.Text(pattern)
	}
	f.Y = l.named(value, name)
	f.List = l.targets(pattern, nil)
	return f
}

// assignment lowers an assignment, which may create an export.
func (l *lowerer) assignment(n *syntax.Node) *form.Node {
	left := n.Child("left")
	if left == nil || left.Kind != "member_expression" {
		return l.assign(n, left, n.Child("right"), form.Nothing)
	}
	f := l.At(form.Assign, n)
	f.Op, f.List = "=", l.targets(left, nil)
	name := l.key(left.Child("property"))
	export := ""
	switch object := l.Text(left.Child("object")); {
	case object == "module" && name == "exports":
		export, name = exportsItself, exportsItself
		if right := n.Child("right"); right != nil && right.Kind != "object" {
			name = "default"
		}
	case object == "exports" || object == "module.exports":
		export = name
	case object != "this":
		name = ""
	}
	f.Y = l.named(n.Child("right"), name)
	if export != "" {
		f.List = append(f.List, l.exported(n, export))
	}
	return f
}

// targets lowers a pattern: path leads to the part of the value that it gets.
func (l *lowerer) targets(n *syntax.Node, path []string) []*form.Node {
	if n == nil {
		return nil
	}
	step := func(key string) []string { return append(slices.Clip(path), key) }
	var all []*form.Node
	switch n.Kind {
	case "identifier", "shorthand_property_identifier_pattern", "property_identifier", "private_property_identifier":
		f := l.At(form.Target, n)
		f.X, f.Path = l.Name(n), path
		return []*form.Node{f}
	case "assignment_pattern", "object_assignment_pattern":
		left := n.Child("left")
		way := path
		if left.Kind == "shorthand_property_identifier_pattern" {
			way = step(l.Text(left))
		}
		all = l.targets(left, way)
		if len(all) == 1 {
			all[0].Y = l.lower(n.Child("right"))
		}
	case "rest_pattern":
		for _, c := range n.NamedChildren() {
			all = append(all, l.targets(c, step(fact.Hole))...)
		}
	case "object_pattern":
		for _, c := range n.NamedChildren() {
			switch c.Kind {
			case "pair_pattern":
				all = append(all, l.targets(c.Child("value"), step(l.key(c.Child("key"))))...)
			case "shorthand_property_identifier_pattern":
				all = append(all, l.targets(c, step(l.Text(c)))...)
			default:
				all = append(all, l.targets(c, path)...)
			}
		}
	case "array_pattern":
		index := 0
		for _, c := range n.Children {
			switch {
			case c.Kind == ",":
				index++
			case c.Named && c.Kind != "comment":
				all = append(all, l.targets(c, step(strconv.Itoa(index)))...)
			}
		}
	case "member_expression", "subscript_expression", "non_null_expression", "parenthesized_expression":
		f := l.At(form.Target, n)
		f.X, f.Path = l.lower(n), path
		return []*form.Node{f}
	default:
		for _, c := range n.NamedChildren() {
			all = append(all, l.targets(c, step(fact.Hole))...)
		}
	}
	return all
}

// imports returns an import of a module or of one of its names.
func (l *lowerer) imports(n *syntax.Node, specifier, member string) *form.Node {
	l.File.Bare = false
	f := l.At(form.Import, n)
	f.Import = &form.ImportOf{Module: specifier, Member: member}
	return f
}

func (l *lowerer) importStatement(n *syntax.Node) *form.Node {
	f := l.At(form.Opaque, n)
	typeOnly := false
	var clause *syntax.Node
	for _, c := range n.Children {
		switch c.Kind {
		case "type":
			typeOnly = true
		case "import_clause", "import_require_clause":
			clause = c
		}
	}
	source := n.Child("source")
	if source == nil {
		source = clause.Child("source")
	}
	specifier := l.key(source)
	add := func(name *syntax.Node, member string, types bool) {
		one := l.imports(n, specifier, member)
		if name != nil {
			one.Text = l.Text(name)
		}
		one.Import.Types = typeOnly || types
		f.List = append(f.List, one)
	}
	if clause == nil {
		add(nil, "", false)
		return f
	}
	for _, c := range clause.NamedChildren() {
		switch c.Kind {
		case "identifier":
			member := "default"
			if clause.Kind == "import_require_clause" {
				member = ""
			}
			add(c, member, false)
		case "namespace_import":
			for _, name := range c.NamedChildren() {
				add(name, "", false)
			}
		case "named_imports":
			if len(c.NamedChildren()) == 0 {
				add(nil, "", false)
			}
			for _, s := range c.NamedChildren() {
				name, alias := s.Child("name"), s.Child("alias")
				if alias == nil {
					alias = name
				}
				// An import of types only has no effect at run time.
				add(alias, l.exportName(name), s.Children[0].Kind == "type" && len(s.Children) > 1)
			}
		}
	}
	return f
}

// exportName returns a name in an import or export clause, where it may be a string.
func (l *lowerer) exportName(n *syntax.Node) string {
	if n != nil && n.Kind == "string" {
		return unquote(l.Text(n))
	}
	return l.Text(n)
}

// export returns the binding of what the file exports under a name.
func (l *lowerer) export(name string) *form.Binding {
	b := l.File.Exports.Names[name]
	if b == nil {
		b = &form.Binding{Name: name, Scope: l.File.Exports}
		l.File.Exports.Names[name] = b
	}
	return b
}

// exported returns the target of an export.
func (l *lowerer) exported(n *syntax.Node, name string) *form.Node {
	f := l.At(form.Target, n)
	f.X = l.At(form.Name, n)
	f.X.Text, f.X.Binding = name, l.export(name)
	return f
}

// exportOf exports the value that a name has after the whole file has run.
func (l *lowerer) exportOf(n *syntax.Node, as string) {
	f := l.At(form.Assign, n)
	f.Op, f.Exports = "=", true
	f.Start, f.End = len(l.File.Src), len(l.File.Src)
	f.Y = l.Name(n)
	f.Y.Start, f.Y.End = len(l.File.Src), len(l.File.Src)
	f.List = []*form.Node{l.exported(n, as)}
	l.late = append(l.late, f)
}

func (l *lowerer) exportStatement(n *syntax.Node) *form.Node {
	f := l.At(form.Opaque, n)
	source, declaration := n.Child("source"), n.Child("declaration")
	specifier := ""
	if source != nil {
		specifier = l.key(source)
	}
	is := func(kind string) bool {
		return slices.ContainsFunc(n.Children, func(c *syntax.Node) bool { return c.Kind == kind })
	}
	value := func(c *syntax.Node, as string) {
		one := l.At(form.Assign, c)
		one.Op, one.Exports, one.Y, one.List = "=", true, l.named(c, "default"), []*form.Node{l.exported(c, as)}
		f.List = append(f.List, one)
	}
	imports := func(member, as string) {
		one := l.imports(n, specifier, member)
		one.Import.Types = is("type")
		if one.Text = as; as != "" {
			one.Binding = l.export(as)
		}
		f.List = append(f.List, one)
	}
	if source != nil {
		imports("", "")
	}
	for i, c := range n.Children {
		switch {
		case c.Kind == "*":
			l.File.Stars = append(l.File.Stars, specifier)
		case c.Kind == "namespace_export":
			for _, name := range c.NamedChildren() {
				imports("", l.exportName(name))
			}
		case c.Kind == "export_clause":
			for _, s := range c.NamedChildren() {
				name, alias := s.Child("name"), s.Child("alias")
				if alias == nil {
					alias = name
				}
				if specifier != "" {
					imports(l.exportName(name), l.exportName(alias))
				} else if name != nil {
					l.exportOf(name, l.exportName(alias))
				}
			}
		case c.Field == "value":
			value(c, "default")
		case c.Named && i > 0 && n.Children[i-1].Kind == "=":
			value(c, exportsItself)
		case c.Kind == "decorator":
			f.List = append(f.List, l.Opaque(c))
		}
	}
	if declaration == nil {
		return f
	}
	made := l.named(declaration, "default")
	f.List = append(f.List, made)
	names := []*syntax.Node{declaration.Child("name")}
	if names[0] == nil {
		names = nil
		for _, d := range declaration.NamedChildren() {
			d.Child("name").Walk(func(c *syntax.Node) bool {
				if c.Kind == "shorthand_property_identifier_pattern" || c.Kind == "identifier" {
					names = append(names, c)
				}
				return true
			})
		}
	}
	for _, name := range names {
		switch {
		case is("default"):
			l.exportOf(name, "default")
		case strings.HasSuffix(name.Kind, "identifier") || strings.HasSuffix(name.Kind, "pattern"):
			l.exportOf(name, l.Text(name))
		}
	}
	return f
}

// unquote returns the value of a string literal, given with its quotes.
func unquote(literal string) string {
	if len(literal) < 2 {
		return ""
	}
	return lower.Unescape(literal[1:len(literal)-1], false)
}
