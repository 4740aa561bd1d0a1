package native

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Form is how aws-native spells a type of pulumi-aws.
type Form struct {
	// Type is the type of aws-native, and Of that of pulumi-aws.
	Type, Of graph.Type
	// Argument is the argument of Type that holds it if it is not a resource of its own, in a list if Many is set.
	// Owner is then the argument of pulumi-aws that refers to the resource of Type.
	Argument, Owner string
	Many            bool

	arguments, outputs shape
}

// Forms returns how aws-native spells a type of pulumi-aws: as a resource, as an argument of another one, or both.
func Forms(t graph.Type) []Form {
	var forms []Form
	for token, k := range kinds {
		if k.to == t {
			forms = append(forms, Form{Type: token, Of: t, arguments: k.arguments, outputs: k.outputs})
		}
		for _, p := range k.parts {
			if p.to == t {
				forms = append(forms, Form{Type: token, Of: t, Argument: p.argument, Owner: p.owner, Many: p.each, arguments: p.shape})
			}
		}
	}
	slices.SortFunc(forms, func(a, b Form) int { return strings.Compare(string(a.Type)+a.Argument, string(b.Type)+b.Argument) })
	return forms
}

// FormOf returns how a type of aws-native, as a resource, spells one of pulumi-aws.
func FormOf(token graph.Type) (Form, bool) {
	k, ok := kinds[token]
	return Form{Type: token, Of: k.to, arguments: k.arguments, outputs: k.outputs}, ok
}

// Computed returns the outputs of pulumi-aws that aws-native also has and that are not arguments.
func (f Form) Computed(outputs resource.PropertyMap) resource.PropertyMap {
	computed := resource.PropertyMap{}
	f.outputs.restoreInto(computed, valueOf(outputs))
	return computed
}

// Arguments returns arguments of pulumi-aws in the spelling of aws-native: the reverse of Adapt.
func (f Form) Arguments(arguments resource.PropertyMap) resource.PropertyValue {
	v := valueOf(arguments)
	if whole, ok := f.arguments.itself(); ok {
		return put(v.Get(whole.name))
	}
	return resource.NewProperty(f.arguments.restore(v))
}

// Outputs returns outputs of pulumi-aws in the spelling of aws-native.
func (f Form) Outputs(outputs resource.PropertyMap) resource.PropertyMap {
	restored := f.arguments.restore(valueOf(outputs))
	maps.Copy(restored, f.Computed(outputs))
	return restored
}

// Roots returns the arguments of aws-native that contain an argument of pulumi-aws.
func (f Form) Roots(argument string) []string {
	var roots []string
	for _, m := range f.arguments {
		if root(m.name) == argument {
			roots = append(roots, m.root())
		}
	}
	if len(roots) == 0 {
		return []string{argument}
	}
	return roots
}

// itself returns the member that makes up a whole object in aws-native.
func (s shape) itself() (member, bool) {
	if len(s) == 1 && s[0].native == "" {
		return s[0], true
	}
	return member{}, false
}

// restore returns an object of pulumi-aws as aws-native spells it.
func (s shape) restore(v graph.Value) resource.PropertyMap {
	restored := resource.PropertyMap{}
	if v.IsObject() {
		for key, value := range v.Property().ObjectValue() {
			if !s.names(string(key)) {
				restored[key] = sameSecret(v, value)
			}
		}
	}
	s.restoreInto(restored, v)
	return restored
}

// restoreInto adds the members that are spelt differently.
func (s shape) restoreInto(restored resource.PropertyMap, v graph.Value) {
	for _, m := range s {
		value := valueAt(v, m.name)
		if m.name == "" || value.Absent() {
			continue
		}
		got := m.restore(value, valueAt(valueOf(restored), m.native))
		path := strings.Split(m.native, ".")
		if list, ok := strings.CutSuffix(path[len(path)-1], "[0]"); ok {
			path[len(path)-1], got = list, resource.NewProperty([]resource.PropertyValue{got})
		}
		set(restored, path, got)
	}
}

func (m member) restore(v, before graph.Value) resource.PropertyValue {
	switch {
	case m.as != nil:
		return sameSecret(v, m.as.restore(v, before).Property())
	case m.shape != nil && v.IsList():
		items := []resource.PropertyValue{}
		for _, item := range v.Items() {
			items = append(items, member{shape: m.shape}.restore(item, graph.Value{}))
		}
		return sameSecret(v, resource.NewProperty(items))
	case m.shape != nil && v.IsObject():
		return sameSecret(v, resource.NewProperty(m.shape.restore(v)))
	default:
		return put(v)
	}
}
