package naming

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// templateField matches a field of a template: its name, its filters, and what replaces an absent argument.
var templateField = regexp.MustCompile(`\{(\w+)((?:\.\w+)*)(=[^}]*)?\}`)

// OfID returns the arguments and outputs that the id of an existing resource determines. There are fewer than [Outputs]
// returns for the same resource: its other arguments are not known, so that everything is left out that may depend on
// whether one of them is given.
func OfID(token, id string, at Location) (arguments, outputs resource.PropertyMap) {
	token = string(graph.Canonical(token))
	arguments, at, ok := fromID(types[token]["id"], id, at)
	if !ok {
		return nil, nil
	}
	outputs = resource.PropertyMap{}
	all := Outputs(token, arguments, at)
	for name, template := range types[token] {
		key := resource.PropertyKey(name)
		if value, ok := all[key]; ok && isDetermined(template, arguments) {
			outputs[key] = value
		}
	}
	return arguments, outputs
}

// isDetermined reports whether a template needs nothing but the location and the given arguments.
func isDetermined(template string, arguments resource.PropertyMap) bool {
	if strings.Contains(template, "|") {
		return false
	}
	for _, field := range templateField.FindAllStringSubmatch(template, -1) {
		_, given := arguments[resource.PropertyKey(field[1])]
		if field[3] != "" || !given && !isLocation(field[1]) {
			return false
		}
	}
	return true
}

func isLocation(name string) bool {
	return name == "partition" || name == "region" || name == "account" || name == "dnsSuffix"
}

// fromID returns the arguments that an id is made of, and the location if the id contains one. It returns false for an
// id that does not match the template, and for a template that cannot be reversed.
func fromID(template, id string, at Location) (resource.PropertyMap, Location, bool) {
	if template == "" || strings.Contains(template, "|") {
		return nil, at, false
	}
	var pattern strings.Builder
	var names []string
	rest := 0
	for _, field := range templateField.FindAllStringSubmatchIndex(template, -1) {
		if field[4] != field[5] || field[6] >= 0 {
			return nil, at, false
		}
		names = append(names, template[field[2]:field[3]])
		pattern.WriteString(regexp.QuoteMeta(template[rest:field[0]]))
		pattern.WriteString(`(.+?)`)
		rest = field[1]
	}
	pattern.WriteString(regexp.QuoteMeta(template[rest:]))
	// An argument that is the whole id may be anything; one among others ends where the text after it begins.
	match := regexp.MustCompile(`^` + pattern.String() + `$`).FindStringSubmatch(id)
	if match == nil {
		return nil, at, false
	}
	found := map[string]string{}
	for i, name := range names {
		if before, twice := found[name]; twice && before != match[i+1] {
			return nil, at, false
		}
		found[name] = match[i+1]
	}
	if region := found["region"]; region != "" {
		at.Region, at.Partition = region, PartitionOf(region)
	}
	if account := found["account"]; account != "" {
		at.Account = account
	}
	arguments := resource.PropertyMap{}
	for name, value := range found {
		if !isLocation(name) {
			arguments[resource.PropertyKey(name)] = resource.NewProperty(value)
		}
	}
	return arguments, at, true
}
