package eval

import (
	"path"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/form"
)

// Op returns the result of a call of a function that only computes something from its arguments or its receiver, and
// reports whether the result is known.
type Op func(*Invocation) (Ref, bool)

// Invocation is a call of an Op.
type Invocation struct {
	*Evaluator
	Node   *form.Node
	object *form.Node
}

// Call returns the fact of the call.
func (i *Invocation) Call() *fact.Call { return i.call(i.Node) }

// Object returns the value of the receiver.
func (i *Invocation) Object() fact.Value { return i.Eval(i.object) }

// ObjectRef returns the receiver.
func (i *Invocation) ObjectRef() Ref { return i.Look(i.object) }

// Args returns the values of the arguments.
func (i *Invocation) Args() []fact.Value {
	var values []fact.Value
	for _, a := range i.Call().Args {
		values = append(values, a.Value)
	}
	return values
}

// Arg returns the argument at a position, or an unknown value if there is none.
func (i *Invocation) Arg(position int) fact.Value {
	v, _ := i.Call().Arg("", position)
	return v
}

// Value returns a Ref of a value.
func Value(v fact.Value) (Ref, bool) { return Ref{Value: v}, true }

// Text returns a Ref of a text.
func Text(text string) (Ref, bool) {
	if len(text) > maxText {
		return Ref{}, true
	}
	return Value(fact.Value{Kind: fact.Text, Text: text})
}

// TextOf returns a value as part of a text, with Holes.
func TextOf(v fact.Value) string {
	if v.Kind == fact.Text || v.Kind == fact.Scalar {
		return v.Text
	}
	return fact.Hole
}

// Texts returns an Op that converts its argument to a text, if it has exactly one.
func Texts(of func(string) string) Op {
	return func(i *Invocation) (Ref, bool) {
		if len(i.Call().Args) != 1 {
			return Ref{}, false
		}
		return Text(of(TextOf(i.Arg(0))))
	}
}

// First returns the only argument of an invocation.
func First(i *Invocation) (Ref, bool) { return Ref{Value: i.Arg(0)}, len(i.Node.List) == 1 }

// Unknown returns a result about which nothing is known, not even its origin.
func Unknown(*Invocation) (Ref, bool) { return Ref{}, true }

// SomeText returns an unknown text.
func SomeText(*Invocation) (Ref, bool) { return Text(fact.Hole) }

// Concat returns the concatenation of the arguments.
func Concat(i *Invocation) (Ref, bool) {
	var b strings.Builder
	for _, v := range i.Args() {
		b.WriteString(TextOf(v))
	}
	return Text(b.String())
}

// Join returns the elements of a list with a separator between them.
func Join(list fact.Value, separator string) (Ref, bool) {
	if list.Kind != fact.List {
		return Text(fact.Hole)
	}
	var parts []string
	for _, item := range list.Items {
		parts = append(parts, TextOf(item))
	}
	if list.Open {
		parts = append(parts, fact.Hole)
	}
	if len(parts)*len(separator) > maxText {
		return Ref{}, true
	}
	return Text(strings.Join(parts, separator))
}

// CleanPath returns the arguments joined to a path and cleaned. A path is only cleaned if all of it is known, because
// the effect of ".." depends on what precedes it.
func CleanPath(i *Invocation) (Ref, bool) {
	var names []string
	for _, a := range i.Args() {
		names = append(names, TextOf(a))
	}
	if len(names) == 0 {
		return Ref{}, false
	}
	joined := strings.Join(names, "/")
	if !strings.Contains(joined, fact.Hole) {
		joined = path.Clean(joined)
	}
	return Text(joined)
}

// Merged returns a map with the entries of all arguments.
func Merged(i *Invocation) (Ref, bool) {
	v := fact.Value{Kind: fact.Dict, Checked: true}
	for _, o := range i.Args() {
		v.Fields = append(v.Fields, o.Fields...)
		v.Open = v.Open || o.Kind != fact.Dict || o.Open
		v.Checked = v.Checked && o.Kind == fact.Dict && o.Checked
	}
	return Value(v)
}

// Entry implements a method that returns the entry of a map, or else its second argument.
func Entry(i *Invocation) (Ref, bool) {
	object := i.Object()
	name, known := i.Arg(0).Literal()
	if object.Kind != fact.Dict || !known || object.Open {
		return Ref{}, false
	}
	if field, ok := object.Field(name); ok {
		return Value(field)
	}
	if len(i.Call().Args) > 1 {
		return Value(i.Arg(1))
	}
	return Ref{}, false
}

// template returns the text that is made of the parts.
func (e *Evaluator) template(v fact.Value, parts []*form.Node) fact.Value {
	var b strings.Builder
	for _, p := range parts {
		if b.Len() > maxText {
			return fact.Value{}
		}
		part := e.Eval(p)
		if len(parts) == 1 && e.lang.WholeText && part.Kind != fact.Unknown && part.Kind != fact.Result {
			return part
		}
		b.WriteString(TextOf(part))
	}
	v.Kind, v.Text = fact.Text, b.String()
	return v
}

// isPath reports whether a value is a path that a call created and whose text is known.
func isPath(v fact.Value) bool { return v.Kind == fact.Text && v.Call != nil }

// JoinPath joins parts as Python does: an absolute part discards those before it.
func JoinPath(parts ...fact.Value) fact.Value {
	joined := ""
	for _, p := range parts {
		text := TextOf(p)
		switch {
		case len(joined) > maxText:
		case strings.HasPrefix(text, "/") || joined == "":
			joined = text
		case strings.HasSuffix(joined, "/"):
			joined += text
		default:
			joined += "/" + text
		}
	}
	return fact.Value{Kind: fact.Text, Text: joined}
}

// percent returns format % values.
func percent(format, values fact.Value) fact.Value {
	if format.Kind == fact.Bytes {
		return fact.Value{Kind: fact.Bytes}
	}
	items := []fact.Value{values}
	if values.Kind == fact.List {
		items = values.Items
	}
	return fact.Value{Kind: fact.Text, Text: Percent(format.Text, items, values.Field)}
}

// Percent returns the text that a format with verbs such as %s produces. The effect of flags, a width or another verb
// is unknown; field returns the value of %(name)s.
func Percent(text string, items []fact.Value, field func(string) (fact.Value, bool)) string {
	var b strings.Builder
	for b.Len() <= maxText {
		before, after, found := strings.Cut(text, "%")
		b.WriteString(before)
		if !found {
			break
		}
		if name, rest, ok := strings.Cut(after, ")"); ok && strings.HasPrefix(name, "(") && field != nil {
			v, _ := field(name[1:])
			items, after = []fact.Value{v}, rest
		}
		end := strings.IndexFunc(after, func(r rune) bool { return !strings.ContainsRune("+-# 0123456789.[]*", r) })
		if end < 0 {
			b.WriteString(fact.Hole)
			break
		}
		verb := after[end]
		text = after[end+1:]
		switch {
		case verb == '%':
			b.WriteByte('%')
			continue
		case len(items) == 0 || end > 0 || !formats(verb, items[0]):
			b.WriteString(fact.Hole)
		default:
			b.WriteString(TextOf(items[0]))
		}
		if strings.ContainsAny(after[:end], "[*") {
			items = nil // an explicit index or a star counts arguments in its own way
		} else if len(items) > 0 {
			items = items[1:]
		}
	}
	return b.String()
}

// formats reports whether a verb writes a value unchanged.
func formats(verb byte, v fact.Value) bool {
	switch v.Kind {
	case fact.Text:
		return verb == 's' || verb == 'v'
	case fact.Scalar:
		return !isNull(v) && strings.IndexByte("sdvt", verb) >= 0
	default: // it is a hole in any case
		return true
	}
}

// Format returns the result of Python's text.format(args).
func Format(text string, c *fact.Call) string {
	var b strings.Builder
	next := 0
	for text != "" && b.Len() <= maxText {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		if i+1 < len(text) && text[i+1] == text[i] {
			b.WriteByte(text[i])
			text = text[i+2:]
			continue
		}
		field, after, found := strings.Cut(text[i+1:], "}")
		text = after
		if text == "" && !found {
			break
		}
		position, err := strconv.Atoi(field)
		switch {
		case field == "":
			position, next = next, next+1
		case err != nil:
			position = -1
		}
		v, ok := c.Arg(field, position)
		if ok && (position >= 0 || !strings.ContainsAny(field, "!:.[")) {
			b.WriteString(TextOf(v))
		} else {
			b.WriteString(fact.Hole)
		}
	}
	b.WriteString(text)
	return b.String()
}

// Words returns the words of a command line, split as a shell does.
func Words(line fact.Value) (Ref, bool) {
	v := fact.Value{Kind: fact.List}
	if line.Kind != fact.Text {
		v.Open = true
		return Value(v)
	}
	var word strings.Builder
	quote, started := rune(0), false
	end := func() {
		if started {
			v.Items = append(v.Items, fact.Value{Kind: fact.Text, Text: word.String(), Location: line.Location})
		}
		word.Reset()
		started = false
	}
	for _, c := range line.Text {
		switch {
		case c == quote && quote != 0:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, started = c, true
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n'):
			end()
		default:
			started = true
			word.WriteRune(c)
		}
	}
	end()
	// A hole may be several words.
	v.Open = strings.Contains(line.Text, fact.Hole)
	return Value(v)
}
