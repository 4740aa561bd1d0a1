package aws

import (
	"regexp"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// SourceDeclaration is a call in a program's source that declares a resource of pulumi-aws.
type SourceDeclaration struct {
	Call *fact.Call
	// Type is the resource's type.
	Type graph.Type
	// Name is the resource's name in the program; empty when it is not known.
	Name string
	// Arguments are the resource's arguments as the program names them.
	Arguments []fact.Field
	// Object is the single value that holds the arguments, in languages that have one.
	Object fact.Value
	// IsUntyped is set if the call is untyped and names the type of the resource.
	IsUntyped bool
}

// awsClass matches the names of resource classes and constructors in pulumi-aws's SDKs for Python, Node.js and Go.
var awsClass = regexp.MustCompile(
	`^(?:pulumi_aws\.|@pulumi/aws\.|github\.com/pulumi/pulumi-aws/sdk/(?:v\d+/)?go/aws/)(\w+)\.(?:\w+\.)?(New)?([A-Z]\w*)$`)

// DeclaredBy returns the resource of pulumi-aws that a call declares, if it declares one.
func DeclaredBy(c *fact.Call) (SourceDeclaration, bool) {
	d := SourceDeclaration{Call: c}
	if c.Language == fact.YAML {
		return d.fromYAML()
	}
	if m := awsClass.FindStringSubmatch(c.Func); m != nil && (m[2] == "New") == (c.Language == fact.Go) {
		d.Type = graph.Canonical("aws:" + m[1] + "/" + strings.ToLower(m[3][:1]) + m[3][1:] + ":" + m[3])
		d.takeArgs(m[3], 0)
		return d, true
	}
	// The ways to declare a resource by its type token.
	switch {
	case c.Func == "pulumi.CustomResource" || c.Func == "@pulumi/pulumi.CustomResource",
		c.Language == fact.Go && strings.HasSuffix(c.Func, "pulumi.Context).RegisterResource"):
	default:
		return d, false
	}
	token, ok := c.Arg("t", 0)
	text, known := token.Literal()
	if !ok || !known || !strings.HasPrefix(text, "aws:") {
		return d, false
	}
	d.Type, d.IsUntyped = graph.Canonical(text), true
	d.takeArgs("", 1)
	return d, true
}

// fromYAML reads a declaration in a YAML program. The name of its call is the resource's token, in full or in the short
// form aws:s3:Bucket.
func (d SourceDeclaration) fromYAML() (SourceDeclaration, bool) {
	parts := strings.Split(d.Call.Func, ":")
	if len(parts) != 3 || parts[0] != "aws" || len(parts[2]) == 0 || len(d.Call.Args) == 0 || d.Call.Args[0].Name != "" {
		return d, false
	}
	token := d.Call.Func
	if !strings.Contains(parts[1], "/") {
		token = "aws:" + parts[1] + "/" + strings.ToLower(parts[2][:1]) + parts[2][1:] + ":" + parts[2]
	}
	d.Type = graph.Canonical(token)
	d.Name, _ = d.Call.Args[0].Value.Literal()
	for _, a := range d.Call.Args[1:] {
		d.Arguments = append(d.Arguments, fact.Field{Key: a.Name, Value: a.Value})
	}
	return d, true
}

// takeArgs reads the name and the arguments of the resource, which begin at that position.
func (d *SourceDeclaration) takeArgs(class string, position int) {
	c := d.Call
	if c.Language == fact.Go && class != "" {
		position++ // the context
	}
	if v, ok := c.Arg("resource_name", position); ok {
		if name, ok := v.Literal(); ok {
			d.Name = name
		}
	}
	object, hasObject := c.Arg("args", position+1)
	if d.IsUntyped {
		if v, ok := c.Arg("props", position+1); ok {
			object, hasObject = v, ok
		}
	}
	if hasObject {
		d.Object = object
		d.Arguments = append(d.Arguments, object.Members()...)
	}
	if c.Language == fact.Python {
		for _, a := range c.Args {
			if a.Name != "" {
				d.Arguments = append(d.Arguments, fact.Field{Key: a.Name, Value: a.Value})
			}
		}
	}
}

// Argument returns an argument by its name in Pulumi's schema.
func (d *SourceDeclaration) Argument(name string) (fact.Value, bool) {
	for _, field := range d.Arguments {
		if text.SchemaName(field.Key) == name {
			return field.Value, true
		}
	}
	return fact.Value{}, false
}

// At returns the location of an argument, given by its path, for a finding.
func (d *SourceDeclaration) At(path string) finding.Argument {
	return finding.Argument{Type: string(d.Type), Name: d.Name, Path: path}
}

// String returns the resource's class and name for messages.
func (d *SourceDeclaration) String() string {
	if d.Name == "" {
		return "a " + d.Type.Short()
	}
	return d.Type.Short() + " '" + d.Name + "'"
}
