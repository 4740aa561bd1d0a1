package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/blang/semver"
)

// These are the parts of Pulumi's package schema that a type checker reads. They are declared here because the
// package that has them all, pulumi/pkg/v3/codegen/schema, is large to link for a JSON text.
type packageSpec struct {
	Name      string                  `json:"name"`
	Version   string                  `json:"version"`
	Meta      *metaSpec               `json:"meta,omitempty"`
	Config    configSpec              `json:"config"`
	Provider  resourceSpec            `json:"provider"`
	Types     map[string]objectSpec   `json:"types"`
	Resources map[string]resourceSpec `json:"resources"`
	Functions map[string]functionSpec `json:"functions"`
}

type metaSpec struct {
	ModuleFormat string `json:"moduleFormat"`
}

type configSpec struct {
	Variables map[string]propertySpec `json:"variables"`
}

type objectSpec struct {
	Type       string                  `json:"type,omitempty"`
	Properties map[string]propertySpec `json:"properties,omitempty"`
	Required   []string                `json:"required,omitempty"`
}

type resourceSpec struct {
	objectSpec

	InputProperties    map[string]propertySpec `json:"inputProperties,omitempty"`
	RequiredInputs     []string                `json:"requiredInputs,omitempty"`
	Aliases            []aliasSpec             `json:"aliases,omitempty"`
	IsComponent        bool                    `json:"isComponent,omitempty"`
	DeprecationMessage string                  `json:"deprecationMessage,omitempty"`
}

type aliasSpec struct {
	Type string `json:"type"`
}

type functionSpec struct {
	Inputs             *objectSpec `json:"inputs,omitempty"`
	Outputs            any         `json:"outputs,omitempty"` // an object, or the type of a scalar
	DeprecationMessage string      `json:"deprecationMessage,omitempty"`
}

type propertySpec struct {
	typeSpec

	Secret bool `json:"secret,omitempty"`
}

type typeSpec struct {
	Type                 string    `json:"type,omitempty"`
	Ref                  string    `json:"$ref,omitempty"`
	Items                *typeSpec `json:"items,omitempty"`
	AdditionalProperties *typeSpec `json:"additionalProperties,omitempty"`
	Plain                bool      `json:"plain,omitempty"`
}

// PackageSpec returns the Pulumi package schema, as JSON, of the aws package in a version of the SDK, for type
// checkers such as that of Pulumi YAML. It is that of the table which [For] returns, under the version that was
// asked for: it lacks what a newer SDK has added. It has no descriptions, enumerations are the scalars they consist
// of, and integers are numbers. It has what a program uses of the package, whether the SDK has it or not; see
// [Use].
func PackageSpec(version string, use Use) ([]byte, error) {
	table := For(version)
	spec := packageSpec{
		Name:      "aws",
		Version:   table.Version(),
		Meta:      &metaSpec{ModuleFormat: "(.*)(?:/[^/]*)"},
		Types:     map[string]objectSpec{},
		Resources: map[string]resourceSpec{},
		Functions: map[string]functionSpec{},
	}
	if v, err := semver.ParseTolerant(version); err == nil {
		spec.Version = v.String()
	}
	names, err := table.moduleNames()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		module, err := table.moduleNamed(name)
		if err != nil {
			return nil, err
		}
		spec.add(name, module)
	}
	if err := spec.addAliases(table.release); err != nil {
		return nil, err
	}
	if err := spec.accept(use, table.alias); err != nil {
		return nil, err
	}
	return spec.text()
}

// text returns the schema as JSON.
func (s *packageSpec) text() ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("writing the package schema of %s %s: %w", s.Name, s.Version, err)
	}
	return text, nil
}

// add adds the contents of a module.
func (s *packageSpec) add(name string, module *Module) {
	for object, properties := range module.Objects {
		s.Types[typeToken(name, object)] = newObjectSpec(name, properties, nil)
	}
	for token, r := range module.Resources {
		inputs := newObjectSpec(name, r.Inputs, r.Secrets)
		spec := resourceSpec{
			InputProperties:    inputs.Properties,
			RequiredInputs:     inputs.Required,
			objectSpec:         newObjectSpec(name, r.Outputs, r.Secrets),
			DeprecationMessage: r.Deprecated,
		}
		spec.Type = "" // a resource is nothing else
		if token == ProviderToken {
			s.Provider, s.Config.Variables = spec, inputs.Properties
			continue
		}
		s.Resources[token] = spec
	}
	for token, f := range module.Functions {
		spec := functionSpec{DeprecationMessage: f.Deprecated}
		if len(f.Inputs) > 0 {
			inputs := newObjectSpec(name, f.Inputs, nil)
			spec.Inputs = &inputs
		}
		if f.Scalar {
			for _, t := range f.Outputs {
				result := newTypeSpec(name, t)
				result.Plain = true
				spec.Outputs = result
			}
		} else {
			spec.Outputs = newObjectSpec(name, f.Outputs, nil)
		}
		s.Functions[token] = spec
	}
}

// addAliases adds the former tokens of the resources, in order.
func (s *packageSpec) addAliases(r *release) error {
	if _, err := r.alias(""); err != nil { // it reads them
		return err
	}
	for _, alias := range slices.Sorted(maps.Keys(r.aliases)) {
		token := r.aliases[alias]
		spec := s.Resources[token]
		spec.Aliases = append(spec.Aliases, aliasSpec{Type: alias})
		s.Resources[token] = spec
	}
	return nil
}

// moduleNames returns the names of all modules of a release.
func (r *release) moduleNames() ([]string, error) {
	var names []string
	for _, f := range r.archive.File {
		if dir, file := path.Split(f.Name); dir == r.folder()+"/" && file != AliasesFile {
			names = append(names, strings.TrimSuffix(file, ".json"))
		}
	}
	return names, nil
}

func newObjectSpec(module string, object Object, secrets []string) objectSpec {
	spec := objectSpec{Type: "object", Properties: make(map[string]propertySpec, len(object))}
	for name, t := range object {
		spec.Properties[name] = propertySpec{typeSpec: newTypeSpec(module, t), Secret: slices.Contains(secrets, name)}
		if t.IsRequired() {
			spec.Required = append(spec.Required, name)
		}
	}
	slices.Sort(spec.Required)
	return spec
}

func newTypeSpec(module string, t Type) typeSpec {
	if elem, ok := t.Elem(); ok {
		items := newTypeSpec(module, elem)
		return typeSpec{Type: "array", Items: &items}
	}
	if value, ok := t.Value(); ok {
		values := newTypeSpec(module, value)
		return typeSpec{Type: "object", AdditionalProperties: &values}
	}
	if name, ok := t.Object(); ok {
		return typeSpec{Ref: "#/types/" + typeToken(module, name)}
	}
	switch t.Kind() {
	case Bool:
		return typeSpec{Type: "boolean"}
	case Integer: // YAML programs that compute one are checked by the provider, which converts it
		return typeSpec{Type: string(Number)}
	case Any:
		return typeSpec{Ref: "pulumi.json#/Any"}
	case Asset: // where it names Asset, type checkers accept an archive, too
		return typeSpec{Ref: "pulumi.json#/Asset"}
	default: // there is nothing to do for the others
	}
	return typeSpec{Type: string(t.Kind())}
}

// typeToken returns the token of a nested object.
func typeToken(module, name string) string { return fmt.Sprintf("aws:%s/%s:%s", module, name, name) }
