// Package native handles aws-native, the package of CloudFormation's resource types, as a second spelling of the
// resources that pulumi-aws declares. Its resources are adapted before they are judged: each becomes the resources that
// pulumi-aws 7 would declare, and keeps a record of how the program spells them.
//
// Each file covers one service. It has a table of arguments by resource type, in which a new type or argument is one
// more line, and conversions for the few values that are spelt differently. The names are those of the CloudFormation
// resource reference, in Pulumi's camelCase.
package native

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Package is the name of the package.
const Package = "aws-native"

// kind is how one type of aws-native is adapted.
type kind struct {
	// to is the type of pulumi-aws.
	to graph.Type
	// arguments are the arguments of to. outputs are the other properties that both types have, such as an ARN; they
	// include the id if it is the same.
	arguments, outputs shape
	// parts are the arguments for which pulumi-aws has resources of their own.
	parts []part
	// finish changes converted properties in ways that no table can express; nil for most.
	finish func(resource.PropertyMap)
}

// part is an argument of a resource for which pulumi-aws has a resource of its own.
type part struct {
	to graph.Type
	// argument is the name of the argument. If each is set, it is a list, and each item is a resource.
	argument string
	each     bool
	// shape is how the argument, or its item, is spelt.
	shape shape
	// owner is the argument of the part that refers to the whole resource, and identity the property of the whole
	// resource that it contains.
	owner, identity string
	// itself is another argument, which refers to the whole resource if it is absent; empty for most.
	itself string
}

// kinds are the types that can be adapted, by their tokens.
var kinds = merge(
	chatbotKinds, cloudWatchKinds, eventBridgeKinds, iamKinds, kmsKinds, lambdaKinds, s3Kinds, schedulerKinds, snsKinds,
	sqsKinds,
)

func merge(tables ...map[graph.Type]kind) map[graph.Type]kind {
	all := map[graph.Type]kind{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

// Adapt returns an aws-native resource as the resource of pulumi-aws, with its parts, and any other resource unchanged.
func Adapt(r *graph.Resource) *graph.Resource {
	k, ok := kinds[r.Type]
	if !ok {
		return r
	}
	whole := *r
	whole.Type = k.to
	whole.Spelling = &graph.Spelling{Declared: r, Path: k.declaredPath}
	whole.Inputs = k.ownArguments(r.Inputs)
	whole.Outputs = k.ownArguments(r.Outputs)
	if r.Outputs != nil {
		k.outputs.convertInto(whole.Outputs, valueOf(r.Outputs))
	}
	whole.PropertyDependencies = k.arguments.dependencies(r.PropertyDependencies)
	whole.Parts = k.partsOf(&whole)
	return &whole
}

// ownArguments returns the properties of a resource without those of its parts, or nil for nil.
func (k kind) ownArguments(properties resource.PropertyMap) resource.PropertyMap {
	if properties == nil {
		return nil
	}
	own := maps.Clone(properties)
	for _, p := range k.parts {
		delete(own, resource.PropertyKey(p.argument))
	}
	converted := k.arguments.convert(valueOf(own))
	if k.finish != nil {
		k.finish(converted)
	}
	return converted
}

// declaredPath returns the path in aws-native of an argument or an output.
func (k kind) declaredPath(path string) string {
	if declared := k.arguments.declaredPath(path); declared != path {
		return declared
	}
	return k.outputs.declaredPath(path)
}

// partsOf returns the parts of an adapted resource.
func (k kind) partsOf(whole *graph.Resource) []*graph.Resource {
	declared := whole.Declared()
	var parts []*graph.Resource
	add := func(p part, path string, inputs, outputs graph.Value) {
		made := *whole
		made.Type, made.Parts = p.to, nil
		made.Spelling = &graph.Spelling{Declared: declared, Part: len(parts) + 1, Path: p.declaredPath(path, whole)}
		made.Inputs, made.Outputs = nil, p.shape.convert(outputs)
		if whole.Managed() {
			made.Inputs = p.shape.convert(inputs)
		}
		p.setOwner(&made, whole)
		parts = append(parts, &made)
	}
	for _, p := range k.parts {
		inputs, outputs := declared.Arg(p.argument), declared.Output(p.argument)
		given := inputs
		if !whole.Managed() {
			given = outputs
		}
		switch {
		case given.Absent():
		case p.each && given.IsList():
			for i := range given.Items() {
				add(p, p.argument+"["+strconv.Itoa(i)+"]", inputs.At(i), outputs.At(i))
			}
		default:
			add(p, p.argument, inputs, outputs)
		}
	}
	return parts
}

// setOwner makes a part refer to the whole resource, and sets what the part's arguments are computed from.
func (p part) setOwner(made, whole *graph.Resource) {
	identity := unknown()
	if v := whole.Property(p.identity); v.Known() {
		identity = put(v)
	}
	made.PropertyDependencies = map[resource.PropertyKey][]resource.URN{}
	of := whole.Declared().PropertyDependencies[resource.PropertyKey(p.argument)]
	for _, properties := range []resource.PropertyMap{made.Inputs, made.Outputs} {
		if properties == nil {
			continue
		}
		for name := range properties {
			if len(of) > 0 {
				made.PropertyDependencies[name] = of
			}
		}
		for _, name := range []resource.PropertyKey{resource.PropertyKey(p.owner), resource.PropertyKey(p.itself)} {
			if _, given := properties[name]; !given && name != "" {
				properties[name] = identity
				made.PropertyDependencies[name] = []resource.URN{whole.URN}
			}
		}
	}
}

// declaredPath returns how the program writes the paths of a part that it declares at a path.
func (p part) declaredPath(at string, whole *graph.Resource) func(string) string {
	return func(path string) string {
		if path == p.owner {
			return whole.DeclaredPath(p.identity)
		}
		return join(at, p.shape.declaredPath(path))
	}
}

// join appends a path to another.
func join(path, more string) string {
	if path == "" || more == "" || strings.HasPrefix(more, "[") {
		return path + more
	}
	return path + "." + more
}

// valueOf returns properties as a value, which is absent for nil.
func valueOf(properties resource.PropertyMap) graph.Value {
	if properties == nil {
		return graph.Value{}
	}
	return graph.NewValue(resource.NewProperty(properties))
}

// put returns a value as a property.
func put(v graph.Value) resource.PropertyValue {
	if v.Secret() {
		return resource.MakeSecret(v.Property())
	}
	return v.Property()
}

func unknown() resource.PropertyValue { return graph.Unknown.Property() }

// dependencies returns what each argument is computed from, by the argument's name in pulumi-aws.
func (s shape) dependencies(declared map[resource.PropertyKey][]resource.URN) map[resource.PropertyKey][]resource.URN {
	if declared == nil {
		return nil
	}
	all := maps.Clone(declared)
	for _, m := range s {
		name, native := resource.PropertyKey(root(m.name)), resource.PropertyKey(m.root())
		if urns := declared[native]; name != native && name != "" && len(urns) > 0 {
			all[name] = append(slices.Clip(all[name]), urns...)
		}
	}
	return all
}
