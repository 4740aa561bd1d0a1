package schema

import (
	"slices"
	"strings"
	"unicode"

	"github.com/blang/semver"
)

// Use is what a program uses of a package, as far as its own text shows.
//
// A type checker that reads a schema ends a program at its first mistake. In a schema made for a use, the resources
// accept whatever arguments the program sets, so that it continues, and the provider's Check reports what is wrong
// with each of them.
type Use struct {
	// Resources and Functions are the names of the arguments, by type token in the program's spelling.
	Resources, Functions map[string][]string
	// Reads are the names of the properties that the program reads, on any object.
	Reads []string
}

// anything is a property of any type.
var anything = propertySpec{typeSpec: typeSpec{Ref: "pulumi.json#/Any"}}

// accept makes the resources that a program declares accept the arguments that it sets, and makes none of
// them required.
func (s *packageSpec) accept(use Use, alias func(token string) (string, error)) error {
	for written, arguments := range use.Resources {
		for _, token := range spellings(written) {
			r, ok := s.Resources[token]
			if !ok {
				current, err := alias(token)
				if err != nil {
					return err
				}
				if r, ok = s.Resources[current]; !ok {
					continue
				}
				token = current
			}
			inputs := make(map[string]propertySpec, len(r.InputProperties)+len(arguments))
			for name := range r.InputProperties {
				inputs[name] = anything
			}
			for _, name := range arguments {
				inputs[name] = anything
			}
			r.InputProperties, r.RequiredInputs = inputs, nil
			s.Resources[token] = r
			break
		}
	}
	return nil
}

// spellings returns the tokens that a token in a YAML program may stand for, in the order in which Pulumi looks for
// them: aws:s3:Bucket is short for aws:s3/bucket:Bucket, and random:RandomId for random:index/randomId:RandomId.
func spellings(written string) []string {
	tokens := []string{written}
	parts := strings.Split(written, ":")
	if len(parts) == 2 {
		parts = []string{parts[0], "index", parts[1]}
		tokens = append(tokens, strings.Join(parts, ":"))
	}
	if len(parts) == 3 && parts[2] != "" {
		tokens = append(tokens, parts[0]+":"+parts[1]+"/"+lowerFirst(parts[2])+":"+parts[2])
	}
	return tokens
}

func lowerFirst(name string) string {
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

// OtherSpec returns a package schema, as JSON, of a package without a table. It has what the program uses of the
// package, with properties of any type: nothing more is known. Of random, it has what the provider's documentation
// lists.
func OtherSpec(name, version string, use Use) ([]byte, error) {
	spec := packageSpec{Name: name, Resources: map[string]resourceSpec{}, Functions: map[string]functionSpec{}}
	if v, err := semver.ParseTolerant(version); err == nil {
		spec.Version = v.String()
	}
	if name == "random" {
		spec.addRandom()
		err := spec.accept(use, func(string) (string, error) { return "", nil })
		if err != nil {
			return nil, err
		}
		return spec.text()
	}
	for token, arguments := range use.Resources {
		if strings.HasPrefix(token, "pulumi:") {
			continue // the provider itself
		}
		spec.Resources[inModule(token)] = resourceSpec{
			InputProperties: properties(arguments),
			objectSpec:      objectSpec{Properties: properties(slices.Concat(arguments, use.Reads))},
			IsComponent:     slices.Contains(componentPackages, name),
		}
	}
	for token, arguments := range use.Functions {
		inputs := objectSpec{Type: "object", Properties: properties(arguments)}
		spec.Functions[inModule(token)] = functionSpec{
			Inputs:  &inputs,
			Outputs: objectSpec{Type: "object", Properties: properties(use.Reads)},
		}
	}
	return spec.text()
}

// componentPackages are packages whose resources are components, which run code of their own.
var componentPackages = []string{"awsx", "eks", "aws-apigateway", "aws-static-website", "aws-quickstart-vpc"}

// inModule returns the token with the module that a token without one stands for.
func inModule(token string) string {
	if pkg, name, ok := strings.Cut(token, ":"); ok && !strings.Contains(name, ":") {
		return pkg + ":index:" + name
	}
	return token
}

// properties returns properties of any type, without those that every resource has.
func properties(names []string) map[string]propertySpec {
	all := map[string]propertySpec{}
	for _, name := range names {
		if name != "id" && name != "urn" {
			all[name] = anything
		}
	}
	return all
}

// randomTypes are the resources of the package random: their arguments, and their other outputs. A name of an
// output that begins with ! is secret.
var randomTypes = map[string][2]string{
	"RandomBytes":    {"length", "!base64 !hex"},
	"RandomId":       {"byteLength prefix", "b64Std b64Url dec hex"},
	"RandomInteger":  {"max min seed", "result"},
	"RandomPassword": {randomText, "!bcryptHash !result"},
	"RandomPet":      {"length prefix separator", ""},
	"RandomShuffle":  {"inputs resultCount seed", "results"},
	"RandomString":   {randomText, "result"},
	"RandomUuid":     {"", "result"},
}

const randomText = "length lower minLower minNumeric minSpecial minUpper number numeric overrideSpecial special upper"

// addRandom adds the resources of the package random.
func (s *packageSpec) addRandom() {
	for name, names := range randomTypes {
		arguments := append(strings.Fields(names[0]), "keepers")
		r := resourceSpec{InputProperties: properties(arguments), objectSpec: objectSpec{Properties: properties(arguments)}}
		for _, output := range strings.Fields(names[1]) {
			public, secret := strings.CutPrefix(output, "!")
			r.Properties[public] = propertySpec{typeSpec: anything.typeSpec, Secret: secret}
		}
		s.Resources["random:index/"+lowerFirst(name)+":"+name] = r
	}
}
