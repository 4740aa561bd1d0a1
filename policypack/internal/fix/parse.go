package fix

import (
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// ParseYAML reads a program in Pulumi YAML, as far as the examples of rules use that.
func ParseYAML(text string) (*Program, error) {
	var file struct {
		Name      string    `yaml:"name"`
		Resources yaml.Node `yaml:"resources"`
		Outputs   yaml.Node `yaml:"outputs"`
	}
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		return nil, fmt.Errorf("parsing the program: %w", err)
	}
	p := parser{declared: map[string]*Declaration{}, program: &Program{Name: file.Name}}
	for key, entry := range pairs(&file.Resources) {
		var head struct {
			Type string `yaml:"type"`
		}
		if err := entry.Decode(&head); err != nil || head.Type == "" {
			return nil, fmt.Errorf("line %d: resource %s has no type", key.Line, key.Value)
		}
		d := &Declaration{Type: graph.Canonical(fullToken(head.Type)), Name: key.Value}
		p.declared[key.Value] = d
		p.program.Resources = append(p.program.Resources, &Declared{Declaration: d, Comment: comment(key, entry)})
	}
	i := 0
	for key, entry := range pairs(&file.Resources) {
		if err := p.resource(p.program.Resources[i], entry); err != nil {
			return nil, fmt.Errorf("resource %s: %w", key.Value, err)
		}
		i++
	}
	outputs, err := p.value(&file.Outputs)
	if err != nil {
		return nil, fmt.Errorf("outputs: %w", err)
	}
	p.program.Outputs, _ = outputs.(Object)
	return p.program, nil
}

// ParseJSON reads a text in JSON, with the members of objects in order.
func ParseJSON(text string) (any, error) {
	var document yaml.Node // JSON is YAML
	if err := yaml.Unmarshal([]byte(text), &document); err != nil || len(document.Content) == 0 {
		return nil, fmt.Errorf("it is no JSON")
	}
	p := parser{raw: true}
	return p.value(document.Content[0])
}

type parser struct {
	program  *Program
	declared map[string]*Declaration
	// raw is set for what is no program but only data.
	raw bool
}

// pairs yields the keys and values of a mapping.
func pairs(n *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// comment returns what is said above a key, or behind its value.
func comment(key, value *yaml.Node) string {
	for _, said := range []string{key.HeadComment, value.LineComment} {
		if said != "" {
			return strings.TrimSpace(strings.TrimPrefix(strings.ReplaceAll(said, "\n# ", " "), "#"))
		}
	}
	return ""
}

// fullToken returns the engine's aws:s3/bucket:Bucket for the short aws:s3:Bucket.
func fullToken(token string) string {
	parts := strings.Split(token, ":")
	if len(parts) != 3 || strings.Contains(parts[1], "/") || parts[0] == "pulumi" {
		return token
	}
	return parts[0] + ":" + parts[1] + "/" + strings.ToLower(parts[2][:1]) + parts[2][1:] + ":" + parts[2]
}

func (p *parser) resource(to *Declared, entry *yaml.Node) error {
	for key, value := range pairs(entry) {
		switch key.Value {
		case "type":
		case "properties":
			arguments, err := p.value(value)
			if err != nil {
				return err
			}
			to.Arguments, _ = arguments.(Object)
		case "options":
			if err := p.options(to, value); err != nil {
				return err
			}
		default:
			return fmt.Errorf("line %d: %s is not read here", key.Line, key.Value)
		}
	}
	return nil
}

func (p *parser) options(to *Declared, options *yaml.Node) error {
	for key, value := range pairs(options) {
		if key.Value != "dependsOn" {
			return fmt.Errorf("line %d: option %s is not read here", key.Line, key.Value)
		}
		for _, item := range value.Content {
			d := p.declared[strings.TrimSuffix(strings.TrimPrefix(item.Value, "${"), "}")]
			if d == nil {
				return fmt.Errorf("line %d: there is no resource %s", item.Line, item.Value)
			}
			to.After = append(to.After, d)
		}
	}
	return nil
}

func (p *parser) value(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		if len(n.Content) == 2 && strings.HasPrefix(n.Content[0].Value, "fn::") && !p.raw {
			return p.function(n.Content[0], n.Content[1])
		}
		o := Object{}
		for key, value := range pairs(n) {
			inner, err := p.value(value)
			if err != nil {
				return nil, err
			}
			o = append(o, Member{Name: key.Value, Value: inner, Comment: comment(key, value)})
		}
		return o, nil
	case yaml.SequenceNode:
		items := []any{}
		for _, item := range n.Content {
			inner, err := p.value(item)
			if err != nil {
				return nil, err
			}
			items = append(items, inner)
		}
		return items, nil
	case yaml.ScalarNode:
		if n.Tag == "!!str" {
			return p.text(n)
		}
		var value any
		if err := n.Decode(&value); err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		return value, nil
	case 0:
		return nil, nil
	default:
		return nil, fmt.Errorf("line %d: aliases are not read here", n.Line)
	}
}

func (p *parser) function(name, argument *yaml.Node) (any, error) {
	value, err := p.value(argument)
	if err != nil {
		return nil, err
	}
	text, _ := value.(string)
	members, _ := value.(Object)
	switch name.Value {
	case "fn::toJSON":
		return JSON{value}, nil
	case "fn::secret":
		return Secret{value}, nil
	case "fn::fileArchive":
		return FileArchive(text), nil
	case "fn::stringAsset":
		return StringAsset(text), nil
	case "fn::assetArchive":
		return AssetArchive(members), nil
	default:
		return nil, fmt.Errorf("line %d: %s is not read here", name.Line, name.Value)
	}
}

// reference matches what a text names: ${bucket.arn}. A dollar sign that is doubled is one.
var reference = regexp.MustCompile(`\$\$\{|\$\{([\w-]+)\.(\w+)\}`)

// text returns a text with the outputs that it names.
func (p *parser) text(n *yaml.Node) (any, error) {
	if p.raw {
		return n.Value, nil
	}
	var parts Joined
	rest := n.Value
	add := func(s string) {
		if last := len(parts) - 1; last >= 0 {
			if before, ok := parts[last].(string); ok {
				parts[last] = before + s
				return
			}
		}
		parts = append(parts, s)
	}
	for at := reference.FindStringSubmatchIndex(rest); at != nil; at = reference.FindStringSubmatchIndex(rest) {
		if at[0] > 0 {
			add(rest[:at[0]])
		}
		if at[2] < 0 {
			add("${")
		} else {
			name, property := rest[at[2]:at[3]], rest[at[4]:at[5]]
			switch {
			case name == "pulumi":
				parts = append(parts, Context(property))
			case p.declared[name] == nil:
				return nil, fmt.Errorf("line %d: there is no resource %s", n.Line, name)
			default:
				parts = append(parts, NewOutput{p.declared[name], property})
			}
		}
		rest = rest[at[1]:]
	}
	if rest != "" || len(parts) == 0 {
		add(rest)
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}
