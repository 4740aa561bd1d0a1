package fix

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Changes reports whether all that the fix does is to change arguments of the resource.
func (f Fix) Changes(r *graph.Resource) bool {
	for _, e := range f.Edits {
		if e.Resource != r || e.Path == "" {
			return false
		}
	}
	return len(f.Edits) > 0
}

// Apply returns the arguments of a resource as the fix changes them; the resource itself stays as it is. It is an error
// if the fix does more than that, or needs a value that is not known.
func (f Fix) Apply(r *graph.Resource) (resource.PropertyMap, error) {
	if !f.Changes(r) {
		return nil, fmt.Errorf("the fix of %s is more than a change of its arguments", r)
	}
	fixed := r.Inputs.Copy()
	for _, e := range f.Edits {
		path, err := resource.ParsePropertyPath(e.Path)
		if err != nil {
			return nil, fmt.Errorf("reading the path %s: %w", e.Path, err)
		}
		name, _ := path[0].(string)
		key := resource.PropertyKey(name)
		if len(path) == 1 && e.Value == nil {
			if e.Rename != "" {
				fixed[resource.PropertyKey(e.Rename)] = fixed[key]
			}
			delete(fixed, key)
			continue
		}
		var before any
		if was, ok := fixed[key]; ok {
			before = fromProperty(was)
		}
		after, err := change(before, path[1:], e)
		if err == nil {
			fixed[key], err = toProperty(after)
		}
		if err != nil {
			return nil, fmt.Errorf("changing %s of %s: %w", e.Path, r, err)
		}
	}
	return fixed, nil
}

// fromProperty returns an argument as a value of a fix. What no fix looks into stays a property.
func fromProperty(v resource.PropertyValue) any {
	switch {
	case v.IsNull():
		return nil
	case v.IsBool():
		return v.BoolValue()
	case v.IsNumber():
		return v.NumberValue()
	case v.IsString():
		return v.StringValue()
	case v.IsSecret():
		return Secret{fromProperty(v.SecretValue().Element)}
	case v.IsArray():
		items := []any{}
		for _, item := range v.ArrayValue() {
			items = append(items, fromProperty(item))
		}
		return items
	case v.IsObject():
		o := Object{}
		for _, name := range v.ObjectValue().StableKeys() {
			o = append(o, Member{Name: string(name), Value: fromProperty(v.ObjectValue()[name])})
		}
		return o
	default:
		return v
	}
}

// toProperty returns a value as an argument. It is an error if a part of it is not known.
func toProperty(value any) (resource.PropertyValue, error) {
	switch v := value.(type) {
	case resource.PropertyValue:
		return v, nil
	case nil:
		return resource.NewNullProperty(), nil
	case bool:
		return resource.NewProperty(v), nil
	case int:
		return resource.NewProperty(float64(v)), nil
	case float64:
		return resource.NewProperty(v), nil
	case string:
		return resource.NewProperty(v), nil
	case Secret:
		inner, err := toProperty(v.Value)
		return resource.MakeSecret(inner), err
	case []any:
		items := []resource.PropertyValue{}
		for _, item := range v {
			inner, err := toProperty(item)
			if err != nil {
				return inner, err
			}
			items = append(items, inner)
		}
		return resource.NewProperty(items), nil
	case Object:
		o := resource.PropertyMap{}
		for _, m := range v {
			inner, err := toProperty(m.Value)
			if err != nil {
				return inner, err
			}
			o[resource.PropertyKey(m.Name)] = inner
		}
		return resource.NewProperty(o), nil
	case Output:
		known := v.Resource.Property(v.Property)
		if !known.Known() || known.HasUnknown() {
			return resource.PropertyValue{}, fmt.Errorf("%s of %s is not known yet", v.Property, v.Resource)
		}
		if known.Secret() {
			return resource.MakeSecret(known.Property()), nil
		}
		return known.Property(), nil
	case Joined:
		var b strings.Builder
		for _, part := range v {
			inner, err := toProperty(part)
			if err != nil {
				return inner, err
			}
			if !inner.IsString() {
				return inner, fmt.Errorf("a part of the text is no text")
			}
			b.WriteString(inner.StringValue())
		}
		return resource.NewProperty(b.String()), nil
	case JSON:
		text, err := v.encode()
		return resource.NewProperty(text), err
	default:
		return resource.PropertyValue{}, fmt.Errorf("it is to be chosen, or made by the program")
	}
}

// encode returns the value as JSON text, with the members of objects in order.
func (j JSON) encode() (string, error) {
	switch v := j.Value.(type) {
	case Object:
		members := make([]string, len(v))
		for i, m := range v {
			inner, err := JSON{m.Value}.encode()
			if err != nil {
				return "", err
			}
			members[i] = jsonText(m.Name) + ":" + inner
		}
		return "{" + strings.Join(members, ",") + "}", nil
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			inner, err := JSON{item}.encode()
			if err != nil {
				return "", err
			}
			items[i] = inner
		}
		return "[" + strings.Join(items, ",") + "]", nil
	case nil:
		return "null", nil
	default:
		known, err := toProperty(v)
		if err != nil {
			return "", err
		}
		if known.ContainsSecrets() || !known.IsString() && !known.IsBool() && !known.IsNumber() {
			return "", fmt.Errorf("a part of the document is no plain value")
		}
		return jsonText(known.V), nil
	}
}
