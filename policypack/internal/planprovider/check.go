package planprovider

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/agext/levenshtein"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// defaultsKey is where a bridged provider records which properties of an object it filled in itself.
const defaultsKey = "__defaults"

// checker compares arguments with their types and collects what is wrong. An SDK that is newer than the table may
// have arguments that are not in it: they are accepted. For another major version, nothing is checked.
type checker struct {
	table    *schema.Table
	module   *schema.Module
	subject  string // what the arguments belong to, for the messages
	language string // the program's language, as Pulumi calls it, for the messages; "" if it is not known
	failures []*pulumirpc.CheckFailure
	accepted []string // arguments that are not in the table of an older SDK
}

// check checks the arguments of the subject.
func (c *checker) check(arguments resource.PropertyMap, types schema.Object) {
	if !c.table.IsOtherMajor() {
		c.object("", arguments, types)
	}
}

// warning returns what the user has to know about arguments that could not be checked, or "" if all were. It is
// meant to be shown once per preview.
func (c *checker) warning() string {
	switch {
	case c.table.IsOtherMajor():
		return fmt.Sprintf("the plan provider does not support the major version of the program's pulumi-aws, "+
			"only versions 5 to %s: arguments are not checked", schema.For("").Version())
	case len(c.accepted) > 0:
		return newerWarning(c.table, c.accepted[0])
	}
	return ""
}

// newerWarning returns a warning that the program's SDK may have what the table lacks, such as the example.
func newerWarning(table *schema.Table, example string) string {
	return fmt.Sprintf("the program's pulumi-aws is newer than %s, which the plan provider knows: "+
		"what that version may have added is accepted unchecked, such as %s", table.Version(), example)
}

// fail adds a failure of the argument at a path.
func (c *checker) fail(path, reason string) {
	c.failures = append(c.failures, &pulumirpc.CheckFailure{Property: path, Reason: reason})
}

// object checks the properties of an object against its type. path is where the object is, "" at the top.
//
// A snake_case spelling of a property is not a failure. The real provider is generated from a Terraform
// provider, translates names to snake_case and accepts a name that already is: what an untyped program sends
// works, and it is for a policy to demand another spelling. To make that possible, the spelling is kept.
func (c *checker) object(path string, properties resource.PropertyMap, types schema.Object) {
	given := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		value := properties[key]
		if resource.IsInternalPropertyKey(key) || value.IsNull() {
			continue
		}
		name, ok := resolve(string(key), types)
		if !ok {
			// The SDKs translate only names that they know: this is the name that the program uses.
			unknown := join(path, string(key))
			if hint := c.suggestion(string(key), types); c.table.IsLenient() {
				c.accepted = append(c.accepted, fmt.Sprintf("%s of %s%s", unknown, c.subject, hint))
			} else {
				c.fail(unknown, fmt.Sprintf("%s is not an argument of %s%s", unknown, c.subject, hint))
			}
			continue
		}
		given[name] = true
		c.value(join(path, c.spelling(string(key))), value, types[name])
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		// A newer SDK may no longer insist on an argument.
		if types[name].IsRequired() && !given[name] && !c.table.IsLenient() {
			c.fail(path, fmt.Sprintf("the required argument %s of %s is missing", join(path, c.spelling(name)), c.subject))
		}
	}
}

// value checks one value. Scalars are interchangeable, as in the real provider, and an unknown value or an
// asset may become anything.
func (c *checker) value(path string, value resource.PropertyValue, t schema.Type) {
	value, _ = reveal(value)
	if value.IsComputed() || value.IsOutput() || value.IsNull() || t.Kind() == schema.Any {
		return
	}
	if elem, ok := t.Elem(); ok {
		if !value.IsArray() {
			c.mismatch(path, value, "a list")
			return
		}
		for i, v := range value.ArrayValue() {
			c.value(fmt.Sprintf("%s[%d]", path, i), v, elem)
		}
		return
	}
	values, isMap := t.Value()
	name, isObject := t.Object()
	switch {
	case !isMap && !isObject:
		if value.IsObject() || value.IsArray() {
			c.mismatch(path, value, article(t.Kind()))
		}
	case !value.IsObject():
		c.mismatch(path, value, c.objectWord())
	case isObject:
		c.object(path, value.ObjectValue(), c.module.Objects[name])
	default:
		for _, key := range slices.Sorted(maps.Keys(value.ObjectValue())) {
			c.value(fmt.Sprintf("%s[%q]", path, string(key)), value.ObjectValue()[key], values)
		}
	}
}

// mismatch adds the failure of a value that has the wrong type.
func (c *checker) mismatch(path string, value resource.PropertyValue, want string) {
	c.fail(path, fmt.Sprintf("%s of %s is %s, must be %s", path, c.subject, c.kind(value), want))
}

// spelling returns the name of an argument in the program's language. A name that already is in
// snake_case is spelled that way by the program.
func (c *checker) spelling(name string) string {
	switch {
	case strings.Contains(name, "_"):
	case c.language == "python":
		return snakeCase(name)
	case c.language == "go", c.language == "dotnet":
		return strings.ToUpper(name[:1]) + name[1:]
	}
	return name
}

// objectWord returns the word of the program's language for an object.
func (c *checker) objectWord() string {
	if c.language == "python" {
		return "a dict"
	}
	return "an object"
}

// normalize returns the properties in the form in which the real provider returns them from Check: policy
// documents given as objects become JSON texts, and each nested object gets an empty list of its defaulted
// properties.
func (c *checker) normalize(properties resource.PropertyMap, types schema.Object) resource.PropertyMap {
	result := make(resource.PropertyMap, len(properties))
	for key, value := range properties {
		if name, ok := resolve(string(key), types); ok {
			value = c.normalizeValue(name, value, types[name])
		}
		result[key] = value
	}
	return result
}

func (c *checker) normalizeValue(name string, value resource.PropertyValue, t schema.Type) resource.PropertyValue {
	inner, secret := reveal(value)
	elem, isList := t.Elem()
	object, isObject := t.Object()
	switch {
	case t.Kind() == schema.Any && isPolicy(name) && inner.IsObject():
		inner, secret = policyText(inner, secret)
	case isList && inner.IsArray():
		list := make([]resource.PropertyValue, len(inner.ArrayValue()))
		for i, v := range inner.ArrayValue() {
			list[i] = c.normalizeValue(name, v, elem)
		}
		inner = resource.NewProperty(list)
	case isObject && inner.IsObject():
		properties := c.normalize(inner.ObjectValue(), c.module.Objects[object])
		if _, ok := properties[defaultsKey]; !ok {
			properties[defaultsKey] = resource.NewProperty([]resource.PropertyValue{})
		}
		inner = resource.NewProperty(properties)
	default:
		return value
	}
	if secret {
		return resource.MakeSecret(inner)
	}
	return inner
}

// isPolicy reports whether an argument is one of those that accept a policy document as text or as an object;
// in the table they have the type any.
func isPolicy(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "policy") || strings.HasSuffix(name, "policydocument") ||
		strings.HasSuffix(name, "policies")
}

// policyText renders a policy document that was given as an object, and reports whether the text is secret.
func policyText(document resource.PropertyValue, secret bool) (resource.PropertyValue, bool) {
	secret = secret || document.ContainsSecrets()
	if document.ContainsUnknowns() {
		return unknown(), secret
	}
	text, err := json.Marshal(plain(document))
	if err != nil {
		return document, secret // assets cannot be part of a document; the check of the type reports the rest
	}
	return resource.NewProperty(string(text)), secret
}

// plain converts a value without unknowns to the types of package json, with secrets revealed.
func plain(value resource.PropertyValue) any {
	value, _ = reveal(value)
	switch {
	case value.IsArray():
		list := make([]any, len(value.ArrayValue()))
		for i, v := range value.ArrayValue() {
			list[i] = plain(v)
		}
		return list
	case value.IsObject():
		object := make(map[string]any, len(value.ObjectValue()))
		for k, v := range value.ObjectValue() {
			object[string(k)] = plain(v)
		}
		return object
	}
	return value.V
}

// reveal returns what a secret contains, and whether the value was a secret; it returns other values
// unchanged.
func reveal(value resource.PropertyValue) (resource.PropertyValue, bool) {
	secret := false
	for value.IsSecret() {
		value, secret = value.SecretValue().Element, true
	}
	return value, secret
}

// unknown returns a value that is known only after the deployment.
func unknown() resource.PropertyValue {
	return resource.MakeComputed(resource.NewProperty(""))
}

// resolve returns the property that a program means by key: the key itself, or its camelCase spelling.
func resolve(key string, types schema.Object) (string, bool) {
	if _, ok := types[key]; ok {
		return key, true
	}
	camel := camelCase(key)
	_, ok := types[camel]
	return camel, ok
}

// camelCase converts filter_prefix to filterPrefix.
func camelCase(name string) string {
	var b strings.Builder
	upper := false
	for _, r := range name {
		if r == '_' {
			upper = b.Len() > 0
			continue
		}
		if upper {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		upper = false
	}
	return b.String()
}

// snakeCase converts filterPrefix to filter_prefix, and sqsDLQArn to sqs_dlq_arn.
func snakeCase(name string) string {
	runes := []rune(name)
	var b strings.Builder
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) {
			endsWord := !unicode.IsUpper(runes[i-1])
			startsWord := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if endsWord || startsWord {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// suggestion returns the property most similar to a wrong one, if it is similar enough for a typing mistake:
// at most a third of its letters differ.
func (c *checker) suggestion(wrong string, types schema.Object) string {
	wrong = camelCase(wrong)
	best, bestDistance := "", len(wrong)/3+1
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if d := levenshtein.Distance(strings.ToLower(wrong), strings.ToLower(name), nil); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", c.spelling(best))
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// kind returns the kind of a value for a message, without the value itself.
func (c *checker) kind(value resource.PropertyValue) string {
	switch {
	case value.IsObject():
		return c.objectWord()
	case value.IsArray():
		return "a list"
	case value.IsAsset():
		return "an asset"
	case value.IsArchive():
		return "an archive"
	}
	return article(schema.Type(value.TypeString()))
}

func article(t schema.Type) string {
	if t == schema.Asset {
		return "an asset or archive"
	}
	return "a " + string(t)
}
