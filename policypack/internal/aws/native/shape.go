package native

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// shape is how the members of an object are spelt. Members that it does not list are spelt the same.
type shape []member

// member is one member of an object, or of each object in a list.
type member struct {
	// name is its path in the object of pulumi-aws: "versioningConfiguration.status". It is empty for a member that
	// pulumi-aws does not have.
	name string
	// native is its path in the object of aws-native: "rules[0]", "metricStat.period". The empty path is the object
	// itself.
	native string
	// shape is how its own members are spelt; nil if they are spelt the same.
	shape shape
	// as converts its value to that of pulumi-aws and back; nil if it is the same.
	as *conversion
}

// conversion converts values that are spelt differently.
type conversion struct {
	// adapt returns a value of aws-native in the spelling of pulumi-aws. It is not called for an absent value, nor for
	// an unknown one, which stays unknown.
	adapt func(graph.Value) graph.Value
	// restore returns a value in the spelling of aws-native. Its argument before is what other members of the same path
	// were converted to.
	restore func(v, before graph.Value) graph.Value
}

// renamed returns the shape of members that differ in their names only: "name native" for each.
func renamed(names ...string) shape {
	s := make(shape, 0, len(names))
	for _, pair := range names {
		name, native, _ := strings.Cut(pair, " ")
		s = append(s, member{name: name, native: native})
	}
	return s
}

// alike returns the shape of members that have the same names. It is for parts: an unknown part must have all of its
// members.
func alike(names ...string) shape {
	s := make(shape, 0, len(names))
	for _, name := range names {
		s = append(s, member{name: name, native: name})
	}
	return s
}

// root returns the member of aws-native's object at the start of the path.
func (m member) root() string { return root(m.native) }

func root(path string) string {
	if end := strings.IndexAny(path, ".["); end >= 0 {
		return path[:end]
	}
	return path
}

// names reports whether a member is the argument of that name, or inside it.
func (s shape) names(argument string) bool {
	return slices.ContainsFunc(s, func(m member) bool { return root(m.name) == argument })
}

// convert returns the members of an aws-native object as pulumi-aws spells them, with those that are spelt the same
// unchanged. For an unknown object, the members that are spelt differently are unknown.
func (s shape) convert(v graph.Value) resource.PropertyMap {
	moved := map[resource.PropertyKey]bool{}
	for _, m := range s {
		moved[resource.PropertyKey(m.root())] = true
	}
	alike := resource.PropertyMap{}
	if v.IsObject() {
		for key, value := range v.Property().ObjectValue() {
			if !moved[key] {
				alike[key] = sameSecret(v, value)
			}
		}
	}
	s.convertInto(alike, v)
	return alike
}

// convertInto adds the members that are spelt differently.
func (s shape) convertInto(converted resource.PropertyMap, v graph.Value) {
	for _, m := range s {
		if got := m.convert(valueAt(v, m.native)); m.name != "" && !got.IsNull() {
			set(converted, strings.Split(m.name, "."), got)
		}
	}
}

// set sets the value at a path of names.
func set(object resource.PropertyMap, path []string, value resource.PropertyValue) {
	key := resource.PropertyKey(path[0])
	if len(path) == 1 {
		object[key] = value
		return
	}
	if !object[key].IsObject() {
		object[key] = resource.NewProperty(resource.PropertyMap{})
	}
	set(object[key].ObjectValue(), path[1:], value)
}

// convert returns the value of a member as pulumi-aws spells it.
func (m member) convert(v graph.Value) resource.PropertyValue {
	switch {
	case m.as != nil && v.Known():
		converted := m.as.adapt(v)
		if v.Secret() {
			return resource.MakeSecret(converted.Property())
		}
		return put(converted)
	case m.shape != nil && v.IsList():
		items := make([]resource.PropertyValue, 0, len(v.Items()))
		for _, item := range v.Items() {
			items = append(items, member{shape: m.shape}.convert(item))
		}
		return sameSecret(v, resource.NewProperty(items))
	case m.shape != nil && v.IsObject():
		return sameSecret(v, resource.NewProperty(m.shape.convert(v)))
	default:
		return put(v)
	}
}

func sameSecret(v graph.Value, converted resource.PropertyValue) resource.PropertyValue {
	if v.Secret() {
		return resource.MakeSecret(converted)
	}
	return converted
}

// step is one step of a path: to a member, or to an item of a list.
type step struct {
	name  string
	index int
}

// steps returns the steps of a path.
func steps(path string) []step {
	var all []step
	for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' }) {
		if digits, isIndex := strings.CutSuffix(part, "]"); isIndex {
			if i, err := strconv.Atoi(digits); err == nil {
				all = append(all, step{index: i})
				continue
			}
		}
		all = append(all, step{name: part})
	}
	return all
}

// valueAt returns the value at a path.
func valueAt(v graph.Value, path string) graph.Value {
	for _, s := range steps(path) {
		if s.name == "" {
			v = v.At(s.index)
		} else {
			v = v.Get(s.name)
		}
	}
	return v
}

// declaredPath returns the path in aws-native of what pulumi-aws has at a path. It ends at a value that is converted.
func (s shape) declaredPath(path string) string {
	var found *member
	for i, m := range s {
		if m.name == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(path, m.name); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			if found == nil || len(m.name) > len(found.name) {
				found = &s[i]
			}
		} else if below, ok := strings.CutPrefix(m.name, path+"."); ok {
			return m.above(strings.Count(below, ".") + 1)
		}
	}
	if found == nil {
		return path
	}
	if found.as != nil {
		return found.native
	}
	rest := strings.TrimPrefix(path[len(found.name):], ".")
	if index, inItem, ok := cutIndex(rest); ok {
		return join(found.native+index, found.shape.declaredPath(inItem))
	}
	if rest == "" {
		return found.native
	}
	return join(found.native, found.shape.declaredPath(rest))
}

// above returns the path in aws-native of the object that is that many names above the member in pulumi-aws.
func (m member) above(names int) string {
	parts := strings.Split(m.native, ".")
	if len(parts) > names {
		return strings.Join(parts[:len(parts)-names], ".")
	}
	if m.root() == root(m.name) {
		return m.root()
	}
	return ""
}

// cutIndex returns the index at the start of a path, and the rest of the path.
func cutIndex(path string) (index, rest string, ok bool) {
	end := strings.IndexByte(path, ']')
	if !strings.HasPrefix(path, "[") || end < 0 {
		return "", path, false
	}
	return path[:end+1], strings.TrimPrefix(path[end+1:], "."), true
}
