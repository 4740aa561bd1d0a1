package planprovider

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Answers are values that the user sets in place of stand-ins.
type Answers struct {
	// Account is the account that the stack is planned for, or "" if it is not set.
	Account string
	// Region is the region of providers for which neither the program nor its configuration sets one, or "" if it
	// is not set. The provider does not use it itself: it belongs in the configuration, as aws:region.
	Region string
	// Functions are results of functions. If several match a call, the last one counts for each field.
	Functions []FunctionAnswer
	// Stacks are outputs of other stacks.
	Stacks []StackAnswer
}

// FunctionAnswer sets fields of the result of a function.
type FunctionAnswer struct {
	// Function is the function's token, in full (aws:ec2/getVpc:getVpc) or in short (aws:ec2:getVpc, ec2.getVpc).
	Function string
	// Args are the arguments of the calls that it applies to, as far as they matter.
	Args resource.PropertyMap
	// Result holds the fields that it sets.
	Result resource.PropertyMap
}

// StackAnswer sets an output of another stack.
type StackAnswer struct {
	// Stack is the name of the stack, as the program writes it.
	Stack string
	// Output is the output's name.
	Output string
	// Value is its value.
	Value resource.PropertyValue
}

// WithAnswers plans with the given answers.
func WithAnswers(a Answers) Option {
	return func(o *options) {
		o.answers = a
		if a.Account != "" {
			o.account = a.Account
		}
	}
}

// function returns what the answers set in the result of a call.
func (a *Answers) function(token string, args resource.PropertyMap) resource.PropertyMap {
	result := resource.PropertyMap{}
	for _, f := range a.Functions {
		if shortToken(f.Function) == shortToken(token) && isSubset(f.Args, args) {
			maps.Copy(result, f.Result)
		}
	}
	return result
}

// StackOutputs returns the outputs of a stack that the answers set.
func (a *Answers) StackOutputs(stack string) resource.PropertyMap {
	outputs := resource.PropertyMap{}
	for _, s := range a.Stacks {
		if s.Stack == stack {
			outputs[resource.PropertyKey(s.Output)] = s.Value
		}
	}
	return outputs
}

// shortToken returns the short form of a function's token, package:module:name.
func shortToken(token string) string {
	parts := strings.FieldsFunc(token, func(r rune) bool { return r == ':' || r == '.' })
	if len(parts) == 0 {
		return ""
	}
	name := camelCase(parts[len(parts)-1])
	module, pkg := "index", "aws"
	switch {
	case len(parts) > 2:
		pkg = parts[0]
		module, _, _ = strings.Cut(parts[1], "/")
	case len(parts) == 2 && parts[0] != pkg:
		module, _, _ = strings.Cut(parts[0], "/")
	}
	return pkg + ":" + module + ":" + name
}

// isSubset reports whether every property of part is in whole with the same value; lists have to be equal.
func isSubset(part, whole resource.PropertyMap) bool {
	for name, value := range part {
		found := argument(whole, camelCase(string(name)))
		if value.IsObject() && found.IsObject() {
			if !isSubset(value.ObjectValue(), found.ObjectValue()) {
				return false
			}
			continue
		}
		if found.ContainsUnknowns() || !value.DeepEquals(found) {
			return false
		}
	}
	return true
}

// ParseAnswers reads the entry answers of a configuration file, as JSON or YAML is decoded. An error names the key
// that is wrong.
//
//	{"account": "210987654321", "region": "eu-west-1",
//	 "functions": [{"function": "aws:ec2:getVpc", "args": {"default": true}, "result": {"id": "vpc-0a1b2c3d"}}],
//	 "stacks": [{"stack": "acme/network/prod", "output": "vpcId", "value": "vpc-0a1b2c3d"}]}
func ParseAnswers(raw any) (Answers, error) {
	var a Answers
	if raw == nil {
		return a, nil
	}
	var errs []error
	top := entry{"answers", raw, &errs}.members("account", "functions", "region", "stacks")
	a.Account, a.Region = top.text("account"), top.text("region")
	if a.Account != "" && !accountID.MatchString(a.Account) {
		top.fail("account", "want an account id, which is a text of 12 digits")
	}
	for _, e := range top.list("functions") {
		m := e.members("args", "function", "result")
		m.require("function", "result")
		a.Functions = append(a.Functions, FunctionAnswer{
			Function: m.text("function"), Args: m.object("args"), Result: m.object("result"),
		})
	}
	for _, e := range top.list("stacks") {
		m := e.members("output", "stack", "value")
		m.require("output", "stack", "value")
		a.Stacks = append(a.Stacks, StackAnswer{
			Stack: m.text("stack"), Output: m.text("output"), Value: resource.NewPropertyValue(m.values["value"]),
		})
	}
	if err := errors.Join(errs...); err != nil {
		return Answers{}, err
	}
	return a, nil
}

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// entry is a value in a configuration file, and its place.
type entry struct {
	path  string
	value any
	errs  *[]error
}

// members returns the members of an object, which may only be the given ones.
func (e entry) members(allowed ...string) members {
	object, ok := e.value.(map[string]any)
	if !ok {
		*e.errs = append(*e.errs, fmt.Errorf("%s: want an object, got %s", e.path, jsonKind(e.value)))
	}
	m := members{e.path, object, e.errs}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(allowed, name) {
			m.fail(name, "there is no such key; want one of "+strings.Join(allowed, ", "))
		}
	}
	return m
}

// members are the members of an object in a configuration file.
type members struct {
	path   string
	values map[string]any
	errs   *[]error
}

func (m members) fail(name, reason string) {
	*m.errs = append(*m.errs, fmt.Errorf("%s.%s: %s", m.path, name, reason))
}

// require fails for each of the names that is missing.
func (m members) require(names ...string) {
	for _, name := range names {
		if _, ok := m.values[name]; !ok && m.values != nil {
			m.fail(name, "it is missing")
		}
	}
}

// text returns a member that is a text, or "" if it is absent.
func (m members) text(name string) string {
	value, ok := m.values[name]
	text, isText := value.(string)
	if ok && (!isText || text == "") {
		m.fail(name, "want a text, got "+jsonKind(value))
	}
	return text
}

// object returns a member that is an object as properties.
func (m members) object(name string) resource.PropertyMap {
	value, ok := m.values[name]
	object, isObject := value.(map[string]any)
	if ok && !isObject {
		m.fail(name, "want an object, got "+jsonKind(value))
	}
	return resource.NewPropertyMapFromMap(object)
}

// list returns the items of a member that is a list.
func (m members) list(name string) []entry {
	value, ok := m.values[name]
	items, isList := value.([]any)
	if ok && !isList {
		m.fail(name, "want a list, got "+jsonKind(value))
	}
	entries := make([]entry, len(items))
	for i, item := range items {
		entries[i] = entry{fmt.Sprintf("%s.%s[%d]", m.path, name, i), item, m.errs}
	}
	return entries
}

// jsonKind returns the kind of a decoded value, without its contents.
func jsonKind(value any) string {
	switch v := value.(type) {
	case nil:
		return "nothing"
	case string:
		if v == "" {
			return "an empty text"
		}
		return "a text"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
