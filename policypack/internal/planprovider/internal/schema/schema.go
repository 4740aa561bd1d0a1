// Package schema describes the resources and functions of the Pulumi AWS provider: which arguments they
// accept, of what type and which of them are required, and which outputs they have, of what type.
//
// The facts are those of the Go SDK's own types, of the last release of each major version. They are read
// from the SDKs' sources at development time by the program in gen and embedded as one table, because linking
// the SDKs' packages would make the binary several times larger and slower to start. [For] selects the part
// of the table that fits the SDK of a program.
package schema

import (
	_ "embed" // for the table
	"errors"
	"strings"
)

//go:generate go run ./gen -sdks gen/sdks -out aws.zip -types ../../../graph/types.go -arguments ../../../fix/arguments.json

// archiveBytes is a zip archive with one folder for each major version and in it one JSON file per SDK module,
// so that a program that uses three modules pays for decoding three, and one file with the aliases.
//
//go:embed aws.zip
var archiveBytes []byte

// These files of the table are beside those of the modules.
const (
	// VersionsFile lists the exact version of each SDK in the table, the oldest first.
	VersionsFile = "versions.json"
	// AliasesFile in a version's folder maps each alias of a resource type to its token.
	AliasesFile = "aliases.json"
)

// ProviderToken is the resource type of the provider itself; its inputs are the provider's configuration.
const ProviderToken = "pulumi:providers:aws"

// Module is one module of the SDK, such as s3 or lambda.
type Module struct {
	// Resources by type token, such as aws:s3/bucket:Bucket.
	Resources map[string]*Resource `json:"resources,omitempty"`
	// Functions by token, such as aws:s3/getBucket:getBucket.
	Functions map[string]*Function `json:"functions,omitempty"`
	// Objects are the nested types of the module by name, such as BucketNotificationQueue.
	Objects map[string]Object `json:"objects,omitempty"`
}

// Resource describes a resource type.
type Resource struct {
	// Inputs are the arguments that the program may set.
	Inputs Object `json:"inputs,omitempty"`
	// Outputs are the properties of the resource, see [Type.Presence].
	Outputs Object `json:"outputs,omitempty"`
	// Secrets are the outputs that are always secret.
	Secrets []string `json:"secrets,omitempty"`
	// Deprecated describes what to use instead if the SDK advises against the type, and is empty otherwise.
	Deprecated string `json:"deprecated,omitempty"`
}

// Function describes a function, that is, a data source.
type Function struct {
	// Inputs are the arguments that the program may set.
	Inputs Object `json:"inputs,omitempty"`
	// Outputs are the fields of the result, see [Type.Presence].
	Outputs Object `json:"outputs,omitempty"`
	// Scalar is set for the functions whose only output, result, is all that the SDKs return.
	Scalar bool `json:"scalar,omitempty"`
	// Deprecated describes what to use instead if the SDK advises against the function, and is empty
	// otherwise.
	Deprecated string `json:"deprecated,omitempty"`
}

// Object maps the properties of an object, by their Pulumi names, to their types.
type Object map[string]Type

// Presence is when an output has a value.
type Presence string

const (
	// Always means that the SDK's type has no room for an absent value: the output is required or computed.
	Always Presence = "always"
	// Optional means that the output is absent when the input of that name is.
	Optional Presence = "optional"
	// Collection is a list or a map, for which the SDK's type does not distinguish the two cases.
	Collection Presence = "collection"
)

// Type is a property's type in a small notation: a kind, `[]` or `map[]` before the element's type, `#` and
// the name for a nested object of the same module, and `!` at the end when an argument is required or an
// output always has a value.
// Examples: string!, []#BucketNotificationQueue, map[]string.
type Type string

// These are the kinds of values that are not collections or objects.
const (
	String  Type = "string"
	Number  Type = "number"
	Integer Type = "integer"
	Bool    Type = "bool"
	Any     Type = "any"
	Asset   Type = "asset" // an asset or an archive
	require      = "!"
	list         = "[]"
	mapping      = "map[]"
	object       = "#"
)

// Required returns the type marked as required.
func (t Type) Required() Type { return t + require }

// ListOf returns the type of a list with elements of type t.
func ListOf(t Type) Type { return list + t }

// MapOf returns the type of a map with values of type t.
func MapOf(t Type) Type { return mapping + t }

// ObjectNamed returns the type of a nested object.
func ObjectNamed(name string) Type { return Type(object + name) }

// IsRequired reports whether the property must be given. For a list or a map in a nested object, the SDKs do
// not reveal it: it is never required here.
func (t Type) IsRequired() bool { return strings.HasSuffix(string(t), require) }

// Presence returns when an output of type t has a value.
func (t Type) Presence() Presence {
	if t.IsRequired() {
		return Always
	}
	if strings.HasPrefix(string(t), list) || strings.HasPrefix(string(t), mapping) {
		return Collection
	}
	return Optional
}

// Elem returns the type of the elements if t is a list.
func (t Type) Elem() (Type, bool) { return t.cut(list) }

// Value returns the type of the values if t is a map.
func (t Type) Value() (Type, bool) { return t.cut(mapping) }

// Object returns the name of the nested object if t is one.
func (t Type) Object() (string, bool) {
	name, ok := t.cut(object)
	return string(name), ok
}

// Kind returns the type without the mark of a required property.
func (t Type) Kind() Type { return Type(strings.TrimSuffix(string(t), require)) }

func (t Type) cut(prefix string) (Type, bool) {
	rest, ok := strings.CutPrefix(string(t.Kind()), prefix)
	return Type(rest), ok
}

// ErrUnknown means that the table has no entry for a token.
var ErrUnknown = errors.New("not in the AWS SDK's schema")

// ModuleOf returns the name of the module a token belongs to: s3 for aws:s3/bucket:Bucket.
func ModuleOf(token string) string {
	if token == ProviderToken {
		return "index"
	}
	_, member, _ := strings.Cut(token, ":")
	module, _, _ := strings.Cut(member, "/")
	module, _, _ = strings.Cut(module, ":")
	return module
}
