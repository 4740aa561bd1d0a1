package fix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// codeIndent is what stands before each line of code in the text of a fix.
const codeIndent = "    "

// Text returns the fix of a finding on a resource as a program in the dialect has it, as in set versioning_configuration=
// {"status": "Enabled"}. It is one line; code that does not fit on it stands on lines of its own, which are indented by
// four spaces.
func (f Fix) Text(d Dialect, on *graph.Resource) string {
	text, _ := f.spell(d, on)
	return text
}

// Code returns the pieces of code in the text of the fix.
func (f Fix) Code(d Dialect) []string {
	_, pieces := f.spell(d, nil)
	return pieces
}

func (f Fix) spell(d Dialect, on *graph.Resource) (text string, pieces []string) {
	c := newCode(d, f)
	var steps []string
	for i := 0; i < len(f.Edits); i++ {
		last := i // of the arguments of one resource that are set side by side
		for last+1 < len(f.Edits) && f.Edits[i].sets() && f.Edits[last+1].sets() && f.Edits[last+1].Resource == f.Edits[i].Resource {
			last++
		}
		step := c.step(f, f.Edits[i:last+1])
		if r := f.Edits[i].Resource; r != nil && r != on {
			step = "at " + r.String() + ", " + step
		}
		steps = append(steps, step)
		i = last
	}
	if f.Advice != "" {
		steps = append(steps, f.Advice)
	}
	if strings.Contains(strings.Join(steps, ""), "\n") {
		return strings.Join(steps, "\n"), c.pieces
	}
	return strings.Join(steps, "; "), c.pieces
}

// newCode returns the code for the edits of a fix.
func newCode(d Dialect, f Fix) *code {
	resources := f.Resources()
	c := &code{Dialect: dialectOf(d, resources), names: map[any]string{}}
	taken := map[string]bool{}
	for _, r := range resources {
		c.names[r] = c.identifier(r.Name, r.Type)
		taken[c.names[r]] = true
	}
	for _, e := range f.Edits {
		if e.Add != nil {
			c.names[e.Add] = c.unique(e.Add.Name, e.Add.Type, taken)
			taken[c.names[e.Add]] = true
		}
	}
	return c
}

// unique returns a variable for a resource that no other has: uploadsVersioning for the BucketVersioning of a bucket in
// the variable uploads.
func (c *code) unique(name string, t graph.Type, taken map[string]bool) string {
	spelt := c.identifier(name, t)
	if !taken[spelt] {
		return spelt
	}
	words := text.Words(t.Short())
	if len(words) > 1 {
		words = words[1:]
	}
	spelt = c.join(append(text.Words(name), words...))
	for n := 2; taken[spelt]; n++ {
		spelt = c.join(append(text.Words(name), append(words, fmt.Sprint(n))...))
	}
	return spelt
}

// Resources returns the resources of the stack that the fix names.
func (f Fix) Resources() []*graph.Resource {
	var all []*graph.Resource
	for _, e := range f.Edits {
		if e.Resource != nil {
			all = append(all, e.Resource)
		}
		all = append(all, e.After...)
		value := e.Value
		if e.Add != nil {
			value = e.Add.Arguments
		}
		walk(value, func(v any) {
			if o, ok := v.(Output); ok {
				all = append(all, o.Resource)
			}
		})
	}
	return all
}

// walk calls visit with a value and every value in it.
func walk(value any, visit func(any)) {
	visit(value)
	switch v := value.(type) {
	case Object:
		for _, m := range v {
			walk(m.Value, visit)
		}
	case AssetArchive:
		walk(Object(v), visit)
	case []any:
		for _, item := range v {
			walk(item, visit)
		}
	case Joined:
		walk([]any(v), visit)
	case JSON:
		walk(v.Value, visit)
	case Secret:
		walk(v.Value, visit)
	}
}

// sets reports whether the edit sets an argument.
func (e Edit) sets() bool { return e.Resource != nil && e.Value != nil && !e.Append && e.Rename == "" }

// isReferred reports whether another edit of the fix names the resource that one adds.
func (f Fix) isReferred(d *Declaration) bool {
	referred := false
	for _, e := range f.Edits {
		referred = referred || slices.Contains(e.AfterNew, d)
		value := e.Value
		if e.Add != nil {
			value = e.Add.Arguments
		}
		walk(value, func(v any) {
			if o, ok := v.(NewOutput); ok && o.Declaration == d {
				referred = true
			}
		})
	}
	return referred
}

// step returns one edit in words, or those that set arguments of one resource.
func (c *code) step(f Fix, edits []Edit) string {
	e := edits[0]
	switch {
	case e.Add != nil:
		return c.declareStep(e.Add, f.isReferred(e.Add))
	case len(e.After)+len(e.AfterNew) > 0:
		return c.waitStep(e)
	case e.Rename != "":
		at := c.place(e.Resource, e.Path)
		return at.container() + "write " + at.renamed(e.Rename) + " instead of " + at.name()
	case e.Append:
		at := c.place(e.Resource, e.Path)
		return c.withValue("add", at.value(e.Value), "to "+at.String())
	case e.Value == nil:
		at := c.place(e.Resource, e.Path)
		return at.container() + "remove " + at.name()
	}
	var sets []string
	var before string
	for _, e := range edits {
		at := c.place(e.Resource, e.Path)
		value := at.named(e.Value)
		if len(edits) == 1 {
			return at.container() + c.withValue("set", value, "")
		}
		words := ""
		if len(sets) == 0 || at.container() != before {
			words = at.container() + "set "
		}
		before = at.container()
		sets = append(sets, words+c.piece(value.line()))
	}
	return strings.Join(sets, ", ")
}

// withValue returns words before and after a piece of code, which stands on lines of its own if it does not fit.
func (c *code) withValue(before string, value node, after string) string {
	if after != "" {
		after = " " + after
	}
	if c.language() == nil {
		return before + " " + value.line() + after
	}
	lines := value.lines("", c.indent(), 0)
	if c.Language == Go {
		lines = strings.TrimPrefix(gofmt("_ = "+lines), "_ = ")
	}
	if strings.Contains(lines, "\n") {
		return before + after + ":\n" + indented(c.piece(lines))
	}
	return before + " " + c.piece(value.line()) + after
}

// piece notes a piece of code.
func (c *code) piece(code string) string {
	c.pieces = append(c.pieces, code)
	return code
}

func (c *code) indent() string {
	if c.Language == Go {
		return goIndent
	}
	return pythonIndent
}

func indented(lines string) string {
	return codeIndent + strings.ReplaceAll(lines, "\n", "\n"+codeIndent)
}

func (c *code) declareStep(d *Declaration, referred bool) string {
	l := c.language()
	if l == nil {
		module, class := c.class(d.Type)
		pkg, _, _ := strings.Cut(string(d.Type), ":")
		with := neutral{c}.value(scope{}, "", d.Arguments).line()
		named := ""
		if referred {
			named = " " + c.names[d]
		}
		return "declare an " + pkg + "." + module + "." + class + named + " with " + strings.TrimSuffix(strings.TrimPrefix(with, "{"), "}")
	}
	variable := ""
	if referred || c.Language == YAML {
		variable = c.names[d]
	}
	return "declare:\n" + indented(c.piece(l.declare(variable, d, nil)))
}

func (c *code) waitStep(e Edit) string {
	var names, variables []string
	for _, r := range e.After {
		names, variables = append(names, r.String()), append(variables, c.variable(r, nil))
	}
	for _, d := range e.AfterNew {
		names, variables = append(names, d.Type.Short()+" '"+d.Name+"'"), append(variables, c.variable(nil, d))
	}
	l := c.language()
	if l == nil {
		return "add " + strings.Join(names, ", ") + " to its dependsOn"
	}
	return "add the option " + c.piece(l.wait(variables))
}

// place is an argument of a resource, or a part of one.
type place struct {
	l    language
	s    scope
	path resource.PropertyPath
	// types are those of the values that path leads through: that of the resource's arguments, which has no name, first.
	types []argumentType
	// split is how much of the path leads to the object that the edit leaves as it is otherwise.
	split int
}

// place returns the place at a path in the arguments of a resource, as the program declares it.
func (c *code) place(r *graph.Resource, at string) place {
	at, r = r.DeclaredPath(at), r.Declared()
	path, err := resource.ParsePropertyPath(at)
	if err != nil || len(path) == 0 {
		path = resource.PropertyPath{at}
	}
	p := place{l: c.language(), s: scopeOf(r.Type), path: path, types: []argumentType{""}}
	if p.l == nil {
		p.l = neutral{c}
	}
	value := graph.NewValue(resource.NewProperty(r.Inputs))
	for i, step := range path {
		in, t := p.types[i], argumentType("")
		switch step := step.(type) {
		case int:
			t, _ = in.element()
			if in.free() {
				t = in
			}
			value, p.split = value.At(step), i+1
		case string:
			t = p.s.member(in, step)
			if i == 0 {
				t = p.s.argument(step)
			}
			if keys := value.Keys(); i > 0 && len(keys) > 0 && (len(keys) > 1 || keys[0] != step) {
				p.split = i
			}
			value = value.Get(step)
			if t == "" && strings.HasSuffix(strings.ToLower(step), "policydocument") { // of aws-native
				t = "any"
			}
		}
		if i+1 < len(path) && (t.kind() == "string" || t.kind() == "any") {
			t, p.split = plain, i+1 // a text in JSON
			if document, ok := value.JSON(); ok {
				value = document
			}
		}
		p.types = append(p.types, t)
	}
	if p.split == len(path) && len(path) > 1 {
		p.split-- // an item of a list is replaced as a whole
	}
	return p
}

// String returns the path as the language spells it.
func (p place) String() string { return p.spell(0, len(p.path)) }

func (p place) spell(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		switch step := p.path[i].(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			if b.Len() > 0 {
				b.WriteString(".")
			}
			b.WriteString(p.l.path(p.s, p.types[i], step))
		}
	}
	return b.String()
}

// container returns the words for the object that the edit leaves as it is otherwise; none when that is the resource.
func (p place) container() string {
	if p.split == 0 {
		return ""
	}
	return "in " + p.spell(0, p.split) + ", "
}

// name returns the rest of the path.
func (p place) name() string { return p.spell(p.split, len(p.path)) }

// renamed returns another name for what stands at the place.
func (p place) renamed(name string) string { return p.l.path(p.s, p.types[len(p.path)-1], name) }

// value spells a value that stands at the place, or is an item of the list there.
func (p place) value(v any) node {
	t := p.types[len(p.path)]
	if elem, ok := t.element(); ok {
		t = elem
	}
	return p.l.value(p.s, t, v)
}

// named spells the argument, or the member of the object that is left as it is otherwise, with a value.
func (p place) named(v any) node {
	last := len(p.path) - 1
	if _, isItem := p.path[last].(int); isItem {
		return p.l.value(p.s, p.types[last+1], v).around(p.spell(p.split, len(p.path))+" = ", "")
	}
	value := v
	for i := last; i > p.split; i-- {
		name, _ := p.path[i].(string)
		value = Object{{Name: name, Value: value}}
	}
	name, _ := p.path[p.split].(string)
	return p.l.named(p.s, p.types[p.split], name, p.l.value(p.s, p.types[p.split+1], value))
}

// jsonText returns a value as JSON that nothing is escaped in for HTML.
func jsonText(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
