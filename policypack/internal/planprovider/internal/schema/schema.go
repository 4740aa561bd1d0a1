// Package schema says what the resources and functions of the Pulumi AWS provider look like: which
// arguments they take, of what type and which of them are required, and which outputs they have.
//
// The facts are those of the Go SDK's own `…Args` and resource types. They are read from the
// SDK's source at development time by the program in gen and embedded as a table, because linking the
// SDK's packages would make the binary several times larger and slower to start.
package schema

import (
	"archive/zip"
	"bytes"
	_ "embed" // for the table
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

//go:generate go run ./gen -out aws.zip

// table is a zip archive with one JSON file per SDK module, so that a program that uses three modules
// pays for decoding three, and one file with the aliases.
//
//go:embed aws.zip
var table []byte

// AliasesFile is the name of the file in the table that maps each alias of a resource type to its token.
const AliasesFile = "aliases.json"

// ProviderToken is the resource type of the provider itself; its inputs are the provider's configuration.
const ProviderToken = "pulumi:providers:aws"

// Module is one module of the SDK, such as s3 or lambda.
type Module struct {
	// Resources by type token, such as aws:s3/bucket:Bucket.
	Resources map[string]*Resource `json:"resources,omitempty"`
	// Functions are the arguments of each function by token, such as aws:s3/getBucket:getBucket.
	Functions map[string]Object `json:"functions,omitempty"`
	// Objects are the nested types of the module by name, such as BucketNotificationQueue.
	Objects map[string]Object `json:"objects,omitempty"`
}

// Resource describes a resource type.
type Resource struct {
	// Inputs are the arguments the program may give.
	Inputs Object `json:"inputs,omitempty"`
	// Outputs says of each output when the provider gives it.
	Outputs map[string]Presence `json:"outputs,omitempty"`
	// Secrets are the outputs that are always secret.
	Secrets []string `json:"secrets,omitempty"`
}

// Object maps the properties of an object, by their Pulumi names, to their types.
type Object map[string]Type

// Presence says when an output has a value.
type Presence string

const (
	// Always means that the SDK's type has no room for an absent value: the output is required or computed.
	Always Presence = "always"
	// Optional means that the output is absent when the input of that name is.
	Optional Presence = "optional"
	// Collection is a list or a map, of which the SDK's type does not tell the two cases apart.
	Collection Presence = "collection"
)

// Type is a property's type in a small notation: a kind, `[]` or `map[]` before the element's type, `#` and
// the name for a nested object of the same module, and `!` at the end when the property is required.
// Examples: string!, []#BucketNotificationQueue, map[]string.
type Type string

// The kinds of values that are not collections or objects.
const (
	String  Type = "string"
	Number  Type = "number"
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

// IsRequired reports whether the property must be given.
func (t Type) IsRequired() bool { return strings.HasSuffix(string(t), require) }

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

// Schema looks things up in the embedded table, decoding a module when it is first asked for. It may be used
// by several goroutines. The zero value is ready for use.
type Schema struct {
	mu      sync.Mutex
	archive *zip.Reader
	aliases map[string]string
	modules map[string]*Module
}

// ErrUnknown says that the table has no entry for a token.
var ErrUnknown = errors.New("not in the AWS SDK's schema")

// Resource returns the resource with the given type token, or one of its aliases, and the module whose
// Objects its types refer to. The error wraps [ErrUnknown] if there is none.
func (s *Schema) Resource(token string) (*Resource, *Module, error) {
	module, err := s.module(token)
	if err == nil {
		if r := module.Resources[token]; r != nil {
			return r, module, nil
		}
		err = ErrUnknown
	}
	if !errors.Is(err, ErrUnknown) {
		return nil, nil, err
	}
	if target, ok := s.aliases[token]; ok {
		return s.Resource(target)
	}
	return nil, nil, fmt.Errorf("looking up resource type %s: %w", token, err)
}

// Function returns the arguments of the function with the given token and its module. The error wraps
// [ErrUnknown] if there is none.
func (s *Schema) Function(token string) (Object, *Module, error) {
	module, err := s.module(token)
	if err != nil {
		return nil, nil, err
	}
	args, ok := module.Functions[token]
	if !ok {
		return nil, nil, fmt.Errorf("looking up function %s: %w", token, ErrUnknown)
	}
	return args, module, nil
}

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

func (s *Schema) module(token string) (*Module, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.archive == nil {
		archive, err := zip.NewReader(bytes.NewReader(table), int64(len(table)))
		if err != nil {
			return nil, fmt.Errorf("opening the embedded AWS schema: %w", err)
		}
		if err := decode(archive, AliasesFile, &s.aliases); err != nil {
			return nil, err
		}
		s.archive, s.modules = archive, map[string]*Module{}
	}
	name := ModuleOf(token)
	if m := s.modules[name]; m != nil {
		return m, nil
	}
	var m Module
	if err := decode(s.archive, name+".json", &m); err != nil {
		return nil, err
	}
	s.modules[name] = &m
	return &m, nil
}

func decode(archive *zip.Reader, name string, into any) error {
	f, err := archive.Open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return fmt.Errorf("looking up module %s: %w", strings.TrimSuffix(name, ".json"), ErrUnknown)
	}
	if err != nil {
		return fmt.Errorf("opening %s of the embedded AWS schema: %w", name, err)
	}
	defer f.Close()
	if err := json.NewDecoder(f).Decode(into); err != nil {
		return fmt.Errorf("reading %s of the embedded AWS schema: %w", name, err)
	}
	return nil
}
