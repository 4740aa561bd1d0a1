// Package graph is a stack as rules see it: resources, their arguments and
// outputs, and what points to what, also where values are not known yet.
package graph

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Resource is one resource of a stack.
type Resource struct {
	URN  resource.URN
	Type Type
	Name string
	// Inputs are the arguments as checked by the provider; nil when the engine
	// does not manage the resource (it was read, as by a `get` function).
	Inputs resource.PropertyMap
	// Outputs are the resource's state. During a preview most are unknown.
	Outputs resource.PropertyMap
	// OutputsPending says that an output which Outputs lacks is not known yet,
	// rather than absent.
	OutputsPending bool
	// Parent is the URN of the component the resource belongs to.
	Parent resource.URN
	// Dependencies are all resources that this one waits for, and
	// PropertyDependencies those that a top-level argument was computed from.
	Dependencies         []resource.URN
	PropertyDependencies map[resource.PropertyKey][]resource.URN
	// Provider is the configuration of the provider that the resource belongs
	// to, in which values other than texts may be JSON; nil when it is not known.
	Provider resource.PropertyMap
	// Component says that the resource is a component: it is nothing in the cloud
	// itself.
	Component bool
	// Protect says that the engine refuses to delete the resource.
	Protect bool
	// Spelling is how the program spells the resource, where that is not as Type has it; nil for most.
	Spelling *Spelling
	// Parts are what the program declares inside this resource, and what are resources of their own by their Type. They
	// have its URN and its place.
	Parts []*Resource
	// File, Line and Column are where the program declares the resource, if
	// known: a path below the program's folder, with slashes, and from 1.
	File         string
	Line, Column int
}

// Arg is an argument the program gave, after the provider's check. For a
// resource the engine does not manage there are none.
func (r *Resource) Arg(name string) Value {
	return newValue(r.Inputs[resource.PropertyKey(name)], false)
}

// Output is a property of the resource's state.
func (r *Resource) Output(name string) Value {
	v, ok := r.Outputs[resource.PropertyKey(name)]
	if !ok && r.OutputsPending {
		return Unknown
	}
	return newValue(v, false)
}

// Property is what is known of a property: the argument if it is known, else
// the output. Use it to tell which resource this is, not what was asked of it.
func (r *Resource) Property(name string) Value {
	if v := r.Arg(name); v.Known() {
		return v
	}
	return r.Output(name)
}

// Managed says that the program declares the resource, rather than reads one
// that is declared elsewhere. Rules judge managed resources only.
func (r *Resource) Managed() bool { return r.Inputs != nil }

// String names the resource in a message: its class and its name in the program.
func (r *Resource) String() string {
	if r.Type == StackType {
		return "the stack"
	}
	class := r.Declared().Type
	if r.URN.IsValid() && Canonical(string(r.URN.Type())) == r.Type {
		class = Type(r.URN.Type()) // as the program's version of the SDK has it: BucketVersioningV2
	}
	return class.Short() + " '" + r.Name + "'"
}

// Spelling is how a program spells a resource that is judged as one of another type: one of aws-native as that of
// pulumi-aws.
type Spelling struct {
	// Declared is the resource as the program declares it.
	Declared *Resource
	// Part counts the parts of Declared from 1; it is 0 for the resource as a whole.
	Part int
	// Path returns the path of an argument, or of what is in it, as the program writes it.
	Path func(path string) string
}

// Declared returns the resource as the program declares it.
func (r *Resource) Declared() *Resource {
	if r.Spelling == nil {
		return r
	}
	return r.Spelling.Declared
}

// DeclaredPath returns the path of an argument, or of what is in it, as the program writes it.
func (r *Resource) DeclaredPath(path string) string {
	if r.Spelling == nil {
		return path
	}
	return r.Spelling.Path(path)
}

// DeclaredText returns a text that names an argument by its path, or what holds it, with that path as the program writes
// it.
func (r *Resource) DeclaredText(text, path string) string {
	if r.Spelling == nil {
		return text
	}
	for ; path != ""; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		before, after, found := strings.Cut(" "+text+" ", " "+path)
		if declared := r.DeclaredPath(path); found && declared != "" && strings.ContainsAny(after[:1], " :,") {
			return strings.TrimSpace(before + " " + declared + after)
		}
	}
	return text
}

// part returns which part of the declared resource this one is, from 1; 0 for the whole.
func (r *Resource) part() int {
	if r.Spelling == nil {
		return 0
	}
	return r.Spelling.Part
}

// Type is a resource type token, without the differences between the token
// families of one resource: see Canonical.
type Type string

// StackType is the type of the resource that stands for the stack itself. Its
// outputs are the stack's outputs.
const StackType Type = "pulumi:pulumi:Stack"

// AnyType stands for every type, among the types that a rule judges.
const AnyType Type = "*"

// Canonical turns a token into the Type that rules name. The split-era tokens
// of pulumi-aws 6 (aws:s3/bucketV2:BucketV2 and its relatives) are the same
// resources as those without V2.
func Canonical(token string) Type {
	if rest, ok := strings.CutPrefix(token, "aws:s3/"); ok {
		module, name, ok := strings.Cut(rest, ":")
		if ok && strings.HasSuffix(module, "V2") && strings.HasSuffix(name, "V2") {
			return Type("aws:s3/" + strings.TrimSuffix(module, "V2") + ":" + strings.TrimSuffix(name, "V2"))
		}
	}
	return Type(token)
}

// Short is the last part of the token, as "Bucket" in aws:s3/bucket:Bucket.
func (t Type) Short() string {
	return string(t[strings.LastIndexByte(string(t), ':')+1:])
}

// Graph is a stack. Build it with New. Rules run side by side: its methods are for any number of goroutines.
type Graph struct {
	// Project, Stack and Organization are the names the engine gave, empty
	// when it gave none.
	Project, Stack, Organization string
	// Resources are all resources that the program declares or reads, in order of
	// their URNs: the engine's own order differs from run to run. Their parts are not
	// among them, but they are among those of a type.
	Resources []*Resource

	byURN    map[resource.URN]*Resource
	byType   map[Type][]*Resource
	children map[resource.URN][]*Resource
	// named are the resources of a type by each string known to identify one,
	// collected when they are first asked for.
	named map[Type]func() map[string][]*Resource
	// attachedBy are the indexes of Attached, by the types of both ends.
	attachedBy map[[2]Type]func() *Referrers
}

// New sorts and indexes resources. Later entries win where two share a URN.
func New(project, stack, organization string, resources []*Resource) *Graph {
	resources = slices.SortedStableFunc(slices.Values(resources), func(a, b *Resource) int {
		return cmp.Compare(a.URN, b.URN)
	})
	g := &Graph{
		Project: project, Stack: stack, Organization: organization,
		Resources: resources,
		byURN:     make(map[resource.URN]*Resource, len(resources)),
		byType:    map[Type][]*Resource{},
		children:  map[resource.URN][]*Resource{},
		named:     map[Type]func() map[string][]*Resource{},
	}
	for _, r := range resources {
		g.byURN[r.URN] = r
		g.byType[r.Type] = append(g.byType[r.Type], r)
		for _, part := range r.Parts {
			g.byType[part.Type] = append(g.byType[part.Type], part)
		}
		if r.Parent != "" {
			g.children[r.Parent] = append(g.children[r.Parent], r)
		}
	}
	g.attachedBy = g.attached()
	for t, of := range g.byType {
		g.named[t] = sync.OnceValue(func() map[string][]*Resource { return byIdentity(of) })
	}
	return g
}

// ByURN is the resource with that URN, or nil.
func (g *Graph) ByURN(urn resource.URN) *Resource { return g.byURN[urn] }

// All are the resources of any of the types, managed or not: type by type, and
// in the order of their URNs.
func (g *Graph) All(types ...Type) []*Resource {
	if len(types) == 1 {
		return g.byType[types[0]]
	}
	var all []*Resource
	for _, t := range types {
		all = append(all, g.byType[t]...)
	}
	return all
}

// Managed are the resources of any of the types that the program declares, in
// the order of All.
func (g *Graph) Managed(types ...Type) []*Resource {
	var managed []*Resource
	for _, t := range types {
		for _, r := range g.byType[t] {
			if r.Managed() {
				managed = append(managed, r)
			}
		}
	}
	return managed
}

// Managed returns those of the resources that the program declares.
func Managed(rs []*Resource) []*Resource {
	return slices.DeleteFunc(slices.Clone(rs), func(r *Resource) bool { return !r.Managed() })
}

// StackOutput is an output of the stack, and whether the stack resource is
// there to ask.
func (g *Graph) StackOutput(name string) (Value, bool) {
	stacks := g.byType[StackType]
	if len(stacks) == 0 {
		return Value{}, false
	}
	return stacks[0].Output(name), true
}
