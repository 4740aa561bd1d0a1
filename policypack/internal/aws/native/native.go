// Package native knows aws-native, the package of CloudFormation's resource types, as a second spelling of the resources
// that pulumi-aws declares. A resource of it is adapted before anybody judges it: it becomes the resources that
// pulumi-aws 7 would declare, and remembers how the program spells them.
//
// Each file holds one service: a table of arguments by resource type, to which a new type or argument is one more line,
// and conversions for the few values that are not spelt alike. The names are those of the CloudFormation resource
// reference, in Pulumi's camelCase.
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
	// arguments are those of to, and outputs what both types have besides, such as an ARN. The id is among them where it is
	// the same.
	arguments, outputs shape
	// parts are what the resource holds that pulumi-aws has as resources of their own.
	parts []part
	// finish changes converted properties where no table can say how; nil for most.
	finish func(resource.PropertyMap)
}

// part is an argument of a resource that pulumi-aws has as a resource of its own.
type part struct {
	to graph.Type
	// argument is the one that holds it. If each is set that is a list, and each item is a resource.
	argument string
	each     bool
	// shape is how the argument, or its item, is spelt.
	shape shape
	// owner is the argument of the part that names the whole, and identity the property of the whole that it holds.
	owner, identity string
	// itself is another argument that names the whole if it is absent; empty for most.
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

// CanAdapt reports whether resources of a type are adapted.
func CanAdapt(t graph.Type) bool {
	_, ok := kinds[t]
	return ok
}

// Adapt returns a resource of aws-native as pulumi-aws has it, with its parts; any other resource as it is.
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

// ownArguments returns the properties of a resource without those of its parts; nil for nil.
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
		p.name(&made, whole)
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

// name has a part name the whole, and tells what the part's arguments are computed from.
func (p part) name(made, whole *graph.Resource) {
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

// valueOf returns properties as a value; the absent one for nil.
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

// dependencies returns what each argument is computed from, by its name in pulumi-aws.
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
