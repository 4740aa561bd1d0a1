package python

import (
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// textOf is a value as str() gives it, with holes.
func textOf(v fact.Value) string {
	switch v.Kind {
	case fact.Text, fact.Scalar:
		return v.Text
	default:
		return fact.Hole
	}
}

// text is the value of a string literal, or of several in a row.
func (rd *reader) text(f *file, n *syntax.Node) fact.Value {
	v := fact.Value{Kind: fact.Text, Location: f.location(n)}
	parts := []*syntax.Node{n}
	if n.Kind == "concatenated_string" {
		parts = n.NamedChildren()
	}
	var b strings.Builder
	for _, part := range parts {
		if part.Kind != "string" || len(part.Children) < 2 || b.Len() > maxText {
			continue
		}
		prefix := strings.ToLower(strings.TrimRight(part.Children[0].Text(f.src), `"'`))
		if strings.Contains(prefix, "b") {
			v.Kind = fact.Bytes
		}
		rd.writeString(f, &b, part, prefix)
	}
	if v.Kind == fact.Text {
		v.Text = b.String()
	}
	return v
}

// writeString writes what a string literal with that prefix says.
func (rd *reader) writeString(f *file, b *strings.Builder, n *syntax.Node, prefix string) {
	raw, formatted := strings.Contains(prefix, "r"), strings.Contains(prefix, "f")
	literal := func(from, to int) {
		text := string(f.src[from:max(from, to)])
		if formatted {
			text = strings.NewReplacer("{{", "{", "}}", "}").Replace(text)
		}
		if !raw {
			text = unescape(text)
		}
		b.WriteString(text)
	}
	last := len(n.Children) - 1
	at := n.Children[0].End
	for _, c := range n.Children[1:last] {
		if c.Kind != "interpolation" || b.Len() > maxText {
			continue
		}
		literal(at, c.Start)
		at = c.End
		plain := true
		for _, part := range c.Children {
			plain = plain && part.Kind != "format_specifier" && part.Kind != "type_conversion" && part.Kind != "="
		}
		if e := c.Child("expression"); plain && e != nil {
			b.WriteString(textOf(rd.eval(f, e)))
		} else {
			b.WriteString(fact.Hole)
		}
	}
	literal(at, n.Children[last].Start)
}

// unescape replaces the escapes of a string literal.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	simple := map[byte]string{
		'n': "\n", 't': "\t", 'r': "\r", 'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v", '0': "\x00",
		'\\': `\`, '\'': "'", '"': `"`, '\n': "",
	}
	length := map[byte]int{'x': 2, 'u': 4, 'U': 8}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if s, ok := simple[text[i]]; ok {
			b.WriteString(s)
			continue
		}
		if n := length[text[i]]; n > 0 && i+n < len(text) {
			if r, err := strconv.ParseUint(text[i+1:i+1+n], 16, 32); err == nil && r <= utf8.MaxRune {
				b.WriteRune(rune(r))
				i += n
				continue
			}
		}
		b.WriteByte('\\')
		b.WriteByte(text[i])
	}
	return b.String()
}

// percent is format % values.
func percent(format, values fact.Value) fact.Value {
	if format.Kind == fact.Bytes {
		return fact.Value{Kind: fact.Bytes}
	}
	items := []fact.Value{values}
	if values.Kind == fact.List {
		items = values.Items
	}
	var b strings.Builder
	text := format.Text
	for i := 0; i < len(text) && b.Len() <= maxText; i++ {
		if text[i] != '%' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++
		if text[i] == '%' {
			b.WriteByte('%')
			continue
		}
		plain := text[i] == 's' || text[i] == 'd'
		if text[i] == '(' {
			name, after, _ := strings.Cut(text[i+1:], ")")
			i = len(text) - len(after)
			items = []fact.Value{{}}
			if v, ok := values.Field(name); ok {
				items[0] = v
			}
			plain = strings.HasPrefix(after, "s") || strings.HasPrefix(after, "d")
		}
		for i < len(text) && strings.IndexByte("#0- +123456789.*", text[i]) >= 0 {
			i++
		}
		if plain && len(items) > 0 {
			b.WriteString(textOf(items[0]))
		} else {
			b.WriteString(fact.Hole)
		}
		if len(items) > 0 {
			items = items[1:]
		}
	}
	return fact.Value{Kind: fact.Text, Text: b.String()}
}

// format is text.format(args).
func format(text string, args []fact.Arg) string {
	c := fact.Call{Args: args}
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
		if v, ok := c.Arg(field, position); ok && position >= 0 || ok && isIdentifier(field) {
			b.WriteString(textOf(v))
		} else {
			b.WriteString(fact.Hole)
		}
	}
	b.WriteString(text)
	return b.String()
}

func isIdentifier(text string) bool {
	for i := range len(text) {
		if !isName(text[i]) {
			return false
		}
	}
	return text != ""
}

// isPath says that a value is a pathlib.Path, whose text is known.
func isPath(v fact.Value) bool {
	return v.Kind == fact.Text && v.Call != nil && strings.HasPrefix(v.Call.Func, "pathlib.")
}

func cmpCall(a, b *fact.Call) *fact.Call {
	if a != nil {
		return a
	}
	return b
}

// joinPath joins parts as os.path.join does.
func joinPath(parts ...fact.Value) fact.Value {
	joined := ""
	for _, p := range parts {
		text := textOf(p)
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

// pathMember is an attribute of a path.
func pathMember(v fact.Value, name string) fact.Value {
	switch name {
	case "parent":
		v.Text = dirname(v.Text)
		return v
	case "name":
		return fact.Value{Kind: fact.Text, Text: path.Base(v.Text)}
	case "stem":
		return fact.Value{Kind: fact.Text, Text: strings.TrimSuffix(path.Base(v.Text), path.Ext(v.Text))}
	}
	return fact.Value{}
}

func dirname(text string) string {
	if i := strings.LastIndexByte(text, '/'); i >= 0 {
		return text[:max(i, 1)]
	}
	if strings.Contains(text, fact.Hole) {
		return fact.Hole
	}
	return "."
}

// pure is the value of a call of a function that only makes a value of its
// arguments.
func (rd *reader) pure(f *file, n *syntax.Node, made fact.Value) (fact.Value, bool) {
	c := made.Call
	first, _ := c.Arg("", 0)
	v := fact.Value{Kind: fact.Text, Location: made.Location}
	positional := func() []fact.Value {
		var all []fact.Value
		for _, a := range c.Args {
			all = append(all, a.Value)
		}
		return all
	}
	switch c.Func {
	case "str", "os.fspath", "textwrap.dedent", "shlex.quote", "os.path.expanduser", "os.path.abspath", "os.path.realpath", "os.path.normpath":
		v.Text = textOf(first)
		return v, len(c.Args) == 1
	case "os.path.join":
		v.Text = joinPath(positional()...).Text
		return v, len(c.Args) > 0
	case "os.path.dirname":
		v.Text = dirname(textOf(first))
		return v, true
	case "os.path.basename":
		v.Text = path.Base(textOf(first))
		return v, true
	case "os.getcwd", "json.dumps", "repr", "os.path.relpath":
		v.Text = fact.Hole
		return v, true
	case "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath":
		if len(c.Args) == 0 {
			v.Text = "."
		} else {
			v.Text = joinPath(positional()...).Text
		}
		v.Call = c
		return v, true
	case "pathlib.Path.cwd", "pathlib.Path.home":
		v.Text, v.Call = fact.Hole, c
		return v, true
	case "shlex.join":
		v.Text = joined(first, " ")
		return v, true
	case "shlex.split":
		return words(first, v), true
	case "typing.cast":
		if value, ok := c.Arg("val", 1); ok {
			value.Checked = false
			arguments := n.Child("arguments").NamedChildren()
			value.Type = rd.typeOf(f, n, arguments[0].Text(f.src))
			return value, true
		}
	case "dict":
		v.Kind = fact.Dict
		for _, a := range c.Args {
			switch {
			case a.Name != "" && a.Name[0] != '*':
				v.Fields = append(v.Fields, fact.Field{Key: a.Name, Value: a.Value})
			case a.Name == "" && a.Value.Kind == fact.Dict:
				v.Fields, v.Open = append(v.Fields, a.Value.Fields...), v.Open || a.Value.Open
			default:
				v.Open = true
			}
		}
		return v, true
	case "list", "tuple", "sorted":
		if len(c.Args) == 0 {
			v.Kind = fact.List
			return v, true
		}
		return first, first.Kind == fact.List && c.Func != "sorted"
	case "bytes":
		return fact.Value{Kind: fact.Bytes, Location: made.Location}, true
	case "contextlib.closing", "contextlib.ExitStack().enter_context":
		return first, first.Kind == fact.Result
	}
	return rd.pureMethod(f, n, made)
}

// pureMethod is the value of a call of a method that only makes a value of its
// receiver.
func (rd *reader) pureMethod(f *file, n *syntax.Node, made fact.Value) (fact.Value, bool) {
	function := n.Child("function")
	if function == nil || function.Kind != "attribute" {
		return fact.Value{}, false
	}
	c := made.Call
	object := rd.eval(f, function.Child("object"))
	first, _ := c.Arg("", 0)
	v := fact.Value{Kind: fact.Text, Text: fact.Hole, Location: made.Location}
	name := function.Child("attribute").Text(f.src)
	switch {
	case isPath(object):
		switch name {
		case "resolve", "absolute", "expanduser":
			return object, true
		case "as_posix":
			v.Text = object.Text
			return v, true
		case "joinpath":
			parts := []fact.Value{object}
			for _, a := range c.Args {
				parts = append(parts, a.Value)
			}
			v.Text, v.Call = joinPath(parts...).Text, object.Call
			return v, true
		case "with_suffix", "with_name", "relative_to":
			v.Call = object.Call
			return v, true
		}
	case object.Kind == fact.Text && object.Call == nil:
		switch name {
		case "join":
			v.Text = joined(first, object.Text)
			return v, true
		case "format":
			v.Text = format(object.Text, c.Args)
			return v, true
		case "split":
			if len(c.Args) == 0 || first.Kind == fact.Text && first.Text == " " {
				return words(object, v), true
			}
		case "encode":
			return fact.Value{Kind: fact.Bytes, Location: made.Location}, true
		case "strip", "rstrip", "lstrip":
			if len(c.Args) == 0 {
				v.Text = strings.TrimSpace(object.Text)
			}
			return v, true
		case "lower", "upper", "replace", "title", "capitalize", "removeprefix", "removesuffix":
			if name == "lower" {
				v.Text = strings.ToLower(object.Text)
			}
			return v, true
		}
	case object.Kind == fact.Dict && name == "copy", object.Kind == fact.List && name == "copy":
		return object, true
	case object.Kind == fact.Dict && name == "get" && len(c.Args) > 0:
		if key, ok := first.Literal(); ok && !object.Open {
			if field, ok := object.Field(key); ok {
				return field, true
			}
		}
	}
	return fact.Value{}, false
}

// joined is separator.join(list).
func joined(list fact.Value, separator string) string {
	if list.Kind != fact.List {
		return fact.Hole
	}
	var parts []string
	for _, item := range list.Items {
		parts = append(parts, textOf(item))
	}
	if len(parts)*len(separator) > maxText {
		return fact.Hole
	}
	if list.Open {
		parts = append(parts, fact.Hole)
	}
	return strings.Join(parts, separator)
}

// words are the words of a command line, as shlex.split cuts it.
func words(line, v fact.Value) fact.Value {
	v.Kind, v.Text = fact.List, ""
	if line.Kind != fact.Text {
		v.Open = true
		return v
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
		case c == quote:
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
	return v
}
