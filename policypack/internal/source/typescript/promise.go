package typescript

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/source/syntax"
)

// settled returns the one expression that a promise is resolved with, as x of
// new Promise((resolve) => resolve(x)); nil for other calls, and where there are
// several.
func (f *file) settled(call *syntax.Node, name string) *syntax.Node {
	if call.Kind != "new_expression" || name != "Promise" {
		return nil
	}
	arguments := call.Child("arguments").NamedChildren()
	if len(arguments) != 1 || !isFunction(arguments[0]) {
		return nil
	}
	var resolve *binding
	for _, b := range f.scopes[arguments[0]] {
		if b.function == arguments[0] && b.index == 0 && len(b.path) == 0 {
			resolve = b
		}
	}
	if resolve == nil {
		return nil
	}
	var values []*syntax.Node
	for _, n := range f.names[resolve.name] {
		if f.lookup(n) != resolve || n.Parent == resolve.at {
			continue
		}
		given := n.Parent.Child("arguments").NamedChildren()
		if n.Parent.Kind != "call_expression" || n.Field != "function" || len(given) != 1 {
			if n != resolve.at {
				return nil // handed on
			}
			continue
		}
		values = append(values, given[0])
	}
	if len(values) != 1 {
		return nil
	}
	return values[0]
}

// responders are the functions that call their callback with a response, which is
// a stream.
var responders = []string{"http.get", "https.get", "http.request", "https.request"}

// response returns the name of a response as a rule knows it, for the first
// parameter of a callback that is written where one of responders is called.
func (f *file) response(b *binding, depth int) (string, bool) {
	if b.index != 0 || len(b.path) > 0 || b.function.Parent == nil || b.function.Parent.Kind != "arguments" {
		return "", false
	}
	call := b.function.Parent.Parent
	if call == nil || call.Kind != "call_expression" {
		return "", false
	}
	name := f.denote(callee(call), depth).name
	return name + "().response", slices.Contains(responders, name)
}
