package typescript

import (
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// maxDepth is how far an expression is followed. People's programs stay below
// ten; names that go in circles end here.
const maxDepth = 50

// maxNameSteps bounds what the names of one call cost: functions that return
// each other could make any number of ways.
const maxNameSteps = 50_000

// target is what an expression stands for, as far as its name goes.
type target struct {
	// name is the full name; empty when it is not known.
	name string
	// node is a function, class or object literal of the program, in file.
	node *syntax.Node
	file *file
	// made says that it is not the class but an instance of it.
	made bool
	// module is a file of the program, as imported whole.
	module *file
	// own is the name of one that is not parsed.
	own string
}

// usual are what names mean in most programs, for a fragment without imports.
var usual = map[string]string{
	"aws":                    "@pulumi/aws",
	"pulumi":                 "@pulumi/pulumi",
	"command":                "@pulumi/command",
	"docker":                 "@pulumi/docker",
	"child_process":          "child_process",
	"childProcess":           "child_process",
	"cp":                     "child_process",
	"exec":                   "child_process.exec",
	"execFile":               "child_process.execFile",
	"execFileSync":           "child_process.execFileSync",
	"execSync":               "child_process.execSync",
	"spawn":                  "child_process.spawn",
	"spawnSync":              "child_process.spawnSync",
	"promisify":              "util.promisify",
	"util":                   "util",
	"fs":                     "fs",
	"fsp":                    "fs.promises",
	"os":                     "os",
	"path":                   "path",
	"archiver":               "archiver",
	"AdmZip":                 "adm-zip",
	"JSZip":                  "jszip",
	"esbuild":                "esbuild",
	"webpack":                "webpack",
	"stream":                 "stream",
	"PassThrough":            "stream.PassThrough",
	"Readable":               "stream.Readable",
	"sharp":                  "sharp",
	"s3":                     "@aws-sdk/client-s3.S3Client()",
	"s3Client":               "@aws-sdk/client-s3.S3Client()",
	"client":                 "@aws-sdk/client-s3.S3Client()",
	"S3Client":               "@aws-sdk/client-s3.S3Client",
	"PutObjectCommand":       "@aws-sdk/client-s3.PutObjectCommand",
	"GetObjectCommand":       "@aws-sdk/client-s3.GetObjectCommand",
	"Upload":                 "@aws-sdk/lib-storage.Upload",
	"AWS":                    "aws-sdk",
	"createReadStream":       "fs.createReadStream",
	"createWriteStream":      "fs.createWriteStream",
	"BucketNotification":     "@pulumi/aws.s3.BucketNotification",
	"BucketNotificationArgs": "@pulumi/aws.s3.BucketNotificationArgs",
}

func isCall(n *syntax.Node) bool {
	return n.Kind == "call_expression" || n.Kind == "new_expression"
}

// callee is what a call calls.
func callee(call *syntax.Node) *syntax.Node {
	if call.Kind == "new_expression" {
		return call.Child("constructor")
	}
	return call.Child("function")
}

// inner is the expression in one that only wraps it, in parentheses, an await,
// a cast; nil for others.
func inner(n *syntax.Node) *syntax.Node {
	children := n.NamedChildren()
	if len(children) == 0 {
		return nil
	}
	switch n.Kind {
	case "parenthesized_expression", "await_expression", "non_null_expression", "as_expression", "satisfies_expression":
		return children[0]
	case "type_assertion":
		return children[len(children)-1]
	case "member_expression":
		if cast := longCast(n); cast != nil {
			return inner(cast)
		}
	}
	return nil
}

// longCast is the cast in what should be one to a type with two dots or more:
// the official parser reads `x as a.b.c` as `(x as a.b).c`.
func longCast(n *syntax.Node) *syntax.Node {
	for n != nil && n.Kind == "member_expression" {
		n = n.Child("object")
		if n != nil && (n.Kind == "as_expression" || n.Kind == "satisfies_expression") {
			return n
		}
	}
	return nil
}

// denote is what the expression stands for.
func (f *file) denote(n *syntax.Node, depth int) target {
	f.program.steps++
	if n == nil || depth > maxDepth || f.program.steps > maxNameSteps {
		return target{}
	}
	depth++
	if wrapped := inner(n); wrapped != nil {
		return f.denote(wrapped, depth)
	}
	switch n.Kind {
	case "identifier", "type_identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern":
		if b := f.lookup(n); b != nil {
			return b.denote(depth)
		}
		name := n.Text(f.src)
		if f.program.fragment && f.bare {
			if meaning, ok := usual[name]; ok {
				return target{name: meaning}
			}
		}
		return target{name: name}
	case "this":
		return f.this(n)
	case "super":
		if class := f.this(n); class.node != nil {
			super := f.denote(heritage(class.node), depth)
			if n.Field == "function" {
				return super
			}
			return super.result(depth)
		}
	case "member_expression", "nested_identifier":
		return f.denote(n.Child("object"), depth).member(f.key(n.Child("property")), depth)
	case "subscript_expression":
		if index := n.Child("index"); index != nil && index.Kind == "string" {
			return f.denote(n.Child("object"), depth).member(f.key(index), depth)
		}
	case "call_expression":
		return f.denoteCall(n, depth)
	case "new_expression":
		return f.denote(n.Child("constructor"), depth).result(depth)
	case "object":
		return target{node: n, file: f}
	}
	if isFunction(n) || isClass(n) {
		return target{name: f.fullName(n), node: n, file: f}
	}
	return target{}
}

func (f *file) denoteCall(n *syntax.Node, depth int) target {
	if specifier, ok := f.importCall(n); ok {
		if b := f.lookup(n.Child("function")); b != nil {
			return target{} // a require of the program's own
		}
		return f.module(specifier, "", depth)
	}
	function := n.Child("function")
	t := f.denote(function, depth)
	arguments := n.Child("arguments").NamedChildren()
	switch {
	case t.name == "util.promisify" && len(arguments) == 1:
		return f.denote(arguments[0], depth)
	case function.Kind == "member_expression" && f.key(function.Child("property")) == "bind":
		return f.denote(function.Child("object"), depth)
	}
	return t.result(depth)
}

// module is what an import of a module, or of one of its members, stands for.
func (f *file) module(specifier, member string, depth int) target {
	if name := f.program.resolve(f.name, specifier); name != "" {
		if !f.program.leads[name] && !f.program.importsPackage(name) {
			// Nothing but the program's own can be had from it.
			return target{own: name}.member(member, depth)
		}
		other := f.program.other(name)
		switch {
		case other == nil:
			return target{own: name}.member(member, depth)
		case member == "":
			// CommonJS may make anything of a module, also a function.
			if whole := other.exports["="]; whole != nil {
				if t := whole.denote(depth); t.node != nil && t.node.Kind != "object" {
					return t
				}
			}
			return target{module: other}
		}
		if b := other.exported(member, depth); b != nil {
			return b.denote(depth)
		}
		// import x from "./x" is the whole of a CommonJS module.
		if member == "default" && len(other.exports) > 0 {
			return target{module: other}
		}
		return target{}
	}
	if strings.HasPrefix(specifier, ".") || specifier == fact.Hole {
		return target{}
	}
	t := target{name: moduleName(specifier)}
	// The default of a package and the whole of it are the same in CommonJS.
	if member != "" && member != "default" {
		return t.member(member, depth)
	}
	return t
}

func (b *binding) denote(depth int) target {
	if depth > maxDepth {
		return target{}
	}
	depth++
	if b.module != "" {
		return b.file.module(b.module, b.member, depth)
	}
	source := b.source()
	if source == nil {
		// An instance of a class, says the type.
		if name := b.instanceOf(depth); name.name != "" && !b.opaque {
			return name.result(depth)
		}
		return target{}
	}
	t := b.file.denote(source, depth)
	if t.node != nil && t.node.Kind == "object" && t.node == source && b.changed() {
		return target{}
	}
	for _, key := range b.path {
		t = t.member(key, depth)
	}
	return t
}

// instanceOf is the class that a variable is declared to be an instance of.
func (b *binding) instanceOf(depth int) target {
	for _, c := range b.annotation.NamedChildren() {
		switch c.Kind {
		case "type_identifier":
			if class := b.file.lookup(c); class != nil {
				return class.denote(depth)
			}
		case "nested_type_identifier":
			if name := b.file.qualified(c, c.End); strings.Contains(name, ".") {
				return target{name: name}
			}
		}
	}
	return target{}
}

// function is the function of the program that a call of t runs, or nil.
func (t target) function() *syntax.Node {
	switch {
	case t.node == nil || t.made:
		return nil
	case isFunction(t.node):
		return t.node
	case isClass(t.node):
		for _, c := range t.node.Child("body").NamedChildren() {
			if c.Kind == "method_definition" && t.file.key(c.Child("name")) == "constructor" {
				return c
			}
		}
	}
	return nil
}

// result is what a call of t returns or constructs.
func (t target) result(depth int) target {
	if t.node != nil && isClass(t.node) {
		return target{name: t.name + "()", node: t.node, file: t.file, made: true}
	}
	if returned := t.returned(); returned != nil {
		if r := t.file.denote(returned, depth); r.name != "" || r.node != nil {
			return r
		}
	}
	if t.name == "" {
		return target{}
	}
	return target{name: t.name + "()"}
}

// returned is the one expression that a function of the program returns, or nil.
func (t target) returned() *syntax.Node {
	if t.node == nil || !isFunction(t.node) || strings.HasPrefix(t.node.Kind, "generator") {
		return nil
	}
	body := t.node.Child("body")
	if body == nil || body.Kind != "statement_block" {
		return body
	}
	var returns []*syntax.Node
	body.Walk(func(n *syntax.Node) bool {
		if n.Kind == "return_statement" {
			returns = append(returns, n)
		}
		return !isFunction(n) && !isClass(n)
	})
	if len(returns) != 1 || returns[0].Parent != body {
		return nil
	}
	for _, c := range returns[0].NamedChildren() {
		return c
	}
	return nil
}

// member is what a property of t stands for.
func (t target) member(name string, depth int) target {
	if depth > maxDepth || name == fact.Hole {
		return target{}
	}
	depth++
	switch {
	case t.module != nil:
		if b := t.module.exported(name, depth); b != nil {
			return b.denote(depth)
		}
		if name == "default" {
			return t
		}
		return target{}
	case t.node != nil && isClass(t.node):
		if b := t.file.classMembers(t.node)[name]; b != nil {
			return b.denote(depth)
		}
		super := t.file.denote(heritage(t.node), depth)
		if t.made {
			super = super.result(depth)
		}
		return super.member(name, depth)
	case t.node != nil && t.node.Kind == "object":
		return t.file.denote(t.file.property(t.node, name), depth)
	case t.own != "" && name == "":
		return t
	case t.own != "":
		return target{name: t.own + ":" + name}
	case t.name == "":
		return target{}
	case name == "default" && !strings.Contains(t.name, "()"):
		return t
	}
	return target{name: t.name + "." + name}
}

// property is the value of an object literal's property, where it can be told.
func (f *file) property(object *syntax.Node, name string) *syntax.Node {
	var found *syntax.Node
	for _, c := range object.NamedChildren() {
		switch c.Kind {
		case "pair":
			if key := f.key(c.Child("key")); key == name {
				found = c.Child("value")
			} else if key == fact.Hole {
				found = nil
			}
		case "shorthand_property_identifier":
			if c.Text(f.src) == name {
				found = c
			}
		case "method_definition":
			if f.key(c.Child("name")) == name && !isAccessor(c) {
				found = c
			}
		default:
			found = nil
		}
	}
	return found
}

func isAccessor(method *syntax.Node) bool {
	for _, c := range method.Children {
		if c.Kind == "get" || c.Kind == "set" {
			return true
		}
	}
	return false
}

// heritage is the class that a class extends, or nil.
func heritage(class *syntax.Node) *syntax.Node {
	for _, c := range class.NamedChildren() {
		if c.Kind != "class_heritage" {
			continue
		}
		for _, e := range c.NamedChildren() {
			if e.Kind == "extends_clause" {
				return e.Child("value")
			}
		}
	}
	return nil
}

// this is the instance of the class, or the object, that "this" stands for.
func (f *file) this(n *syntax.Node) target {
	for at := n.Parent; at != nil; at = at.Parent {
		switch {
		case at.Kind == "arrow_function" && at.Named:
		case at.Kind == "method_definition", at.Kind == "public_field_definition", at.Kind == "class_static_block":
			static := at.Kind == "class_static_block"
			for _, c := range at.Children {
				static = static || c.Kind == "static"
			}
			holder := at.Parent
			if holder != nil && holder.Kind == "object" {
				return target{node: holder, file: f}
			}
			if holder == nil || holder.Parent == nil || !isClass(holder.Parent) {
				return target{}
			}
			class := holder.Parent
			return target{name: f.fullName(class) + "()", node: class, file: f, made: !static}
		case isFunction(at):
			return target{}
		}
	}
	return target{}
}

// classMembers are the methods and fields of a class.
func (f *file) classMembers(class *syntax.Node) map[string]*binding {
	if members, ok := f.members[class]; ok {
		return members
	}
	members := map[string]*binding{}
	f.members[class] = members
	add := func(name string, b *binding) {
		if before := members[name]; before != nil {
			before.opaque = true // a getter and its setter
			return
		}
		b.name, b.class = "this."+name, class
		members[name] = b
	}
	for _, c := range class.Child("body").NamedChildren() {
		name := f.key(c.Child("name"))
		switch c.Kind {
		case "method_definition":
			if name != "constructor" {
				add(name, &binding{file: f, at: c, node: c, opaque: isAccessor(c)})
				continue
			}
			// A parameter with an access modifier is a field as well.
			for i, p := range c.Child("parameters").NamedChildren() {
				if len(p.Children) > 0 && (p.Children[0].Kind == "accessibility_modifier" || p.Children[0].Kind == "readonly") {
					add(p.Child("pattern").Text(f.src), &binding{
						file: f, at: p, function: c, index: i, annotation: p.Child("type"), opaque: p.Child("value") != nil,
					})
				}
			}
		case "public_field_definition":
			add(name, &binding{file: f, at: c, node: c.Child("value"), annotation: c.Child("type")})
		}
	}
	for _, assignment := range f.fields {
		left := assignment.Child("left")
		if f.this(left.Child("object")).node != class {
			continue
		}
		name := f.key(left.Child("property"))
		if members[name] == nil {
			add(name, &binding{file: f, at: assignment})
		}
		b := members[name]
		b.writes++
		b.written = nil
		// In the body of a method, not in a branch of it.
		if body := assignment.Parent; body != nil && body.Kind == "statement_block" && body.Parent.Kind == "method_definition" {
			b.written = assignment.Child("right")
		}
	}
	return members
}

// fullName is the name of a function or class of the program: of its file, and
// of the functions and classes around it. It is empty for one without a name.
func (f *file) fullName(n *syntax.Node) string {
	local := f.localName(n)
	if n.Kind == "method_definition" && local == "constructor" {
		// A call of the class runs it.
		return f.holder(n.Parent)
	}
	if local == "" {
		return ""
	}
	if outer := f.holder(n.Parent); outer != "" {
		return outer + "." + local
	}
	return f.name + ":" + local
}

// holder is the full name of the nearest function or class around n that has a
// name; empty at the top level.
func (f *file) holder(n *syntax.Node) string {
	for ; n != nil; n = n.Parent {
		if isFunction(n) || isClass(n) {
			if name := f.fullName(n); name != "" {
				return name
			}
		}
	}
	return ""
}

// localName is the name that a function, class or object is declared, assigned
// or exported by; empty if there is none.
func (f *file) localName(n *syntax.Node) string {
	if name := n.Child("name"); name != nil && n.Kind != "function_expression" {
		if n.Kind == "method_definition" && n.Parent != nil && n.Parent.Kind == "object" {
			return f.inObject(n.Parent, f.key(name))
		}
		if n.Kind == "method_definition" {
			return f.key(name)
		}
		return name.Text(f.src)
	}
	holder := n.Parent
	for holder != nil && inner(holder) != nil && holder.Kind != "await_expression" {
		holder = holder.Parent
	}
	if holder == nil {
		return ""
	}
	switch holder.Kind {
	case "variable_declarator":
		if name := holder.Child("name"); name != nil && name.Kind == "identifier" {
			return name.Text(f.src)
		}
	case "public_field_definition":
		return f.key(holder.Child("name"))
	case "pair":
		return f.inObject(holder.Parent, f.key(holder.Child("key")))
	case "export_statement":
		return "default"
	case "assignment_expression":
		left := holder.Child("left")
		switch text := left.Text(f.src); {
		case left == nil || left.Kind == "identifier":
			return text
		case text == "module.exports":
			return "default"
		case strings.HasPrefix(text, "exports."), strings.HasPrefix(text, "module.exports."), strings.HasPrefix(text, "this."):
			return f.key(left.Child("property"))
		}
	}
	return ""
}

func (f *file) inObject(object *syntax.Node, key string) string {
	if object == nil || key == fact.Hole {
		return ""
	}
	if up := object.Parent; up != nil && up.Kind == "assignment_expression" && up.Child("left").Text(f.src) == "module.exports" {
		return key
	}
	if outer := f.localName(object); outer != "" {
		return outer + "." + key
	}
	return ""
}
