package fix

import (
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// Width is how wide code is, in characters, before it is broken into lines.
const Width = 100

// node is a piece of code that stands on one line or, if it has items, is broken into one line for each.
type node struct {
	open  string
	items []node
	close string
	// pad is what stands inside the brackets on one line.
	pad string
	// broken is set when it is to be broken in any case.
	broken bool
	// comment is a line above it.
	comment string
}

// around returns the node between two texts.
func (n node) around(before, after string) node {
	n.open = before + n.open
	if len(n.items) == 0 {
		n.open += after
	} else {
		n.close += after
	}
	return n
}

// line returns the node on one line.
func (n node) line() string {
	if len(n.items) == 0 {
		return n.open + n.close
	}
	items := make([]string, len(n.items))
	for i, item := range n.items {
		items[i] = item.line()
	}
	return n.open + n.pad + strings.Join(items, ", ") + n.pad + n.close
}

// isBroken reports whether the node, or one inside it, is to be broken in any case.
func (n node) isBroken() bool {
	for _, item := range n.items {
		if item.isBroken() || item.comment != "" {
			return true
		}
	}
	return n.broken
}

// lines returns the node broken where it does not fit: indent is what stands before each line, and unit what is added
// for each level.
func (n node) lines(indent, unit string, used int) string {
	line := n.line()
	fits := !strings.Contains(line, "\n") && len(indent)+used+len(line) < Width
	if len(n.items) == 0 || fits && !n.isBroken() {
		return line
	}
	var b strings.Builder
	b.WriteString(n.open + "\n")
	for _, item := range n.items {
		if item.comment != "" {
			b.WriteString(indent + unit + item.comment + "\n")
		}
		b.WriteString(indent + unit + item.lines(indent+unit, unit, 1) + ",\n")
	}
	b.WriteString(indent + n.close)
	return b.String()
}

// list returns the items between brackets. A list of one that has items itself is broken as one with it.
func list(open string, items []node, close string) node {
	if len(items) == 1 && len(items[0].items) > 0 && items[0].comment == "" {
		return items[0].around(open, close)
	}
	return node{open: open, items: items, close: close}
}

// language is how one language spells the parts of a program.
type language interface {
	// value spells a value of an argument.
	value(s scope, t argumentType, v any) node
	// named spells an argument of a resource, or a member of one, with its value.
	named(s scope, in argumentType, name string, value node) node
	// path spells the name of an argument or of a member in a path to it.
	path(s scope, in argumentType, name string) string
	// declare spells the declaration of a resource in a variable, if it needs one, that waits for those in others.
	declare(variable string, d *Declaration, after []string) string
	// comment spells a comment.
	comment(comment string) string
	// output spells an output of the stack.
	output(name string, value any) string
	// program spells a whole program of declarations and outputs.
	program(p *Program, parts []string) string
	// wait spells the option that makes a resource wait for those in the variables.
	wait(variables []string) string
}

// commented returns the node under a comment, if there is one.
func (n node) commented(marker, comment string) node {
	if comment != "" {
		n.comment = marker + " " + comment
	}
	return n
}

// code spells fixes in a dialect.
type code struct {
	Dialect
	// names are the variables that hold resources, by *graph.Resource or *Declaration.
	names map[any]string
	// pieces are the pieces of code that the words of a fix hold.
	pieces []string
}

// language returns the language of the code, nil for one that has no spelling of its own.
func (c *code) language() language {
	switch c.Language {
	case Go:
		return golang{c}
	case NodeJS, Bun:
		return typeScript{c}
	case Python:
		return python{c}
	case YAML:
		return yamlCode{c}
	default:
		return nil
	}
}

// variable returns the name of the variable that holds a resource.
func (c *code) variable(r *graph.Resource, d *Declaration) string {
	if d != nil {
		if name, ok := c.names[d]; ok {
			return name
		}
		return c.identifier(d.Name, d.Type)
	}
	if name, ok := c.names[r]; ok {
		return name
	}
	return c.identifier(r.Name, r.Type)
}

// identifier returns a variable for a resource of that name, in the style of the language.
func (c *code) identifier(name string, t graph.Type) string {
	if c.Language == YAML || c.language() == nil {
		return name
	}
	words := text.Words(name)
	spelt := c.join(words)
	if spelt == "" || spelt[0] >= '0' && spelt[0] <= '9' || reserved[spelt] {
		spelt = c.join(append(text.Words(t.Short()), words...))
	}
	return spelt
}

// join returns the words as one identifier.
func (c *code) join(words []string) string {
	if c.Language == Python {
		return strings.Join(words, "_")
	}
	return text.CamelCase(strings.Join(words, "_"))
}

// reserved are words that a language keeps for itself, and packages that a program imports.
var reserved = func() map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields("and as assert async await break case chan class const continue ctx def default defer del " +
		"delete do elif else enum err except export extends false finally for from func function global go if import in " +
		"interface is lambda let map new nil none not null or package pass pulumi raise range return select static struct " +
		"super switch this throw true try type typeof var void while with yield " +
		"aws chatbot cloudwatch iam json kms s3 scheduler sns sqs") {
		all[word] = true
	}
	return all
}()

// isComputed reports whether a value is more than text: it contains an output of a resource, or a value that is only
// known at run time.
func isComputed(value any) bool {
	switch v := value.(type) {
	case Output, NewOutput, Secret, Context:
		return true
	case Object:
		for _, m := range v {
			if isComputed(m.Value) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if isComputed(item) {
				return true
			}
		}
	case Joined:
		return isComputed([]any(v))
	case JSON:
		return isComputed(v.Value)
	}
	return false
}

// placeholder returns what stands for a choice in code.
func (c Choice) placeholder() string { return "<" + string(c) + ">" }

// plain returns a text that holds no outputs as one text.
func (j Joined) plain() string {
	var b strings.Builder
	for _, part := range j {
		switch part := part.(type) {
		case string:
			b.WriteString(part)
		case Choice:
			b.WriteString(part.placeholder())
		}
	}
	return b.String()
}
