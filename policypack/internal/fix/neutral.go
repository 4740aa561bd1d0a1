package fix

import (
	"strconv"
	"strings"
)

// neutral spells values for a program in a language that is not known.
type neutral struct{ *code }

func (n neutral) value(s scope, t argumentType, value any) node {
	switch v := value.(type) {
	case Object:
		items := make([]node, len(v))
		for i, m := range v {
			items[i] = n.named(s, t, m.Name, n.value(s, t, m.Value))
		}
		return node{open: "{", items: items, close: "}"}
	case []any:
		items := make([]node, len(v))
		for i, item := range v {
			items[i] = n.value(s, t, item)
		}
		return node{open: "[", items: items, close: "]"}
	case Output:
		return node{open: n.variable(v.Resource, nil) + "." + v.declared()}
	case NewOutput:
		return node{open: n.variable(nil, v.Declaration) + "." + v.Property}
	case Joined:
		var b strings.Builder
		for _, part := range v {
			switch part := part.(type) {
			case string:
				b.WriteString(part)
			case Choice:
				b.WriteString("(" + string(part) + ")")
			default:
				b.WriteString("${" + n.value(s, t, part).line() + "}")
			}
		}
		return node{open: strconv.Quote(b.String())}
	case JSON:
		return n.value(s, plain, v.Value).around("the JSON of ", "")
	case Choice:
		return node{open: "(" + string(v) + ")"}
	case Context:
		return node{open: "pulumi." + string(v)}
	case FileArchive:
		return node{open: "FileArchive(" + quote(string(v)) + ")"}
	case AssetArchive:
		return n.value(s, plain, Object(v)).around("AssetArchive(", ")")
	case StringAsset:
		return node{open: "StringAsset(" + quote(string(v)) + ")"}
	case Secret:
		return n.value(s, t, v.Value).around("secret(", ")")
	default:
		return node{open: jsonText(v)}
	}
}

func (neutral) named(_ scope, _ argumentType, name string, value node) node {
	return value.around(name+": ", "")
}

func (neutral) path(_ scope, _ argumentType, name string) string { return name }

func (neutral) declare(string, *Declaration, []string) string { return "" }

func (neutral) wait([]string) string { return "" }

func (neutral) comment(string) string { return "" }

func (neutral) output(string, any) string { return "" }

func (neutral) program(*Program, []string) string { return "" }
