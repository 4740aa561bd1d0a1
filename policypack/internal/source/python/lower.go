package python

import (
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
	// main is set if the file runs as the program, so that __name__ is "__main__" in it.
	main bool
	// method is set if a function is a method of the enclosing class, and yields if the current one is a generator.
	method, yields bool
}

// block lowers the statements below a node.
func (l *lowerer) block(n *syntax.Node, maybe bool) *form.Node {
	f := l.At(form.Block, n)
	f.Maybe = maybe
	f.List = l.All(n.NamedChildren())
	return f
}

// lower returns the form of an expression or a statement.
func (l *lowerer) lower(n *syntax.Node) *form.Node {
	if n == nil {
		return nil
	}
	below := n.NamedChildren()
	switch n.Kind {
	case "identifier":
		return l.Name(n)
	case "attribute":
		f := l.At(form.Member, n)
		f.X, f.Text = l.lower(n.Child("object")), l.Text(n.Child("attribute"))
		return f
	case "call":
		return l.call(n)
	case "keyword_argument":
		f := l.At(form.Keyword, n)
		f.Text, f.X = l.Text(n.Child("name")), l.lower(n.Child("value"))
		return f
	case "list_splat", "dictionary_splat":
		if len(below) == 1 {
			f := l.At(form.Spread, n)
			f.Text = map[string]string{"list_splat": "*", "dictionary_splat": "**"}[n.Kind]
			f.X = l.lower(below[0])
			return f
		}
	case "parenthesized_expression", "await":
		if len(below) == 1 {
			return l.lower(below[0])
		}
	case "string", "concatenated_string":
		return l.string(n)
	case "integer", "float", "true", "false", "none", "ellipsis":
		return l.Literal(n, fact.Scalar, l.Text(n))
	case "unary_operator":
		if a := n.Child("argument"); a != nil && (a.Kind == "integer" || a.Kind == "float") {
			return l.Literal(n, fact.Scalar, l.Text(n))
		}
	case "list", "tuple", "set", "expression_list":
		f := l.At(form.List, n)
		f.List = l.All(below)
		return f
	case "dictionary":
		f := l.At(form.Map, n)
		f.List = l.All(below)
		return f
	case "pair":
		f := l.At(form.Pair, n)
		f.X, f.Y = l.lower(n.Child("key")), l.lower(n.Child("value"))
		return f
	case "list_comprehension", "set_comprehension", "generator_expression", "dictionary_comprehension":
		f := l.At(form.Each, n)
		f.X = l.lower(n.Child("body"))
		for _, c := range below {
			if c.Field != "body" {
				f.List = append(f.List, l.lower(c))
			}
		}
		return f
	case "for_in_clause":
		f := l.Opaque(n)
		f.List = []*form.Node{l.assign(n, n.Child("left"), nil, form.InBlock), l.lower(n.Child("right"))}
		return f
	case "binary_operator", "boolean_operator":
		f := l.At(form.Binary, n)
		f.Op, f.X, f.Y = l.Text(n.Child("operator")), l.lower(n.Child("left")), l.lower(n.Child("right"))
		if f.X == nil || f.Y == nil {
			break
		}
		return f
	case "conditional_expression":
		if len(below) == 3 {
			f := l.At(form.Conditional, n)
			f.Y, f.X, f.Z = l.lower(below[0]), l.lower(below[1]), l.lower(below[2])
			return f
		}
	case "subscript":
		if index := n.Child("subscript"); index != nil {
			f := l.At(form.Index, n)
			f.X, f.Y = l.lower(n.Child("value")), l.lower(index)
			return f
		}
	case "named_expression":
		return l.assign(n, n.Child("name"), n.Child("value"), form.InFunction)
	case "lambda":
		return l.function(n)
	case "yield":
		l.yields = true
	default:
		if f := l.statement(n, below); f != nil {
			return f
		}
	}
	return l.Opaque(n)
}

// statement returns the form of a statement, or nil for others.
func (l *lowerer) statement(n *syntax.Node, below []*syntax.Node) *form.Node {
	switch n.Kind {
	case "import_statement", "import_from_statement", "future_import_statement":
		return l.imports(n)
	case "function_definition":
		return l.function(n)
	case "class_definition":
		return l.class(n)
	case "decorated_definition":
		return l.decorated(n)
	case "assignment":
		return l.assignment(n)
	case "augmented_assignment":
		f := l.assign(n, n.Child("left"), n.Child("right"), form.InFunction)
		f.Op = l.Text(n.Child("operator"))
		return f
	case "block":
		return l.block(n, false)
	case "if_statement":
		return l.conditional(n)
	case "for_statement":
		f := l.At(form.Loop, n)
		f.X, f.Text = l.lower(n.Child("right")), "__iter__"
		loop := l.block(n.Child("body"), true)
		loop.Repeats, loop.Start = true, n.Child("left").Start
		loop.List = append([]*form.Node{l.assign(n.Child("left"), n.Child("left"), nil, form.InFunction)}, loop.List...)
		f.List = []*form.Node{loop}
		if other := n.Child("alternative"); other != nil {
			f.List = append(f.List, l.block(other, true))
		}
		return f
	case "while_statement":
		f := l.block(n, true)
		f.Repeats = true
		return f
	case "try_statement":
		return l.try(n)
	case "with_item":
		if value := n.Child("value"); value != nil && value.Kind == "as_pattern" && len(value.Children) > 0 {
			return l.assign(value, value.Child("alias"), value.Children[0], form.InFunction)
		}
	case "as_pattern": // of an exception
		f := l.Opaque(n)
		if alias := n.Child("alias"); alias != nil {
			f.List = append(f.List, l.assign(n, alias, nil, form.InFunction))
		}
		return f
	case "case_clause":
		return l.block(n, true)
	case "case_pattern":
		f := l.At(form.Opaque, n)
		n.Walk(func(c *syntax.Node) bool {
			if c.Kind == "identifier" {
				f.List = append(f.List, l.assign(c, c, nil, form.InFunction))
			}
			return true
		})
		return f
	case "global_statement", "nonlocal_statement":
		f := l.At(form.Outer, n)
		f.List = l.All(below)
		return f
	case "delete_statement":
		f := l.At(form.Delete, n)
		for _, c := range below {
			if c.Kind == "identifier" {
				f.List = append(f.List, l.assign(n, c, nil, form.InFunction))
			} else {
				f.List = append(f.List, l.lower(c))
			}
		}
		return f
	case "return_statement":
		f := l.At(form.Return, n)
		if len(below) > 0 {
			f.X = l.lower(below[0])
		}
		return f
	}
	return nil
}

func (l *lowerer) call(n *syntax.Node) *form.Node {
	function, arguments := n.Child("function"), n.Child("arguments")
	if function == nil {
		return l.Opaque(n)
	}
	if l.Text(function) == "super" && function.Kind == "identifier" {
		return l.At(form.Super, n)
	}
	f := l.At(form.Call, n)
	f.X = l.lower(function)
	if arguments != nil && arguments.Kind == "generator_expression" {
		f.List = []*form.Node{l.lower(arguments)}
		return f
	}
	given := arguments.NamedChildren()
	given = slices.DeleteFunc(given, func(c *syntax.Node) bool { return c.Kind == "ERROR" })
	f.List = l.All(given)
	if strings.HasSuffix(l.Text(function), "cast") && len(given) == 2 {
		f.Type = l.typed(given[0], l.Text(given[0]))
	}
	if text := l.Text(function); strings.HasSuffix(text, "import_module") || text == "__import__" {
		_, after, _ := strings.Cut(l.Text(arguments), "(")
		if i, ok := literalImport(string(argument([]byte(after)))); ok {
			f.Import = &form.ImportOf{Module: strings.Repeat(".", i[0].level) + i[0].module}
			l.File.Bare = false
		}
	}
	return f
}

// string lowers one string literal or several adjacent ones.
func (l *lowerer) string(n *syntax.Node) *form.Node {
	parts := []*syntax.Node{n}
	if n.Kind == "concatenated_string" {
		parts = n.NamedChildren()
	}
	f := l.At(form.Template, n)
	plain := true
	for _, part := range parts {
		if part.Kind != "string" || len(part.Children) < 2 {
			continue
		}
		prefix := strings.ToLower(strings.TrimRight(l.Text(part.Children[0]), `"'`))
		if strings.Contains(prefix, "b") {
			return l.Literal(n, fact.Bytes, "")
		}
		for _, piece := range l.pieces(part, prefix) {
			plain = plain && piece.Kind == form.Literal && piece.Value.Kind == fact.Text
			f.List = append(f.List, piece)
		}
	}
	if plain {
		text := ""
		for _, piece := range f.List {
			text += piece.Value.Text
		}
		return l.Literal(n, fact.Text, text)
	}
	return f
}

// pieces returns the texts and values that a string literal with that prefix is made of.
func (l *lowerer) pieces(n *syntax.Node, prefix string) []*form.Node {
	raw, formatted := strings.Contains(prefix, "r"), strings.Contains(prefix, "f")
	var pieces []*form.Node
	literal := func(from, to int) {
		text := string(l.File.Src[from:max(from, to)])
		if formatted {
			text = strings.NewReplacer("{{", "{", "}}", "}").Replace(text)
		}
		if !raw {
			text = lower.Unescape(text, true)
		}
		pieces = append(pieces, l.Literal(n, fact.Text, text))
	}
	last := len(n.Children) - 1
	at := n.Children[0].End
	for _, c := range n.Children[1:last] {
		if c.Kind != "interpolation" {
			continue
		}
		literal(at, c.Start)
		at = c.End
		plain := true
		for _, part := range c.Children {
			plain = plain && part.Kind != "format_specifier" && part.Kind != "type_conversion" && part.Kind != "="
		}
		if e := c.Child("expression"); plain && e != nil {
			pieces = append(pieces, l.lower(e))
		} else {
			pieces = append(pieces, l.Opaque(c))
		}
	}
	literal(at, n.Children[last].Start)
	return pieces
}

// conditional lowers an if statement, some branches of which may never run.
func (l *lowerer) conditional(n *syntax.Node) *form.Node {
	f := l.At(form.Opaque, n)
	never, always := l.truth(n.Child("condition"))
	for _, c := range n.NamedChildren() {
		switch {
		case c.Field == "consequence":
			branch := l.block(c, !always)
			branch.Dead = never
			f.List = append(f.List, branch)
		case c.Kind == "elif_clause":
			neverThis, alwaysThis := l.truth(c.Child("condition"))
			branch := l.block(c, true)
			branch.Dead = always
			branch.List[len(branch.List)-1].Dead = neverThis
			f.List = append(f.List, branch)
			always = always || alwaysThis
		case c.Kind == "else_clause":
			branch := l.block(c, true)
			branch.Dead = always
			f.List = append(f.List, branch)
		default:
			f.List = append(f.List, l.lower(c))
		}
	}
	return f
}

// truth reports whether a condition is never or always true.
func (l *lowerer) truth(n *syntax.Node) (never, always bool) {
	if n == nil {
		return false, false
	}
	below := n.NamedChildren()
	switch {
	case n.Kind == "parenthesized_expression" && len(below) == 1:
		return l.truth(below[0])
	case n.Kind == "not_operator" && len(below) == 1:
		never, always = l.truth(below[0])
		return always, never
	case n.Kind == "boolean_operator" && len(below) == 2:
		never, always = l.truth(below[0])
		never2, always2 := l.truth(below[1])
		if l.Text(n.Child("operator")) == "and" {
			return never || never2, always && always2
		}
		return never && never2, always || always2
	}
	switch text := strings.Join(strings.Fields(strings.ReplaceAll(l.Text(n), "'", `"`)), ""); text {
	case "False", "0", "TYPE_CHECKING", "typing.TYPE_CHECKING", "t.TYPE_CHECKING":
		return true, false
	case "True", "1":
		return false, true
	case `__name__=="__main__"`, `"__main__"==__name__`:
		return !l.main, l.main
	case `__name__!="__main__"`:
		return l.main, !l.main
	}
	return false, false
}

func (l *lowerer) try(n *syntax.Node) *form.Node {
	f := l.At(form.Opaque, n)
	// Failures in the body are handled, so the program can do without what it computes.
	handled := slices.ContainsFunc(n.Children, func(c *syntax.Node) bool { return strings.HasPrefix(c.Kind, "except") })
	for _, c := range n.NamedChildren() {
		f.List = append(f.List, l.block(c, c.Kind != "finally_clause" && (handled || c.Field != "body")))
	}
	return f
}

func (l *lowerer) imports(n *syntax.Node) *form.Node {
	l.File.Bare = false
	f := l.At(form.Opaque, n)
	if n.Kind == "future_import_statement" {
		return f
	}
	module := ""
	isFrom := n.Kind == "import_from_statement"
	if isFrom {
		module = strings.Join(strings.Fields(l.Text(n.Child("module_name"))), "")
	}
	for _, c := range n.Children {
		one := l.At(form.Import, n)
		one.Import = &form.ImportOf{Module: module}
		switch {
		case c.Kind == "wildcard_import":
			one.Import.Member = "*"
		case c.Field != "name":
			continue
		default:
			name, alias := l.Text(c), ""
			if c.Kind == "aliased_import" {
				name, alias = l.Text(c.Child("name")), l.Text(c.Child("alias"))
			}
			name = strings.Join(strings.Fields(name), "")
			if one.Text = alias; alias == "" {
				one.Text, _, _ = strings.Cut(name, ".")
			}
			if isFrom {
				one.Import.Member = name
			} else {
				one.Import.Module, one.Import.Outermost = name, alias == ""
			}
		}
		f.List = append(f.List, one)
	}
	return f
}

func (l *lowerer) decorated(n *syntax.Node) *form.Node {
	f := l.At(form.Opaque, n)
	var decorators []*form.Node
	for _, c := range n.Children {
		if c.Kind == "decorator" {
			decorators = append(decorators, l.All(c.NamedChildren())...)
		}
	}
	f.List = decorators
	if definition := n.Child("definition"); definition != nil {
		made := l.lowerDecorated(definition, decorators)
		f.List = append(f.List, made)
	}
	return f
}

func (l *lowerer) lowerDecorated(n *syntax.Node, decorators []*form.Node) *form.Node {
	f := l.lower(n)
	f.Decorators = decorators
	if f.Kind == form.Function && len(f.List) > 0 && f.List[0].Op == "self" {
		for _, d := range decorators {
			switch {
			case d.Kind == form.Name && d.Text == "staticmethod":
				f.List[0].Op = ""
			case d.Kind == form.Name && d.Text == "classmethod":
				f.List[0].Op = "class"
			}
		}
	}
	return f
}

func (l *lowerer) function(n *syntax.Node) *form.Node {
	f := l.At(form.Function, n)
	f.Text, f.Declared = l.Text(n.Child("name")), n.Kind == "function_definition"
	method, yields := l.method && f.Declared, l.yields
	l.method, l.yields = false, false
	f.List = l.parameters(n.Child("parameters"))
	if method && len(f.List) > 0 && f.List[0].Op == "" {
		f.List[0].Op = "self"
	}
	if f.Declared {
		f.X = l.block(n.Child("body"), false)
	} else {
		f.X = l.lower(n.Child("body"))
	}
	if t := n.Child("return_type"); t != nil {
		f.Type = l.typed(t, l.Text(t))
	}
	f.Generator = l.yields
	l.method, l.yields = method, yields
	return f
}

func (l *lowerer) parameters(n *syntax.Node) []*form.Node {
	var params []*form.Node
	for _, p := range n.NamedChildren() {
		f := l.At(form.Param, p)
		f.X = l.lower(p.Child("value"))
		if t := p.Child("type"); t != nil {
			f.Type = l.typed(t, l.Text(t))
		}
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
			f.Op = "*"
		case "dictionary_splat_pattern":
			f.Op = "**"
		}
		f.Text = strings.TrimLeft(l.Text(target), "* ")
		if f.Text != "" && target.Kind != "keyword_separator" && target.Kind != "positional_separator" {
			params = append(params, f)
		}
	}
	return params
}

func (l *lowerer) class(n *syntax.Node) *form.Node {
	f := l.At(form.Class, n)
	f.Text, f.Declared, f.Scoped = l.Text(n.Child("name")), true, true
	var bases []*form.Node
	for _, b := range n.Child("superclasses").NamedChildren() {
		one := l.lower(b)
		if b.Kind != "keyword_argument" {
			bases = append(bases, one)
		}
		f.List = append(f.List, one)
	}
	if len(bases) == 1 {
		f.Y = bases[0]
		f.List = slices.DeleteFunc(f.List, func(c *form.Node) bool { return c == f.Y })
	}
	method := l.method
	l.method = true
	f.X = l.block(n.Child("body"), false)
	l.method = method
	return f
}

func (l *lowerer) assignment(n *syntax.Node) *form.Node {
	value := n.Child("right")
	// In a = b = value, both are set to the value.
	var others []*syntax.Node
	for value != nil && value.Kind == "assignment" {
		others = append(others, value.Child("left"))
		value = value.Child("right")
	}
	f := l.assign(n, n.Child("left"), value, form.InFunction)
	if value == nil {
		f.Op = ":"
	}
	if t := n.Child("type"); t != nil && len(f.List) > 0 {
		f.List[0].Type = l.typed(t, l.Text(t))
	}
	for _, left := range others {
		f.List = append(f.List, l.targets(left, nil, value != nil)...)
	}
	return f
}

// assign lowers the assignment of a value to a target; a nil value is unknown.
func (l *lowerer) assign(at, target, value *syntax.Node, declares form.Declares) *form.Node {
	f := l.At(form.Assign, at)
	f.Op, f.Declares = "=", declares
	if target == nil {
		return f
	}
	if parts, values := target.NamedChildren(), value.NamedChildren(); value != nil && isTuple(target) && isTuple(value) && len(parts) == len(values) &&
		!slices.ContainsFunc(values, isSplat) && !slices.ContainsFunc(parts, isSplat) {
		// Each target is set to its own value.
		group := l.At(form.Opaque, at)
		for i, part := range parts {
			one := l.assign(part, part, values[i], declares)
			one.End = at.End
			group.List = append(group.List, one)
		}
		f.Kind, f.List = form.Opaque, group.List
		return f
	}
	f.Y = l.lower(value)
	f.List = l.targets(target, nil, true)
	return f
}

func isSplat(n *syntax.Node) bool { return strings.HasPrefix(n.Kind, "list_splat") }

func isTuple(n *syntax.Node) bool {
	switch n.Kind {
	case "pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list":
		return true
	}
	return false
}

// targets lowers assignment targets: path leads to the part of the value for a target, unless known is false.
func (l *lowerer) targets(n *syntax.Node, path []string, known bool) []*form.Node {
	below := n.NamedChildren()
	switch {
	case n.Kind == "as_pattern_target":
		// The pure Go parser leaves the name out of the tree.
		if len(below) > 0 {
			return l.targets(below[0], path, known)
		}
		f := l.At(form.Target, n)
		f.X = l.At(form.Name, n)
		f.X.Text = l.Text(n)
		return []*form.Node{f}
	case isSplat(n) || n.Kind == "parenthesized_expression":
		var all []*form.Node
		for _, c := range below {
			all = append(all, l.targets(c, []string{fact.Hole}, false)...)
		}
		return all
	case isTuple(n):
		known = known && !slices.ContainsFunc(below, isSplat)
		var all []*form.Node
		for i, c := range below {
			way := append(slices.Clip(path), strconv.Itoa(i))
			if !known {
				way = []string{fact.Hole}
			}
			all = append(all, l.targets(c, way, known)...)
		}
		return all
	}
	f := l.At(form.Target, n)
	f.X, f.Path = l.lower(n), path
	return []*form.Node{f}
}

// typed lowers the text of a type.
func (l *lowerer) typed(at *syntax.Node, text string) *form.Node {
	text = strings.Trim(strings.TrimSpace(text), `"' `)
	if len(text) > 500 {
		return nil
	}
	f := l.At(form.Type, at)
	f.Text = " | "
	for _, part := range split(text, '|') {
		if part = strings.TrimSpace(part); part == "None" {
			continue
		}
		name, inner, generic := strings.Cut(part, "[")
		one := l.Dotted(at, strings.Trim(strings.TrimSpace(name), `"'`))
		if generic {
			base := one
			one = l.At(form.Type, at)
			one.X, one.Op, one.Text = base, "[", ", "
			for _, t := range split(strings.TrimSuffix(inner, "]"), ',') {
				if t := l.typed(at, t); t != nil {
					one.List = append(one.List, t)
				}
			}
		}
		f.List = append(f.List, one)
	}
	return f
}

// split splits a text at separators that are not inside brackets.
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
