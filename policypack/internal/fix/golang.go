package fix

import (
	"cmp"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// golang spells code in Go.
type golang struct{ *code }

const goIndent = "\t"

// goTypes are the types of package pulumi that hold constants.
var goTypes = map[argumentType]string{
	"string": "pulumi.String", "bool": "pulumi.Bool", "integer": "pulumi.Int", "number": "pulumi.Float64",
}

func (g golang) value(s scope, t argumentType, value any) node {
	switch v := value.(type) {
	case []any:
		return g.list(s, t, v)
	case Object:
		return g.object(s, t, v)
	case Output:
		return node{open: g.property(g.variable(v.Resource, nil), v.declared())}
	case NewOutput:
		return node{open: g.property(g.variable(nil, v.Declaration), v.Property)}
	case Choice:
		return g.constant(t, "string", strconv.Quote(v.placeholder()))
	case Joined:
		return g.joined(s, t, v)
	case JSON:
		return g.value(s, plain, v.Value).around("pulumi.JSONMarshal(", ")")
	case Context:
		return g.context(t, v)
	case FileArchive:
		return node{open: "pulumi.NewFileArchive(" + strconv.Quote(string(v)) + ")"}
	case AssetArchive:
		return g.value(s, plain, Object(v)).around("pulumi.NewAssetArchive(", ")")
	case StringAsset:
		return g.value(s, plain, string(v)).around("pulumi.NewStringAsset(", ")")
	case Secret:
		return g.value(s, t, v.Value).around("pulumi.ToSecret(", ").(pulumi.StringOutput)")
	case string:
		if strings.Contains(v, "\n") && !strings.Contains(v, "`") {
			return g.constant(t, "string", "`"+v+"`")
		}
		return g.constant(t, "string", strconv.Quote(v))
	case bool:
		return g.constant(t, "bool", strconv.FormatBool(v))
	default:
		kind := argumentType("integer")
		if strings.Contains(number(v), ".") {
			kind = "number"
		}
		return g.constant(t, kind, number(v))
	}
}

// constant returns a literal as the type of package pulumi that the argument has; where it has none, as one that it
// takes.
func (g golang) constant(t, literal argumentType, text string) node {
	if t == plain {
		return node{open: text}
	}
	name, ok := goTypes[t.kind()]
	if !ok {
		name = goTypes[literal]
	}
	if name == "pulumi.String" && literal != "string" {
		text = strconv.Quote(text)
	}
	return node{open: name + "(" + text + ")"}
}

func (g golang) list(s scope, t argumentType, values []any) node {
	elem, typed := t.element()
	if t == plain {
		elem = plain
	}
	items := make([]node, len(values))
	for i, item := range values {
		items[i] = g.value(s, elem, item)
	}
	open := "pulumi.Array"
	switch object, isObject := elem.object(); {
	case t == plain:
		open = "[]any"
	case isObject:
		open = s.module + "." + g.nested(s.resource, object) + "Array"
	case typed && goTypes[elem.kind()] != "":
		open = goTypes[elem.kind()] + "Array"
	}
	return node{open: open + "{", items: items, close: "}"}
}

func (g golang) object(s scope, t argumentType, o Object) node {
	elem, isMap := t.mapped()
	object, isObject := t.object()
	if list, ok := t.element(); ok { // a single block is written without the list
		return g.list(s, "[]"+list, []any{o})
	}
	if t == "" {
		t = "any" // not in the table
	}
	items := make([]node, len(o))
	for i, m := range o {
		items[i] = g.named(s, t, m.Name, g.value(s, s.member(t, m.Name), m.Value)).commented("//", m.Comment)
	}
	open := "pulumi.Map"
	switch {
	case t == plain:
		open = "map[string]any"
	case isObject:
		open = "&" + s.module + "." + g.nested(s.resource, object) + "Args"
	case isMap && goTypes[elem.kind()] != "":
		open = goTypes[elem.kind()] + "Map"
	}
	return node{open: open + "{", items: items, close: "}"}
}

func (g golang) joined(s scope, t argumentType, parts Joined) node {
	if !isComputed(parts) {
		return g.value(s, t, parts.plain())
	}
	var format strings.Builder
	items := []node{{}}
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			format.WriteString(strings.ReplaceAll(part, "%", "%%"))
		case Choice:
			format.WriteString(part.placeholder())
		default:
			format.WriteString("%v")
			items = append(items, g.value(s, plain, part))
		}
	}
	items[0] = node{open: strconv.Quote(format.String())}
	return node{open: "pulumi.Sprintf(", items: items, close: ")"}
}

// context returns what a method of the program's context does, as a value of a type.
func (golang) context(t argumentType, v Context) node {
	call := node{open: "ctx." + exported(string(v)) + "()"}
	if t == plain {
		return call
	}
	return call.around("pulumi.String(", ")")
}

func (golang) property(variable, property string) string {
	if property == "id" {
		return variable + ".ID()"
	}
	return variable + "." + exported(property)
}

// exported returns a name of Pulumi's as Go has it.
func exported(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func (g golang) named(s scope, in argumentType, name string, value node) node {
	spelt := g.path(s, in, name)
	if _, isObject := in.object(); !isObject && in != "" {
		spelt = strconv.Quote(spelt)
	}
	return value.around(spelt+": ", "")
}

func (g golang) path(_ scope, in argumentType, name string) string {
	if _, isObject := in.object(); isObject || in == "" {
		return exported(name)
	}
	return name
}

func (g golang) declare(variable string, d *Declaration, after []string) string {
	s := scopeOf(d.Type)
	module, class := g.class(d.Type)
	args := node{open: "nil"}
	if len(d.Arguments) > 0 {
		args = node{open: fmt.Sprintf("&%s.%sArgs{", module, class), close: "}", broken: true}
		for _, m := range d.Arguments {
			args.items = append(args.items, g.named(s, "", m.Name, g.value(s, s.argument(m.Name), m.Value)).commented("//", m.Comment))
		}
	}
	assign, test := "if _, err := ", "; err != nil {\n\treturn err\n}"
	if variable != "" {
		assign, test = variable+", err := ", "\nif err != nil {\n\treturn err\n}"
	}
	close := ")"
	if len(after) > 0 {
		close = ", " + g.wait(after) + ")"
	}
	return gofmt(args.around(fmt.Sprintf("%s%s.New%s(ctx, %s, ", assign, module, class, strconv.Quote(d.Name)), close).
		lines("", goIndent, 0) + test)
}

// gofmt returns code as gofmt has it.
func gofmt(code string) string {
	if formatted, err := format.Source([]byte(code)); err == nil {
		return string(formatted)
	}
	return code
}

func (golang) wait(variables []string) string {
	return "pulumi.DependsOn([]pulumi.Resource{" + strings.Join(variables, ", ") + "})"
}

func (golang) comment(comment string) string { return "// " + comment }

func (g golang) output(name string, value any) string {
	return gofmt(g.value(scope{}, "any", value).around("ctx.Export("+strconv.Quote(name)+", ", ")").lines("", goIndent, 0))
}

func (g golang) program(p *Program, parts []string) string {
	modules := map[string]bool{}
	for _, r := range p.Resources {
		module, _ := g.class(r.Type)
		modules[module] = true
	}
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n")
	for _, module := range slices.Sorted(maps.Keys(modules)) {
		fmt.Fprintf(&b, "\t\"github.com/pulumi/pulumi-aws/sdk/v%d/go/aws/%s\"\n", cmp.Or(g.Major, Newest), module)
	}
	b.WriteString("\t\"github.com/pulumi/pulumi/sdk/v3/go/pulumi\"\n)\n\n")
	b.WriteString("func main() {\n\tpulumi.Run(func(ctx *pulumi.Context) error {\n")
	return gofmt(b.String() + strings.Join(parts, "\n\n") + "\n\nreturn nil\n})\n}\n")
}
