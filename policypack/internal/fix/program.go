package fix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Program is a small Pulumi program as data: the examples of rules are such, and can be spelt in every language. Its
// values name its own resources by NewOutput.
type Program struct {
	Name      string
	Resources []*Declared
	Outputs   Object
}

// Declared is a resource of a program.
type Declared struct {
	*Declaration
	// After are the resources that it waits for.
	After []*Declaration
	// Comment is what the program says above it.
	Comment string
}

// Find returns the resource that the program declares under a type and a name, or nil.
func (p *Program) Find(t graph.Type, name string) *Declared {
	i := slices.IndexFunc(p.Resources, func(d *Declared) bool { return d.Type == t && d.Name == name })
	if i < 0 {
		return nil
	}
	return p.Resources[i]
}

// Apply changes the program as a fix of one of its findings says. What is to be chosen, choose decides.
func (p *Program) Apply(f Fix, choose func(Choice) string) error {
	a := application{p, map[*Declaration]*Declaration{}, choose}
	for _, e := range f.Edits {
		if e.Add != nil {
			a.added[e.Add] = &Declaration{Type: e.Add.Type, Name: e.Add.Name}
		}
	}
	for _, e := range f.Edits {
		if e.Add != nil {
			arguments, err := a.value(e.Add.Arguments)
			if err != nil {
				return fmt.Errorf("declaring %s: %w", e.Add.Name, err)
			}
			a.added[e.Add].Arguments, _ = arguments.(Object)
			p.Resources = append(p.Resources, &Declared{Declaration: a.added[e.Add]})
			continue
		}
		at := p.Find(e.Resource.Type, e.Resource.Name)
		if at == nil {
			return fmt.Errorf("the program does not declare %s", e.Resource)
		}
		for _, r := range e.After {
			other := p.Find(r.Type, r.Name)
			if other == nil {
				return fmt.Errorf("the program does not declare %s", r)
			}
			at.After = append(at.After, other.Declaration)
		}
		for _, d := range e.AfterNew {
			at.After = append(at.After, a.added[d])
		}
		if e.Path == "" {
			continue
		}
		value, err := a.value(e.Value)
		if err != nil {
			return fmt.Errorf("setting %s of %s: %w", e.Path, e.Resource, err)
		}
		path, err := resource.ParsePropertyPath(e.Path)
		if err != nil {
			return fmt.Errorf("reading the path %s: %w", e.Path, err)
		}
		e.Value = value
		changed, err := change(at.Arguments, path, e)
		if err != nil {
			return fmt.Errorf("changing %s of %s: %w", e.Path, e.Resource, err)
		}
		at.Arguments, _ = changed.(Object)
	}
	return nil
}

// application is the application of a fix to a program.
type application struct {
	program *Program
	// added are the resources of the program by the declarations of the fix.
	added  map[*Declaration]*Declaration
	choose func(Choice) string
}

// value returns a value of a fix as one of the program.
func (a application) value(value any) (any, error) {
	switch v := value.(type) {
	case Output:
		d := a.program.Find(v.Resource.Type, v.Resource.Name)
		if d == nil {
			return nil, fmt.Errorf("the program does not declare %s", v.Resource)
		}
		return NewOutput{Declaration: d.Declaration, Property: v.Property}, nil
	case NewOutput:
		return NewOutput{Declaration: a.added[v.Declaration], Property: v.Property}, nil
	case Choice:
		return a.choose(v), nil
	case Object:
		o := make(Object, len(v))
		for i, m := range v {
			inner, err := a.value(m.Value)
			if err != nil {
				return nil, err
			}
			o[i] = Member{Name: m.Name, Value: inner}
		}
		return o, nil
	case []any:
		items := make([]any, len(v))
		for i, item := range v {
			inner, err := a.value(item)
			if err != nil {
				return nil, err
			}
			items[i] = inner
		}
		return items, nil
	case Joined:
		parts, err := a.value([]any(v))
		joined, _ := parts.([]any)
		return Joined(joined), err
	case JSON:
		inner, err := a.value(v.Value)
		return JSON{inner}, err
	case Secret:
		inner, err := a.value(v.Value)
		return Secret{inner}, err
	default:
		return v, nil
	}
}

// change returns a value with the one at a path in it changed as an edit says. The value itself stays as it is.
func change(in any, path resource.PropertyPath, e Edit) (any, error) {
	if len(path) == 0 {
		if !e.Append {
			return e.Value, nil
		}
		switch in := in.(type) {
		case nil:
			return []any{e.Value}, nil
		case []any:
			return append(slices.Clone(in), e.Value), nil
		case Object, string: // a list of one in a policy, without its brackets
			return []any{in, e.Value}, nil
		default:
			return nil, fmt.Errorf("it is computed")
		}
	}
	switch v := in.(type) {
	case JSON:
		inner, err := change(v.Value, path, e)
		return JSON{inner}, err
	case Secret:
		inner, err := change(v.Value, path, e)
		return Secret{inner}, err
	case string:
		document, err := ParseJSON(v)
		if err != nil {
			return nil, err
		}
		inner, err := change(document, path, e)
		return JSON{inner}, err
	case nil:
		if _, isName := path[0].(string); isName {
			return change(Object{}, path, e)
		}
	case Object:
		if i, isIndex := path[0].(int); isIndex && i == 0 {
			return change(v, path[1:], e)
		}
		if name, isName := path[0].(string); isName {
			return changeMember(v, name, path[1:], e)
		}
	case []any:
		if i, isIndex := path[0].(int); isIndex && i >= 0 && i < len(v) {
			return changeItem(v, i, path[1:], e)
		}
		if _, isName := path[0].(string); isName && len(v) == 1 {
			return changeItem(v, 0, path, e)
		}
	}
	return nil, fmt.Errorf("there is no %v in %T", path[0], in)
}

func changeMember(o Object, name string, path resource.PropertyPath, e Edit) (any, error) {
	i := slices.IndexFunc(o, func(m Member) bool { return m.Name == name })
	if len(path) == 0 && e.Value == nil {
		if i < 0 && e.Rename != "" {
			return o, nil // another fix has removed it
		}
		if i < 0 {
			if e.Rename != "" {
				return o, nil // another fix has removed it
			}
			return nil, fmt.Errorf("there is no %s", name)
		}
		o = slices.Clone(o)
		if e.Rename == "" {
			return slices.Delete(o, i, i+1), nil
		}
		o[i].Name = e.Rename
		return o, nil
	}
	member := Member{Name: name}
	if i >= 0 {
		member = o[i]
	}
	changed, err := change(member.Value, path, e)
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", name, err)
	}
	o, member.Value = slices.Clone(o), changed
	if i < 0 {
		return append(o, member), nil
	}
	o[i] = member
	return o, nil
}

func changeItem(list []any, i int, path resource.PropertyPath, e Edit) (any, error) {
	list = slices.Clone(list)
	if len(path) == 0 && e.Value == nil {
		return slices.Delete(list, i, i+1), nil
	}
	changed, err := change(list[i], path, e)
	if err != nil {
		return nil, fmt.Errorf("in item %d: %w", i, err)
	}
	list[i] = changed
	return list, nil
}

// Text returns the program in a dialect.
func (p *Program) Text(d Dialect) string {
	resources := p.ordered()
	c := &code{Dialect: d, names: map[any]string{}}
	l := c.language()
	taken := map[string]bool{}
	for _, output := range p.Outputs {
		taken[output.Name] = d.Language == NodeJS // whose outputs are variables, too
	}
	for _, r := range p.Resources {
		c.names[r.Declaration] = c.unique(r.Name, r.Type, taken)
		taken[c.names[r.Declaration]] = true
	}
	referred := p.referred()
	var parts []string
	for _, r := range resources {
		variable := c.names[r.Declaration]
		if !referred[r.Declaration] && d.Language != YAML {
			variable = ""
		}
		var after []string
		for _, other := range r.After {
			after = append(after, c.names[other])
		}
		part := l.declare(variable, r.Declaration, after)
		if r.Comment != "" {
			part = l.comment(r.Comment) + "\n" + part
		}
		parts = append(parts, part)
	}
	for _, output := range p.Outputs {
		parts = append(parts, l.output(output.Name, output.Value))
	}
	return l.program(p, parts)
}

// referred returns the resources that others, or the outputs, name.
func (p *Program) referred() map[*Declaration]bool {
	referred := map[*Declaration]bool{}
	note := func(v any) {
		if o, ok := v.(NewOutput); ok {
			referred[o.Declaration] = true
		}
	}
	for _, r := range p.Resources {
		walk(r.Arguments, note)
		for _, other := range r.After {
			referred[other] = true
		}
	}
	walk(p.Outputs, note)
	return referred
}

// ordered returns the resources each after those that it names, and as the program has them otherwise.
func (p *Program) ordered() []*Declared {
	var ordered []*Declared
	done := map[*Declaration]bool{}
	var visit func(d *Declaration)
	visit = func(d *Declaration) {
		i := slices.IndexFunc(p.Resources, func(r *Declared) bool { return r.Declaration == d })
		if done[d] || i < 0 {
			return
		}
		done[d] = true
		walk(d.Arguments, func(v any) {
			if o, ok := v.(NewOutput); ok {
				visit(o.Declaration)
			}
		})
		for _, other := range p.Resources[i].After {
			visit(other)
		}
		ordered = append(ordered, p.Resources[i])
	}
	for _, r := range p.Resources {
		visit(r.Declaration)
	}
	return ordered
}

// uses reports whether a value in the program satisfies the condition.
func (p *Program) uses(is func(any) bool) bool {
	found := false
	note := func(v any) { found = found || is(v) }
	for _, r := range p.Resources {
		walk(r.Arguments, note)
	}
	walk(p.Outputs, note)
	return found
}

// usesPulumi reports whether the text of a program names the package pulumi.
func usesPulumi(parts []string) bool {
	return strings.Contains(strings.Join(parts, "\n"), "pulumi.")
}
