package fix

import (
	"fmt"
	"regexp"
	"strings"
)

// typeScript spells code in TypeScript, and so in JavaScript.
type typeScript struct{ *code }

const typeScriptIndent = "    "

var typeScriptFunctions = functions{
	json: "JSON.stringify", outputJSON: "pulumi.jsonStringify",
	fileArchive: "new pulumi.asset.FileArchive", assetArchive: "new pulumi.asset.AssetArchive", stringAsset: "new pulumi.asset.StringAsset",
	secret: "pulumi.secret",
}

// word matches a name that needs no quotes.
var word = regexp.MustCompile(`^[A-Za-z_$][\w$]*$`)

func (ts typeScript) value(s scope, t argumentType, value any) node {
	switch v := value.(type) {
	case string:
		if strings.Contains(v, "\n") && !strings.ContainsAny(v, "`\\$") {
			return node{open: "`" + v + "`"}
		}
		return node{open: quote(v)}
	case Object:
		items := make([]node, len(v))
		for i, m := range v {
			items[i] = ts.named(s, t, m.Name, ts.value(s, s.member(t, m.Name), m.Value)).commented("//", m.Comment)
		}
		return node{open: "{", items: items, close: "}", pad: " "}
	case Output:
		return node{open: ts.variable(v.Resource, nil) + "." + v.declared()}
	case NewOutput:
		return node{open: ts.variable(nil, v.Declaration) + "." + v.Property}
	case Joined:
		if !isComputed(v) {
			return node{open: quote(v.plain())}
		}
		var b strings.Builder
		for _, part := range v {
			switch part := part.(type) {
			case string:
				b.WriteString(strings.NewReplacer("\\", `\\`, "`", "\\`", "${", "\\${").Replace(part))
			case Choice:
				b.WriteString(part.placeholder())
			default:
				b.WriteString("${" + ts.value(s, "any", part).line() + "}")
			}
		}
		return node{open: "pulumi.interpolate`" + b.String() + "`"}
	case Context:
		return node{open: "pulumi.get" + exported(string(v)) + "()"}
	default:
		return typeScriptFunctions.value(ts, s, t, value)
	}
}

func (ts typeScript) named(s scope, in argumentType, name string, value node) node {
	spelt := ts.path(s, in, name)
	if !word.MatchString(spelt) {
		spelt = quote(spelt)
	}
	return value.around(spelt+": ", "")
}

func (typeScript) path(_ scope, _ argumentType, name string) string { return name }

func (ts typeScript) declare(variable string, d *Declaration, after []string) string {
	s := scopeOf(d.Type)
	module, class := ts.class(d.Type)
	open := fmt.Sprintf("new aws.%s.%s(%s", module, class, quote(d.Name))
	if variable != "" {
		open = "const " + variable + " = " + open
	}
	close := ");"
	if len(after) > 0 {
		close = ", { " + ts.wait(after) + " });"
	}
	if len(d.Arguments) == 0 {
		if len(after) > 0 {
			open += ", {}"
		}
		return open + close
	}
	call := ts.value(s, "", d.Arguments)
	for i, m := range d.Arguments {
		call.items[i] = ts.named(s, "", m.Name, ts.value(s, s.argument(m.Name), m.Value)).commented("//", m.Comment)
	}
	call.broken = true
	return call.around(open+", ", close).lines("", typeScriptIndent, 0)
}

func (typeScript) wait(variables []string) string {
	return "dependsOn: [" + strings.Join(variables, ", ") + "]"
}

func (typeScript) comment(comment string) string { return "// " + comment }

func (ts typeScript) output(name string, value any) string {
	return ts.value(scope{}, plain, value).around("export const "+name+" = ", ";").lines("", typeScriptIndent, 0)
}

func (typeScript) program(_ *Program, parts []string) string {
	head := `import * as aws from "@pulumi/aws";` + "\n\n"
	if usesPulumi(parts) {
		head = `import * as pulumi from "@pulumi/pulumi";` + "\n" + head
	}
	return head + strings.Join(parts, "\n\n") + "\n"
}
