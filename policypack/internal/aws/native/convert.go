package native

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// pairs returns the conversion of a list of objects with two members, {key: …, value: …}, to a map.
func pairs(key, value string) *conversion {
	return &conversion{
		adapt: func(v graph.Value) graph.Value {
			all := resource.PropertyMap{}
			for _, item := range v.Items() {
				name, known := item.Get(key).Str()
				if !known || item.Get(key).Secret() {
					return unknownAs(v) // a name is not known
				}
				all[resource.PropertyKey(name)] = put(item.Get(value))
			}
			return graph.NewValue(resource.NewProperty(all))
		},
		restore: func(v, _ graph.Value) graph.Value {
			if v.Unknown() {
				return v
			}
			items := []resource.PropertyValue{}
			for _, name := range v.Keys() {
				items = append(items, resource.NewProperty(resource.PropertyMap{
					resource.PropertyKey(key): resource.NewProperty(name), resource.PropertyKey(value): put(v.Get(name)),
				}))
			}
			return graph.NewValue(resource.NewProperty(items))
		},
	}
}

// tags is the member for the tags of any resource.
var tags = member{name: "tags", native: "tags", as: pairs("key", "value")}

// unknownAs returns the unknown value, which is secret if v is.
func unknownAs(v graph.Value) graph.Value {
	return graph.NewValue(sameSecret(v, unknown()))
}

// inList converts a value to a list of that value, and outOfList does the reverse. A list of several items stays as it
// is.
var (
	inList    = &conversion{adapt: wrap, restore: func(v, _ graph.Value) graph.Value { return unwrap(v) }}
	outOfList = &conversion{adapt: unwrap, restore: func(v, _ graph.Value) graph.Value { return wrap(v) }}
)

func wrap(v graph.Value) graph.Value {
	if v.IsList() || v.Unknown() {
		return v
	}
	return graph.NewValue(resource.NewProperty([]resource.PropertyValue{put(v)}))
}

func unwrap(v graph.Value) graph.Value {
	if v.IsList() && len(v.Items()) == 1 {
		return v.At(0)
	}
	return v
}

// words returns the conversion of one set of keywords to another. A word that is not in the set stays as it is.
func words(toNative map[string]string) *conversion {
	from := map[string]string{}
	for word, native := range toNative {
		from[native] = word
	}
	translate := func(table map[string]string) func(graph.Value) graph.Value {
		return func(v graph.Value) graph.Value {
			text, _ := v.Str()
			if word, ok := table[text]; ok {
				return graph.NewValue(sameSecret(v, resource.NewProperty(word)))
			}
			return v
		}
	}
	return &conversion{adapt: translate(from), restore: func(v, _ graph.Value) graph.Value { return translate(toNative)(v) }}
}

// filterRule returns the conversion of a list of S3's filter rules to the value of one of them, the prefix or the
// suffix.
func filterRule(kind string) *conversion {
	return &conversion{
		adapt: func(v graph.Value) graph.Value {
			for _, rule := range v.Items() {
				name, known := rule.Get("name").Str()
				if !known && !rule.Get("name").Absent() {
					return unknownAs(v)
				}
				if strings.EqualFold(name, kind) {
					return rule.Get("value")
				}
			}
			return graph.Value{}
		},
		restore: func(v, before graph.Value) graph.Value {
			rules := []resource.PropertyValue{}
			for _, rule := range before.Items() {
				rules = append(rules, put(rule))
			}
			return graph.NewValue(resource.NewProperty(append(slices.Clip(rules), resource.NewProperty(resource.PropertyMap{
				"name": resource.NewProperty(kind), "value": put(v),
			}))))
		},
	}
}
