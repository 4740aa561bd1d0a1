package fix

import (
	"fmt"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// python spells code in Python.
type python struct{ *code }

const pythonIndent = "    "

var pythonFunctions = functions{
	json: "json.dumps", outputJSON: "pulumi.Output.json_dumps",
	fileArchive: "pulumi.FileArchive", assetArchive: "pulumi.AssetArchive", stringAsset: "pulumi.StringAsset",
	secret: "pulumi.Output.secret",
}

// snake returns a name of Pulumi's as Python has it.
func snake(name string) string { return strings.Join(text.Words(name), "_") }

func (p python) value(s scope, t argumentType, value any) node {
	switch v := value.(type) {
	case bool:
		return node{open: map[bool]string{true: "True", false: "False"}[v]}
	case string:
		if strings.Contains(v, "\n") && !strings.Contains(v, `"""`) && !strings.Contains(v, `\`) {
			return node{open: `"""` + v + `"""`}
		}
		return node{open: quote(v)}
	case Object:
		if t == "" {
			t = "#" // not in the table
		}
		items := make([]node, len(v))
		for i, m := range v {
			items[i] = p.named(s, t, m.Name, p.value(s, s.member(t, m.Name), m.Value)).commented("#", m.Comment)
		}
		return node{open: "{", items: items, close: "}"}
	case Output:
		return node{open: p.variable(v.Resource, nil) + "." + snake(v.declared())}
	case NewOutput:
		return node{open: p.variable(nil, v.Declaration) + "." + snake(v.Property)}
	case Joined:
		if !isComputed(v) {
			return node{open: quote(v.plain())}
		}
		items := make([]node, len(v))
		for i, part := range v {
			items[i] = p.value(s, "any", part)
		}
		return node{open: "pulumi.Output.concat(", items: items, close: ")"}
	case Context:
		return node{open: "pulumi.get_" + string(v) + "()"}
	default:
		return pythonFunctions.value(p, s, t, value)
	}
}

func (p python) named(s scope, in argumentType, name string, value node) node {
	if in == "" {
		return value.around(snake(name)+"=", "")
	}
	return value.around(quote(p.path(s, in, name))+": ", "")
}

func (p python) path(_ scope, in argumentType, name string) string {
	_, isMap := in.mapped()
	if isMap || in.free() {
		return name
	}
	return snake(name)
}

func (p python) declare(variable string, d *Declaration, after []string) string {
	s := scopeOf(d.Type)
	module, class := p.class(d.Type)
	if module == "lambda" {
		module = "lambda_" // a word of Python's own
	}
	items := []node{{open: quote(d.Name)}}
	for _, m := range d.Arguments {
		items = append(items, p.named(s, "", m.Name, p.value(s, s.argument(m.Name), m.Value)).commented("#", m.Comment))
	}
	if len(after) > 0 {
		items = append(items, node{open: p.wait(after)})
	}
	call := node{open: fmt.Sprintf("aws.%s.%s(", module, class), items: items, close: ")"}
	if variable != "" {
		call = call.around(variable+" = ", "")
	}
	return call.lines("", pythonIndent, 0)
}

func (p python) wait(variables []string) string {
	return "opts=pulumi.ResourceOptions(depends_on=[" + strings.Join(variables, ", ") + "])"
}

func (python) comment(comment string) string { return "# " + comment }

func (p python) output(name string, value any) string {
	return p.value(scope{}, plain, value).around("pulumi.export("+quote(name)+", ", ")").lines("", pythonIndent, 0)
}

func (python) program(p *Program, parts []string) string {
	head := "import pulumi_aws as aws\n\n"
	if usesPulumi(parts) {
		head = "import pulumi\n" + head
	}
	if p.uses(func(v any) bool { document, ok := v.(JSON); return ok && !isComputed(document.Value) }) {
		head = "import json\n\n" + head
	}
	return head + strings.Join(parts, "\n\n") + "\n"
}
