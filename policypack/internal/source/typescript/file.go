package typescript

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// file is a parsed file, with what its names stand for.
type file struct {
	program *program
	name    string
	src     []byte
	root    *syntax.Node
	// typescript says that types stand in it, checked that a compiler heeds
	// them: JavaScript is checked where it asks for it.
	typescript, checked bool
	// unchecked are the lines that the compiler is told to ignore.
	unchecked map[int]bool
	// bare says that it imports nothing at all.
	bare       bool
	usesPulumi bool
	// counted says that the calls in it are among the program's callers.
	counted bool
	// left is what the file may still take.
	left time.Duration
	// imports are the files of the program that it imports.
	imports []string
	// scopes are the names that a block, function or file declares.
	scopes map[*syntax.Node]scope
	// names are the places where an identifier stands, by its text.
	names map[string][]*syntax.Node
	// types are the type aliases.
	types map[string]*syntax.Node
	// exports are what the file exports, by name; "=" is what stands for the
	// whole module in CommonJS.
	exports map[string]*binding
	// stars are the modules of which the file exports everything.
	stars []string
	// starred are the names that were looked up there.
	starred map[string]*binding
	// members are those of the classes that were asked for.
	members map[*syntax.Node]map[string]*binding
	// fields are the assignments to fields of this.
	fields []*syntax.Node
	// dormant are blocks that do not run, for another file is the main one.
	dormant map[*syntax.Node]bool
	// lines are where the lines start.
	lines    []int
	comments []fact.Comment
	// holders are the nodes that a function of several lines is in.
	holders map[*syntax.Node]bool
}

type scope map[string]*binding

// binding is what a name stands for: one of an import, a parameter, or what
// node is.
type binding struct {
	file *file
	name string
	// at is where the name is declared.
	at *syntax.Node
	// node is the function, the class, or the expression that the variable is
	// first set to.
	node *syntax.Node
	// path leads into what node is, in a destructuring.
	path []string
	// annotation is the type.
	annotation *syntax.Node
	// opaque says that nothing can be told, as of a loop variable.
	opaque bool
	// writes counts the assignments, and written is what the last one assigns,
	// if it happens for certain.
	writes  int
	written *syntax.Node
	// module and member are what an import names; member is empty for the
	// whole module.
	module, member string
	// function has the binding as its parameter number index.
	function *syntax.Node
	index    int
	// class has the binding as its member.
	class *syntax.Node

	refs *references
}

// source is the expression that the variable always has, or nil.
func (b *binding) source() *syntax.Node {
	switch {
	case b.opaque || b.module != "":
		return nil
	case b.node != nil && b.writes == 0:
		return b.node
	case b.node == nil && b.function == nil && b.writes == 1:
		return b.written
	}
	return nil
}

func newFile(p *program, name string, src []byte, root *syntax.Node) *file {
	f := &file{
		program: p, name: name, src: src, root: root, bare: true,
		typescript: strings.Contains(name[strings.LastIndex(name, "."):], "ts"),
		unchecked:  map[int]bool{}, scopes: map[*syntax.Node]scope{}, names: map[string][]*syntax.Node{},
		types: map[string]*syntax.Node{}, exports: map[string]*binding{},
		starred: map[string]*binding{}, lines: []int{0},
		members: map[*syntax.Node]map[string]*binding{}, dormant: map[*syntax.Node]bool{},
	}
	for i, c := range src {
		if c == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	f.checked = f.typescript
	f.readComments()
	top := f.scope(root)
	var assignments []*syntax.Node
	for _, c := range root.Children {
		f.declare(c, top, top, &assignments)
	}
	for _, a := range assignments {
		f.assign(a)
	}
	return f
}

func (f *file) scope(n *syntax.Node) scope {
	if f.scopes[n] == nil {
		f.scopes[n] = scope{}
	}
	return f.scopes[n]
}

func isFunction(n *syntax.Node) bool {
	switch n.Kind {
	case "function_declaration", "generator_function_declaration", "function_expression", "generator_function",
		"arrow_function", "method_definition":
		return n.Named
	}
	return false
}

func isClass(n *syntax.Node) bool {
	switch n.Kind {
	case "class_declaration", "abstract_class_declaration", "class":
		return n.Named
	}
	return false
}

// declare notes the names that n and what is below it declare. Names go into
// the block around them, those of var into the function.
func (f *file) declare(n *syntax.Node, block, function scope, assignments *[]*syntax.Node) {
	switch {
	case isFunction(n):
		if n.Kind != "function_expression" && n.Kind != "method_definition" {
			block.add(n.Child("name").Text(f.src), &binding{file: f, at: n, node: n})
		}
		block = f.scope(n)
		function = block
		if n.Kind == "function_expression" {
			block.add(n.Child("name").Text(f.src), &binding{file: f, at: n, node: n})
		}
		f.parameters(n, block)
	case isClass(n):
		block.add(n.Child("name").Text(f.src), &binding{file: f, at: n, node: n})
	default:
		switch n.Kind {
		case "import_statement":
			f.importStatement(n, block)
			return
		case "export_statement":
			f.exportStatement(n, block)
		case "variable_declarator":
			into := block
			if n.Parent.Kind == "variable_declaration" {
				into = function
			}
			value := n.Child("value")
			f.bind(into, n.Child("name"), &binding{
				file: f, at: n, node: value, annotation: n.Child("type"), opaque: value == nil && n.Parent.Parent.Kind == "ambient_declaration",
			})
		case "import_alias":
			if names := n.NamedChildren(); len(names) == 2 {
				block.add(names[0].Text(f.src), &binding{file: f, at: n, node: names[1]})
			}
		case "enum_declaration", "internal_module", "module":
			block.add(n.Child("name").Text(f.src), &binding{file: f, at: n, opaque: true})
		case "type_alias_declaration":
			f.types[n.Child("name").Text(f.src)] = n.Child("value")
		case "statement_block", "for_statement", "switch_body", "class_static_block":
			block = f.scope(n)
		case "for_in_statement":
			block = f.scope(n)
			if kind := n.Child("kind"); kind != nil {
				into := block
				if kind.Kind == "var" {
					into = function
				}
				f.bind(into, n.Child("left"), &binding{file: f, at: n, opaque: true})
			} else {
				*assignments = append(*assignments, n)
			}
		case "catch_clause":
			block = f.scope(n)
			f.bind(block, n.Child("parameter"), &binding{file: f, at: n, opaque: true})
		case "if_statement":
			if body := n.Child("consequence"); body != nil && !f.program.entry[f.name] && isMainTest(n.Child("condition").Text(f.src)) {
				f.dormant[body] = true
				return
			}
		case "assignment_expression", "augmented_assignment_expression", "update_expression":
			*assignments = append(*assignments, n)
		case "identifier", "shorthand_property_identifier":
			text := n.Text(f.src)
			f.names[text] = append(f.names[text], n)
		case "member_expression":
			if n.Child("object").Kind == "this" {
				name := "this." + f.key(n.Child("property"))
				f.names[name] = append(f.names[name], n)
			}
		case "call_expression":
			if specifier, ok := f.importCall(n); ok {
				f.imported(specifier)
			}
		}
	}
	for _, c := range n.Children {
		f.declare(c, block, function, assignments)
	}
}

// isMainTest says that a condition asks whether the file is the one that runs.
func isMainTest(condition string) bool {
	condition = strings.Trim(strings.Join(strings.Fields(condition), ""), "()")
	return strings.Contains(condition, "require.main===module") || strings.Contains(condition, "require.main==module") ||
		condition == "import.meta.main" || strings.Contains(condition, "process.argv[1]===") && strings.Contains(condition, "import.meta")
}

func (s scope) add(name string, b *binding) {
	if name == "" {
		return
	}
	// Two declarations of one name, as by var, are as good as an assignment.
	if before := s[name]; before != nil {
		before.opaque = true
		return
	}
	b.name = name
	s[name] = b
}

// bind declares the names of a pattern, which stand for what b is or for parts
// of it.
func (f *file) bind(into scope, pattern *syntax.Node, b *binding) {
	if pattern == nil {
		return
	}
	step := func(key string) *binding {
		part := *b
		part.path = append(slices.Clone(b.path), key)
		part.annotation = nil
		return &part
	}
	switch pattern.Kind {
	case "identifier", "shorthand_property_identifier_pattern":
		into.add(pattern.Text(f.src), b)
	case "assignment_pattern", "object_assignment_pattern":
		part := *b
		part.opaque = true // it may have the default
		left := pattern.Child("left")
		f.bind(into, left, &part)
	case "rest_pattern":
		part := *b
		part.opaque = true
		for _, c := range pattern.NamedChildren() {
			f.bind(into, c, &part)
		}
	case "object_pattern":
		for _, c := range pattern.NamedChildren() {
			switch c.Kind {
			case "pair_pattern":
				f.bind(into, c.Child("value"), step(f.key(c.Child("key"))))
			case "shorthand_property_identifier_pattern":
				f.bind(into, c, step(c.Text(f.src)))
			default:
				f.bind(into, c, b)
			}
		}
	case "array_pattern":
		part := *b
		part.opaque = true // an iterator decides what the elements are
		for _, c := range pattern.NamedChildren() {
			f.bind(into, c, &part)
		}
	}
}

// key is the name of a property; fact.Hole when it is computed.
func (f *file) key(n *syntax.Node) string {
	if n == nil {
		return fact.Hole
	}
	switch n.Kind {
	case "property_identifier", "private_property_identifier", "identifier", "number":
		return n.Text(f.src)
	case "string":
		return unquote(n.Text(f.src))
	case "computed_property_name":
		for _, c := range n.NamedChildren() {
			if c.Kind == "string" {
				return unquote(c.Text(f.src))
			}
		}
	}
	return fact.Hole
}

func (f *file) parameters(function *syntax.Node, into scope) {
	if single := function.Child("parameter"); single != nil {
		f.bind(into, single, &binding{file: f, at: single, function: function})
	}
	index := 0
	for _, p := range function.Child("parameters").NamedChildren() {
		pattern := p.Child("pattern")
		if pattern == nil {
			pattern = p
		}
		if pattern.Kind == "this" {
			continue
		}
		f.bind(into, pattern, &binding{
			file: f, at: p, function: function, index: index, annotation: p.Child("type"),
			opaque: p.Child("value") != nil, // it may have the default
		})
		index++
	}
}

// assign notes that variables are set after their declaration.
func (f *file) assign(n *syntax.Node) {
	left := n.Child("left")
	if n.Kind == "update_expression" {
		left = n.Child("argument")
	}
	right := n.Child("right")
	if left == nil {
		return
	}
	if n.Kind == "assignment_expression" && left.Kind == "member_expression" {
		object := left.Child("object")
		name := left.Child("property").Text(f.src)
		switch text := object.Text(f.src); {
		case object.Kind == "this":
			f.fields = append(f.fields, n)
		case text == "module" && name == "exports":
			f.export("=", &binding{file: f, at: n, node: right})
		case text == "exports" || text == "module.exports":
			f.export(name, &binding{file: f, at: n, node: right})
		}
		return
	}
	left.Walk(func(c *syntax.Node) bool {
		switch c.Kind {
		case "member_expression", "subscript_expression":
			return false
		case "identifier", "shorthand_property_identifier_pattern":
			if b := f.lookup(c); b != nil {
				b.writes++
				b.written = nil
				if n.Kind == "assignment_expression" && c == left && b.at.Parent != nil && n.Parent == b.at.Parent.Parent {
					b.written = right
				}
			}
		}
		return true
	})
}

func (f *file) export(name string, b *binding) {
	if before := f.exports[name]; before != nil {
		// Compiled code sets its exports to undefined first.
		if b.node != nil && before.node != nil && slices.Contains([]string{"undefined", "unary_expression"}, before.node.Kind) {
			f.exports[name] = b
			return
		}
		before.opaque = true
		return
	}
	f.exports[name] = b
}

func (f *file) importStatement(n *syntax.Node, top scope) {
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
	specifier := f.key(source)
	if clause == nil {
		f.imported(specifier)
		return
	}
	valueImports := !typeOnly
	if named := clause.NamedChildren(); len(named) == 1 && named[0].Kind == "named_imports" {
		// An import of nothing but types is none when the program runs.
		specifiers := named[0].NamedChildren()
		allTypes := len(specifiers) > 0
		for _, s := range specifiers {
			allTypes = allTypes && s.Children[0].Kind == "type" && len(s.Children) > 1
		}
		valueImports = valueImports && !allTypes
	}
	if valueImports {
		f.imported(specifier)
	}
	f.bare = false
	add := func(name *syntax.Node, member string) {
		top.add(name.Text(f.src), &binding{file: f, at: n, module: specifier, member: member})
	}
	for _, c := range clause.NamedChildren() {
		switch c.Kind {
		case "identifier":
			member := "default"
			if clause.Kind == "import_require_clause" {
				member = ""
			}
			add(c, member)
		case "namespace_import":
			for _, name := range c.NamedChildren() {
				add(name, "")
			}
		case "named_imports":
			for _, s := range c.NamedChildren() {
				name, alias := s.Child("name"), s.Child("alias")
				if alias == nil {
					alias = name
				}
				add(alias, f.exportName(name))
			}
		}
	}
}

// exportName is a name in an import or export clause, where it may be a string.
func (f *file) exportName(n *syntax.Node) string {
	if n != nil && n.Kind == "string" {
		return unquote(n.Text(f.src))
	}
	return n.Text(f.src)
}

// imported notes that the file imports a module.
func (f *file) imported(specifier string) {
	f.bare = false
	if strings.HasPrefix(specifier, "@pulumi/") {
		f.usesPulumi = true
	}
	if name := f.program.resolve(f.name, specifier); name != "" && !slices.Contains(f.imports, name) {
		f.imports = append(f.imports, name)
	}
}

func (f *file) exportStatement(n *syntax.Node, top scope) {
	source := n.Child("source")
	specifier := ""
	if source != nil {
		specifier = f.key(source)
	}
	for _, c := range n.Children {
		if c.Kind == "type" {
			return
		}
	}
	if specifier != "" {
		f.imported(specifier)
	}
	declaration := n.Child("declaration")
	declared := func(c *syntax.Node) {
		name := c.Child("name").Text(f.src)
		// The declaration itself is read after this, so look when it is asked.
		f.export(name, &binding{file: f, at: n, node: c.Child("name")})
	}
	afterEquals := false
	for _, c := range n.Children {
		switch {
		case c.Kind == "*":
			f.stars = append(f.stars, specifier)
		case c.Kind == "namespace_export":
			for _, name := range c.NamedChildren() {
				f.export(f.exportName(name), &binding{file: f, at: n, module: specifier})
			}
		case c.Kind == "export_clause":
			for _, s := range c.NamedChildren() {
				name, alias := s.Child("name"), s.Child("alias")
				if alias == nil {
					alias = name
				}
				b := &binding{file: f, at: n, node: name}
				if specifier != "" {
					b = &binding{file: f, at: n, module: specifier, member: f.exportName(name)}
				}
				f.export(f.exportName(alias), b)
			}
		case c.Field == "value":
			f.export("default", &binding{file: f, at: n, node: c})
		case c.Kind == "=":
			afterEquals = true
		case afterEquals && c.Named:
			f.export("=", &binding{file: f, at: n, node: c})
			afterEquals = false
		}
	}
	if declaration == nil {
		return
	}
	switch isDefault := slices.ContainsFunc(n.Children, func(c *syntax.Node) bool { return c.Kind == "default" }); {
	case isDefault:
		f.export("default", &binding{file: f, at: n, node: declaration})
	case isFunction(declaration) || isClass(declaration) || declaration.Kind == "enum_declaration":
		declared(declaration)
	default:
		for _, d := range declaration.NamedChildren() {
			name := d.Child("name")
			switch {
			case d.Kind != "variable_declarator" || name == nil:
			case name.Kind == "identifier":
				declared(d)
			default:
				name.Walk(func(c *syntax.Node) bool {
					if c.Kind == "shorthand_property_identifier_pattern" || c.Kind == "identifier" {
						f.export(c.Text(f.src), &binding{file: f, at: n, node: c})
					}
					return true
				})
			}
		}
	}
}

// exported is what the file exports under a name, or nil.
func (f *file) exported(name string, depth int) *binding {
	if b := f.exports[name]; b != nil {
		return b
	}
	if whole := f.exports["="]; whole != nil {
		if name == "default" {
			return whole
		}
		// Only an object that is written out has members that can be told.
		t := f.denote(whole.node, depth+1)
		if t.node != nil && t.node.Kind == "object" {
			if node := t.file.property(t.node, name); node != nil {
				return &binding{file: t.file, at: node, node: node}
			}
		}
	}
	if name == "default" || depth > maxDepth {
		return nil
	}
	if b, ok := f.starred[name]; ok {
		return b
	}
	f.starred[name] = nil // against circles
	for _, specifier := range f.stars {
		if other := f.program.other(f.program.resolve(f.name, specifier)); other != nil {
			if b := other.exported(name, depth+1); b != nil {
				f.starred[name] = b
				return b
			}
		}
	}
	return nil
}

// lookup is what an identifier stands for where it is, or nil for a name that
// the file does not declare.
func (f *file) lookup(n *syntax.Node) *binding {
	name := n.Text(f.src)
	for at := n; at != nil; at = at.Parent {
		if s := f.scopes[at]; s != nil {
			if b := s[name]; b != nil {
				return b
			}
		}
	}
	return nil
}

// importCall is what require("x") or import("x") names, if n is one of them.
func (f *file) importCall(n *syntax.Node) (string, bool) {
	if n.Kind != "call_expression" {
		return "", false
	}
	if function := n.Child("function"); function == nil || function.Kind != "import" && function.Text(f.src) != "require" {
		return "", false
	}
	arguments := n.Child("arguments").NamedChildren()
	if len(arguments) == 0 {
		return "", false
	}
	switch a := arguments[0]; a.Kind {
	case "string":
		return unquote(a.Text(f.src)), true
	case "template_string":
		if text := unquote(a.Text(f.src)); !strings.Contains(text, "${") {
			return text, true
		}
	}
	return "", false
}

func (f *file) isImport(n *syntax.Node) bool {
	_, ok := f.importCall(n)
	return ok
}

// readComments notes the comments that speak to pipeguard or to the compiler.
func (f *file) readComments() {
	var waiting []int // comments that look for the next code
	code := false
	f.root.Walk(func(n *syntax.Node) bool {
		if n.Kind != "comment" {
			if len(n.Children) == 0 && n.End > n.Start {
				code = true
				for _, i := range waiting {
					f.comments[i].Next = n.Line
				}
				waiting = nil
			}
			return true
		}
		text := n.Text(f.src)
		words := strings.Fields(strings.TrimLeft(text, "/* "))
		if len(words) > 0 {
			switch words[0] {
			case "@ts-ignore", "@ts-expect-error":
				f.unchecked[n.Line+strings.Count(text, "\n")+1] = true
			case "@ts-nocheck":
				f.checked = f.checked && code
			case "@ts-check":
				f.checked = f.checked || !code
			}
		}
		text, ok := fact.CutComment(text)
		if !ok {
			return false
		}
		text, _, _ = strings.Cut(text, "\n")
		text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "*/"))
		before := f.src[bytes.LastIndexByte(f.src[:n.Start], '\n')+1 : n.Start]
		after, _, _ := bytes.Cut(f.src[n.End:], []byte("\n"))
		alone := len(bytes.TrimSpace(before)) == 0 && len(bytes.TrimSpace(after)) == 0
		f.comments = append(f.comments, fact.Comment{Location: f.location(n), Text: text, Alone: alone})
		if alone {
			waiting = append(waiting, len(f.comments)-1)
		}
		return false
	})
}
