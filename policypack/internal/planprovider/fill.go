package planprovider

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// standIns answers what only AWS knows.
type standIns struct {
	answers Answers
	log     *standin.Log
}

// LogStandIns records in log which stand-ins were used.
func LogStandIns(log *standin.Log) Option { return func(o *options) { o.log = log } }

// maxDepth is how deeply objects are nested in a stand-in. Some types of AWS's SDKs contain themselves.
const maxDepth = 4

// A maker makes the stand-ins for the result of one function or for one resource that is read. They are derived from
// the function or the type, the arguments and the property, so that the same question gets the same answer.
type maker struct {
	about   []string
	name    string // what is looked up, such as vpc, for ARNs
	module  *schema.Module
	at      naming.Location
	untyped bool // whether the program's language accepts a value of any type
	used    bool
}

func newMaker(token string, c *call, module *schema.Module) *maker {
	name := token[strings.LastIndex(token, ":")+1:]
	return &maker{
		about:  []string{token, describe(c.args)},
		name:   strings.ToLower(strings.TrimPrefix(name, "get")),
		module: module,
		at:     c.location(),
	}
}

// untypedLanguages are those whose SDKs accept results of any type: the types of TypeScript are gone when it
// runs.
var untypedLanguages = []string{"nodejs", "yaml"}

// fill adds to the results of a function what they lack, and removes what is not a result in the SDK's version.
func (m *maker) fill(results resource.PropertyMap, f *schema.Function) {
	for name := range results {
		if _, ok := f.Outputs[string(name)]; !ok {
			delete(results, name)
		}
	}
	for name, t := range f.Outputs {
		key := resource.PropertyKey(name)
		if value, ok := results[key]; ok {
			results[key] = converted(value, t)
			continue
		}
		_, isArgument := f.Inputs[name]
		_, isMap := t.Value()
		if isArgument && t.Presence() != schema.Always && !isMap {
			continue // it is only echoed
		}
		if name == "region" {
			results[key] = resource.NewProperty(m.at.Region)
			continue
		}
		if value := m.value(name, t, 0); !value.IsNull() {
			results[key] = value
		}
	}
}

// converted converts a value to the type, as the AWS provider converts the arguments that it echoes: Python passes
// most_recent="true" on as a text, and rejects a result that is not a bool.
func converted(value resource.PropertyValue, t schema.Type) resource.PropertyValue {
	if !value.IsString() {
		return value
	}
	switch t.Kind() {
	case schema.Bool:
		if b, err := strconv.ParseBool(value.StringValue()); err == nil {
			return resource.NewProperty(b)
		}
	case schema.Number, schema.Integer:
		if n, err := strconv.ParseFloat(value.StringValue(), 64); err == nil {
			return resource.NewProperty(n)
		}
	default: // there is nothing to do for the others
	}
	return value
}

// value returns the stand-in for a property, or null for none.
func (m *maker) value(path string, t schema.Type, depth int) resource.PropertyValue {
	if elem, ok := t.Elem(); ok {
		items := []resource.PropertyValue{}
		count := 1
		if elem == schema.String {
			count = 2 // programs take the first two subnets or zones
		}
		for i := range count {
			if item := m.value(path+string(rune('0'+i)), elem, depth); !item.IsNull() {
				items = append(items, item)
			}
		}
		return resource.NewProperty(items)
	}
	if _, ok := t.Value(); ok {
		return resource.NewProperty(resource.PropertyMap{})
	}
	if name, ok := t.Object(); ok {
		if depth == maxDepth {
			return resource.NewNullProperty()
		}
		object := resource.PropertyMap{}
		for property, t := range m.module.Objects[name] {
			if value := m.value(path+"."+property, t, depth+1); !value.IsNull() {
				object[resource.PropertyKey(property)] = value
			}
		}
		return resource.NewProperty(object)
	}
	switch t.Kind() {
	case schema.Number, schema.Integer:
		m.used = true
		if standin.IsCount(lastName(path)) {
			return resource.NewProperty(float64(standin.Count))
		}
		return resource.NewProperty(standin.Number(append(m.about, path)...))
	case schema.Bool:
		// The engine accepts no unknown value here, Python rejects a text, and Go has no room for an absent boolean.
		// Where the language accepts a text, rules recognise it. Elsewhere the value is false, on which rules may
		// act; the log records it.
		if !t.IsRequired() {
			return resource.NewNullProperty()
		}
		m.used = true
		if m.untyped {
			return resource.NewProperty(standin.Text(append(m.about, path)...))
		}
		return resource.NewProperty(false)
	case schema.Asset:
		return resource.NewNullProperty()
	default: // there is nothing to do for the others
	}
	m.used = true
	return resource.NewProperty(m.text(path))
}

// lastName returns the name of the property at the end of a path.
func lastName(path string) string { return path[strings.LastIndex(path, ".")+1:] }

// text returns the stand-in for a text: a word, or the form of an ARN or of a secret for programs that parse it.
func (m *maker) text(path string) string {
	word := standin.Text(append(m.about, path)...)
	name := lastName(path)
	switch {
	case name == "arn", strings.HasSuffix(name, "Arn"):
		service := schema.ModuleOf(m.about[0])
		region := m.at.Region
		if slices.Contains([]string{"cloudfront", "iam", "route53", "s3"}, service) {
			region = ""
		}
		return strings.Join([]string{"arn", m.at.Partition.Name, service, region, word, m.name + "/" + word}, ":")
	case name == "authorizationToken":
		// A user and a password, which programs split:
		// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html
		return base64.StdEncoding.EncodeToString([]byte("AWS:" + word))
	case name == "secretString":
		// The keys are those of the secrets that AWS's services make.
		// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
		text, err := json.Marshal(map[string]any{
			"username": word, "password": word, "engine": word, "host": word, "dbname": word,
			"port": standin.Number(append(m.about, path)...), "dbInstanceIdentifier": word,
		})
		if err == nil {
			return string(text)
		}
	}
	return word
}

// secretResults are the results that the SDKs mark as secret, or that are credentials, by function.
var secretResults = map[string][]resource.PropertyKey{
	"aws:ecr/getAuthorizationToken:getAuthorizationToken":    {"authorizationToken", "password"},
	"aws:ecr/getCredentials:getCredentials":                  {"authorizationToken"},
	"aws:eks/getClusterAuth:getClusterAuth":                  {"token"},
	"aws:kms/getSecrets:getSecrets":                          {"plaintext"},
	"aws:secretsmanager/getRandomPassword:getRandomPassword": {"randomPassword"},
	"aws:secretsmanager/getSecretVersion:getSecretVersion":   {"secretBinary", "secretString"},
	"aws:ssm/getParameter:getParameter":                      {"value"},
	"aws:ssm/getParametersByPath:getParametersByPath":        {"values"},
}

// markSecrets makes the results secret that always are, or all of them if the arguments are.
func markSecrets(token string, results resource.PropertyMap, all bool) {
	for name, value := range results {
		if !value.IsSecret() && (all || slices.Contains(secretResults[token], name)) {
			results[name] = resource.MakeSecret(value)
		}
	}
}

// describe returns arguments as JSON, in a fixed order and without secrets, or "" for none.
func describe(args resource.PropertyMap) string {
	args = withoutInternal(args)
	if len(args) == 0 {
		return ""
	}
	text, err := json.Marshal(plain(redact(resource.NewProperty(args))))
	if err != nil {
		return "" // an asset, which no function takes
	}
	return string(text)
}

// redact returns a value without its secrets and unknowns.
func redact(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret(), value.IsOutput() && value.OutputValue().Secret:
		return resource.NewProperty("[secret]")
	case value.IsComputed(), value.IsOutput():
		return resource.NewProperty("[unknown]")
	case value.IsArray():
		list := make([]resource.PropertyValue, len(value.ArrayValue()))
		for i, v := range value.ArrayValue() {
			list[i] = redact(v)
		}
		return resource.NewProperty(list)
	case value.IsObject():
		object := make(resource.PropertyMap, len(value.ObjectValue()))
		for k, v := range value.ObjectValue() {
			object[k] = redact(v)
		}
		return resource.NewProperty(object)
	}
	return value
}

// hasStandIn reports whether a value contains a stand-in or an unknown value.
func hasStandIn(value resource.PropertyValue) bool {
	value, _ = reveal(value)
	switch {
	case value.IsComputed(), value.IsOutput():
		return true
	case value.IsString():
		return standin.In(value.StringValue())
	case value.IsNumber():
		return standin.IsNumber(value.NumberValue())
	case value.IsArray():
		return slices.ContainsFunc(value.ArrayValue(), hasStandIn)
	case value.IsObject():
		for k, v := range value.ObjectValue() {
			if standin.In(string(k)) || hasStandIn(v) {
				return true
			}
		}
	}
	return false
}
