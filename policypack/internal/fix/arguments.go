package fix

import (
	_ "embed" // for the table
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// argumentsText is the arguments of the resources that rules know, which `make schema` writes.
//
//go:embed arguments.json
var argumentsText []byte

// argumentTable lists the arguments that resources take, in the newest version of pulumi-aws. Earlier ones have the
// same, under the same names, as far as fixes use them.
type argumentTable struct {
	// V2 are the types whose class has the suffix V2 in the versions before 7.
	V2 []graph.Type `json:"v2"`
	// Resources are the arguments by type, and Objects the nested types by module and name.
	Resources map[graph.Type]map[string]argumentType        `json:"resources"`
	Objects   map[string]map[string]map[string]argumentType `json:"objects"`
}

// arguments returns the table. It is read when a fix is first put into words.
var arguments = sync.OnceValue(func() (table argumentTable) {
	if err := json.Unmarshal(argumentsText, &table); err != nil {
		panic(fmt.Errorf("reading the embedded table of arguments: %w", err))
	}
	return table
})

// argumentType is the type of an argument in the notation of the table: string, integer, number, bool, any or asset;
// `[]` or `map[]` before the type of the elements; `#` before the name of a nested object; `!` at the end when the
// argument must be given. It is empty for one that the table does not have.
type argumentType string

// plain is the type of what is no argument of its own, but inside of a text in JSON or an archive.
const plain argumentType = "plain"

// free reports whether values of the type have whatever members a program gives them.
func (t argumentType) free() bool { return t.kind() == "any" || t == plain }

func (t argumentType) required() bool { return strings.HasSuffix(string(t), "!") }

func (t argumentType) kind() argumentType { return argumentType(strings.TrimSuffix(string(t), "!")) }

func (t argumentType) element() (argumentType, bool) { return t.cut("[]") }

func (t argumentType) mapped() (argumentType, bool) { return t.cut("map[]") }

func (t argumentType) object() (name string, ok bool) {
	cut, ok := t.cut("#")
	return string(cut), ok
}

func (t argumentType) cut(prefix string) (argumentType, bool) {
	rest, ok := strings.CutPrefix(string(t.kind()), prefix)
	return argumentType(rest), ok
}

// scope is where a value stands: in the arguments of a resource of a type.
type scope struct {
	resource graph.Type
	module   string
}

func scopeOf(t graph.Type) scope {
	module, _ := Dialect{}.class(t)
	return scope{t, module}
}

// argument returns the type of an argument of the resource.
func (s scope) argument(name string) argumentType { return arguments().Resources[s.resource][name] }

// member returns the type of a member of a value.
func (s scope) member(of argumentType, name string) argumentType {
	if of.free() {
		return of
	}
	if elem, ok := of.mapped(); ok {
		return elem
	}
	if elem, ok := of.element(); ok {
		return s.member(elem, name) // providers spell a single nested block either way
	}
	object, _ := of.object()
	return arguments().Objects[s.module][object][name]
}

// Missing returns the arguments that the declaration must have and lacks.
func (d *Declaration) Missing() []string {
	s := scopeOf(d.Type)
	var missing []string
	for name, t := range arguments().Resources[d.Type] {
		if t.required() && !d.Arguments.names(name) {
			missing = append(missing, name)
		}
	}
	for _, m := range d.Arguments {
		missing = append(missing, s.missing(m.Name, s.argument(m.Name), m.Value)...)
	}
	return missing
}

// missing returns the members that a value of a type must have and lacks.
func (s scope) missing(at string, t argumentType, value any) []string {
	var missing []string
	switch v := value.(type) {
	case []any:
		elem, _ := t.element()
		for i, item := range v {
			missing = append(missing, s.missing(fmt.Sprintf("%s[%d]", at, i), elem, item)...)
		}
	case Object:
		object, _ := t.object()
		for name, t := range arguments().Objects[s.module][object] {
			if t.required() && !v.names(name) {
				missing = append(missing, at+"."+name)
			}
		}
		for _, m := range v {
			missing = append(missing, s.missing(at+"."+m.Name, s.member(t, m.Name), m.Value)...)
		}
	}
	return missing
}

// Typed reports whether the classes of the resources have all the arguments that the program gives them. If not, a
// compiler refuses it, and it can be shown in a language without one only.
func (p *Program) Typed() bool {
	for _, r := range p.Resources {
		s := scopeOf(r.Type)
		for _, m := range r.Arguments {
			if !s.has(s.argument(m.Name), m.Value) {
				return false
			}
		}
	}
	return true
}

// has reports whether a type has the members that a value has.
func (s scope) has(t argumentType, value any) bool {
	switch v := value.(type) {
	case []any:
		elem, _ := t.element()
		for _, item := range v {
			if !s.has(elem, item) {
				return false
			}
		}
	case Object:
		for _, m := range v {
			if !s.has(s.member(t, m.Name), m.Value) {
				return false
			}
		}
	}
	return t != ""
}

// names reports whether the object has a member of that name.
func (o Object) names(name string) bool {
	return slices.ContainsFunc(o, func(m Member) bool { return m.Name == name })
}
