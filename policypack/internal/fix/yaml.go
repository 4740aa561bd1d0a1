package fix

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// yamlCode spells code in Pulumi YAML.
type yamlCode struct{ *code }

// YAMLToken returns the token of a type as YAML programs write it: aws:s3:BucketVersioningV2.
func (d Dialect) YAMLToken(t graph.Type) string {
	module, class := d.class(t)
	pkg, _, _ := strings.Cut(string(t), ":")
	return pkg + ":" + module + ":" + class
}

func (y yamlCode) value(_ scope, _ argumentType, value any) node {
	n := y.node(value)
	n.Style = yaml.FlowStyle
	return node{open: strings.TrimSuffix(encode(n), "\n")}
}

func (y yamlCode) named(_ scope, _ argumentType, name string, value node) node {
	return value.around(strings.TrimSpace(encode(scalar(name)))+": ", "")
}

func (yamlCode) path(_ scope, _ argumentType, name string) string { return name }

func (y yamlCode) declare(variable string, d *Declaration, after []string) string {
	if variable == "" {
		variable = y.variable(nil, d)
	}
	return strings.TrimSuffix(encode(mapping(variable, y.declaration(d, after))), "\n")
}

// declaration returns a resource as its entry among the resources has it.
func (y yamlCode) declaration(d *Declaration, after []string) *yaml.Node {
	entry := mapping("type", scalar(y.YAMLToken(d.Type)))
	if len(d.Arguments) > 0 {
		addTo(entry, "properties", y.node(d.Arguments))
	}
	if len(after) > 0 {
		waits := &yaml.Node{Kind: yaml.SequenceNode}
		for _, variable := range after {
			waits.Content = append(waits.Content, scalar("${"+variable+"}"))
		}
		addTo(entry, "options", mapping("dependsOn", waits))
	}
	return entry
}

func (yamlCode) wait(variables []string) string {
	return "dependsOn: [\"${" + strings.Join(variables, "}\", \"${") + "}\"]"
}

// node returns a value as YAML.
func (y yamlCode) node(value any) *yaml.Node {
	switch v := value.(type) {
	case string:
		return scalar(strings.ReplaceAll(v, "${", "$${"))
	case Choice:
		return scalar(v.placeholder())
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v {
			n.Content = append(n.Content, y.node(item))
		}
		return n
	case Object:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, m := range v {
			addTo(n, m.Name, y.node(m.Value))
		}
		return n
	case Output:
		return scalar("${" + y.variable(v.Resource, nil) + "." + v.declared() + "}")
	case NewOutput:
		return scalar("${" + y.variable(nil, v.Declaration) + "." + v.Property + "}")
	case Joined:
		var b strings.Builder
		for _, part := range v {
			b.WriteString(y.node(part).Value)
		}
		return scalar(b.String())
	case Context:
		return scalar("${pulumi." + string(v) + "}")
	case JSON:
		return mapping("fn::toJSON", y.node(v.Value))
	case FileArchive:
		return mapping("fn::fileArchive", scalar(string(v)))
	case AssetArchive:
		return mapping("fn::assetArchive", y.node(Object(v)))
	case StringAsset:
		n := scalar(string(v))
		n.Style = yaml.LiteralStyle
		return mapping("fn::stringAsset", n)
	case Secret:
		return mapping("fn::secret", y.node(v.Value))
	default:
		n := &yaml.Node{}
		if err := n.Encode(v); err != nil {
			return scalar(number(v))
		}
		return n
	}
}

// scalar returns a text as YAML, in quotes where it would be something else without.
func scalar(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	return n
}

func mapping(key string, value *yaml.Node) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	addTo(n, key, value)
	return n
}

func addTo(n *yaml.Node, key string, value *yaml.Node) {
	n.Content = append(n.Content, scalar(key), value)
}

// encode returns YAML as text.
func encode(n *yaml.Node) string {
	var b strings.Builder
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(n); err != nil {
		return "" // a strings.Builder takes everything, and the nodes are made here
	}
	return b.String()
}

func (yamlCode) comment(comment string) string { return "# " + comment }

func (y yamlCode) output(name string, value any) string {
	return strings.TrimSuffix(encode(mapping(name, y.node(value))), "\n")
}

func (y yamlCode) program(p *Program, parts []string) string {
	resources, outputs := parts[:len(p.Resources)], parts[len(p.Resources):]
	text := "name: " + p.Name + "\nruntime: yaml\nresources:\n" + inside(resources)
	if len(outputs) > 0 {
		text += "outputs:\n" + inside(outputs)
	}
	return text
}

// inside returns the entries of a mapping that stands in another.
func inside(entries []string) string {
	text := "  " + strings.ReplaceAll(strings.Join(entries, "\n"), "\n", "\n  ") + "\n"
	return strings.ReplaceAll(text, "\n  \n", "\n\n")
}
