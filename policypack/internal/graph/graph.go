// Package graph models a stack as rules see it: resources, their arguments and outputs, and which resources refer to
// which, even where values are not known yet.
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
	// Inputs are the arguments after the provider's check; nil when the engine does not manage the resource but only
	// read it, as a `get` function does.
	Inputs resource.PropertyMap
	// Outputs are the resource's state. During a preview most of them are unknown.
	Outputs resource.PropertyMap
	// OutputsPending is set if an output that is missing from Outputs is not known yet, rather than absent.
	OutputsPending bool
	// Parent is the URN of the component that the resource belongs to.
	Parent resource.URN
	// Dependencies are all resources that this one waits for. PropertyDependencies are those that each top-level
	// argument was computed from.
	Dependencies         []resource.URN
	PropertyDependencies map[resource.PropertyKey][]resource.URN
	// Provider is the configuration of the resource's provider, in which values other than strings may be JSON; nil
	// when it is not known.
	Provider resource.PropertyMap
	// Component is set for a component resource, which does not exist in the cloud itself.
	Component bool
	// Protect is set if the engine refuses to delete the resource.
	Protect bool
	// Spelling is how the program spells the resource if that differs from Type; nil for most resources.
	Spelling *Spelling
	// Parts are declared by the program inside this resource, but have a resource type of their own in Type. They share
	// its URN and its location.
	Parts []*Resource
	// File, Line and Column are where the program declares the resource, if that is known. File is relative to the
	// program's folder and uses slashes; Line and Column count from 1.
	File         string
	Line, Column int
}

// Arg returns an argument that the program gave, after the provider's check. It is absent for a resource that the
// engine does not manage.
func (r *Resource) Arg(name string) Value {
	return newValue(r.Inputs[resource.PropertyKey(name)], false)
}

// Output returns a property of the resource's state.
func (r *Resource) Output(name string) Value {
	v, ok := r.Outputs[resource.PropertyKey(name)]
	if !ok && r.OutputsPending {
		return Unknown
	}
	return newValue(v, false)
}

// Property returns the argument if it is known, and the output otherwise. Use it to find out which resource this is,
// not what the program asked for.
func (r *Resource) Property(name string) Value {
	if v := r.Arg(name); v.Known() {
		return v
	}
	return r.Output(name)
}

// Managed reports whether the program declares the resource, rather than reading one that is declared elsewhere. Rules
// judge managed resources only.
func (r *Resource) Managed() bool { return r.Inputs != nil }

// String returns the resource's class and its name in the program, for messages.
func (r *Resource) String() string {
	if r.Type == StackType {
		return "the stack"
	}
	class := r.Declared().Type
	if r.Type.hasTwoTokens() && r.URN.IsValid() && Canonical(string(r.URN.Type())) == r.Type {
		class = Type(r.URN.Type()) // as the program's version of the SDK spells it: BucketVersioningV2
	}
	return class.Short() + " '" + r.Name + "'"
}

// Spelling is how a program spells a resource that rules judge as another type: an aws-native resource as one of
// pulumi-aws.
type Spelling struct {
	// Declared is the resource as the program declares it.
	Declared *Resource
	// Part counts the parts of Declared from 1; 0 is the resource as a whole.
	Part int
	// Path returns the path of an argument, or of something inside it, as the program writes it.
	Path func(path string) string
}

// Declared returns the resource as the program declares it.
func (r *Resource) Declared() *Resource {
	if r.Spelling == nil {
		return r
	}
	return r.Spelling.Declared
}

// DeclaredPath returns the path of an argument, or of something inside it, as the program writes it.
func (r *Resource) DeclaredPath(path string) string {
	if r.Spelling == nil {
		return path
	}
	return r.Spelling.Path(path)
}

// DeclaredText returns the text with the path of an argument, or of what contains it, replaced by the path that the
// program writes.
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

// part returns which part of the declared resource this one is, counting from 1, or 0 for the whole resource.
func (r *Resource) part() int {
	if r.Spelling == nil {
		return 0
	}
	return r.Spelling.Part
}

// Type is a resource type token, with the variants of a token for the same resource merged: see Canonical.
type Type string

// StackType is the type of the resource that represents the stack itself. Its outputs are the stack's outputs.
const StackType Type = "pulumi:pulumi:Stack"

// AnyType stands for all types in the list of types that a rule judges.
const AnyType Type = "*"

// Canonical returns the Type for a token. pulumi-aws 6 has a second set of tokens for the same resources, such as
// aws:s3/bucketV2:BucketV2; they are returned without V2.
func Canonical(token string) Type {
	if rest, ok := strings.CutPrefix(token, s3Prefix); ok {
		module, name, ok := strings.Cut(rest, ":")
		if ok && strings.HasSuffix(module, "V2") && strings.HasSuffix(name, "V2") {
			return Type(s3Prefix + strings.TrimSuffix(module, "V2") + ":" + strings.TrimSuffix(name, "V2"))
		}
	}
	return Type(token)
}

// s3Prefix begins the tokens of the one package that has two sets of them.
const s3Prefix = "aws:s3/"

// hasTwoTokens reports whether programs may spell the type in another way, so that Canonical has to tell.
func (t Type) hasTwoTokens() bool { return strings.HasPrefix(string(t), s3Prefix) }

// Short returns the last part of the token: "Bucket" for aws:s3/bucket:Bucket.
func (t Type) Short() string {
	return string(t[strings.LastIndexByte(string(t), ':')+1:])
}

// Graph is a stack. Build it with New. Its methods are safe for concurrent use, since rules run in parallel.
type Graph struct {
	// Project, Stack and Organization are the names that the engine gave; empty when it gave none.
	Project, Stack, Organization string
	// Resources are all resources that the program declares or reads, sorted by URN because the engine's order differs
	// from run to run. Their parts are not in this list, but All and Managed return them.
	Resources []*Resource

	byURN    map[resource.URN]*Resource
	byType   map[Type][]*Resource
	children map[resource.URN][]*Resource
	// named maps each string that is known to identify a resource of a type to the resources. It is built on first use.
	named map[Type]func() map[string][]*Resource
	// attachedBy holds the indexes for Attached, by the types of both ends.
	attachedBy map[[2]Type]func() *Referrers
}

// New sorts and indexes the resources. If two share a URN, the later one wins.
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

// ByURN returns the resource with that URN, or nil.
func (g *Graph) ByURN(urn resource.URN) *Resource { return g.byURN[urn] }

// All returns the resources of any of the types, managed or not, type by type and sorted by URN.
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

// Managed returns the resources of any of the types that the program declares, in the same order as All.
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

// Managed returns the resources that the program declares.
func Managed(rs []*Resource) []*Resource {
	return slices.DeleteFunc(slices.Clone(rs), func(r *Resource) bool { return !r.Managed() })
}

// StackOutput returns an output of the stack, and whether the graph has the stack's resource.
func (g *Graph) StackOutput(name string) (Value, bool) {
	stacks := g.byType[StackType]
	if len(stacks) == 0 {
		return Value{}, false
	}
	return stacks[0].Output(name), true
}
