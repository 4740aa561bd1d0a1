package ruletest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/native"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// NativeProgram is a program with its resources in the spelling of aws-native.
type NativeProgram struct {
	Graph *graph.Graph
	// Kept are the resources of pulumi-aws that stay as they are: aws-native has no such type, or cannot express what the
	// program gives them. A program may mix both packages.
	Kept []*graph.Resource
	// by are the resources of the program by those of the one that it was made of.
	by map[*graph.Resource]*graph.Resource
}

// Native returns the same stack as a program that uses aws-native wherever that can express what the program says.
// What pulumi-aws has as a resource of its own and aws-native as an argument goes into the resource that it is for.
func Native(g *graph.Graph) NativeProgram {
	n := &nativeProgram{from: g, made: map[*graph.Resource]*made{}}
	for _, r := range g.Resources {
		n.whole(r)
	}
	for _, r := range g.Resources {
		n.part(r)
	}
	return n.program()
}

// Translate returns which resource and argument of the program a resource and argument of the other one became, and a
// message in its words.
func (p NativeProgram) Translate(urn resource.URN, property, message string) (resource.URN, string, string) {
	// A longer name may contain a shorter one.
	all := slices.SortedFunc(maps.Keys(p.by), func(a, b *graph.Resource) int {
		return cmp.Or(len(b.String())-len(a.String()), cmp.Compare(a.URN, b.URN))
	})
	for _, r := range all {
		if r.URN == urn {
			message = p.by[r].DeclaredText(message, property)
			property = p.by[r].DeclaredPath(property)
			break
		}
	}
	for _, r := range all {
		message = strings.ReplaceAll(message, r.String(), p.by[r].String())
	}
	for _, r := range all {
		if r.URN == urn {
			urn = p.by[r].URN
			break
		}
	}
	return urn, property, message
}

// nativeProgram is a NativeProgram in the making.
type nativeProgram struct {
	from *graph.Graph
	made map[*graph.Resource]*made
}

// made is what a resource became: a resource of its own, or part of another one's argument.
type made struct {
	declared *graph.Resource
	form     native.Form
	index    int // in the argument, for a form of many
}

// whole makes a resource of one that is a resource in aws-native, too.
func (n *nativeProgram) whole(r *graph.Resource) {
	for _, form := range native.Forms(r.Type) {
		if form.Argument != "" {
			continue
		}
		d := *r
		d.Type = form.Type
		d.URN = resource.NewURN(r.URN.Stack(), r.URN.Project(), "", tokens.Type(form.Type), r.Name)
		if r.Managed() {
			d.Inputs = form.Arguments(r.Inputs).ObjectValue()
		}
		if r.Outputs != nil {
			d.Outputs = form.Outputs(r.Outputs)
		}
		d.PropertyDependencies = map[resource.PropertyKey][]resource.URN{}
		for name, urns := range r.PropertyDependencies {
			for _, root := range form.Roots(string(name)) {
				key := resource.PropertyKey(root)
				d.PropertyDependencies[key] = append(d.PropertyDependencies[key], urns...)
			}
		}
		if sameArguments(native.Adapt(&d), r, "") {
			n.made[r] = &made{declared: &d, form: form}
			return
		}
	}
}

// part puts a resource that aws-native has as an argument into the resource that it is for, if the program declares
// that, and says nothing else there.
func (n *nativeProgram) part(r *graph.Resource) {
	if n.made[r] != nil || !r.Managed() {
		return
	}
	for _, form := range native.Forms(r.Type) {
		if form.Argument == "" {
			continue
		}
		owner := n.owner(r, form)
		if owner == nil {
			continue
		}
		arguments := r.Inputs.Copy()
		delete(arguments, resource.PropertyKey(form.Owner))
		value := form.Arguments(arguments)
		key := resource.PropertyKey(form.Argument)
		before, index := owner.Inputs[key], 0
		if form.Many {
			list := []resource.PropertyValue{}
			if before.IsArray() {
				list = slices.Clone(before.ArrayValue())
			}
			index = len(list)
			value = resource.NewProperty(append(list, value))
		} else if !before.IsNull() {
			continue
		}
		candidate := *owner
		candidate.Inputs = owner.Inputs.Copy()
		candidate.Inputs[key] = value
		if i := slices.IndexFunc(native.Adapt(&candidate).Parts, func(part *graph.Resource) bool {
			return part.Type == r.Type && (!form.Many || part.DeclaredPath("") == listItem(form.Argument, index))
		}); i < 0 || !sameArguments(native.Adapt(&candidate).Parts[i], r, resource.PropertyKey(form.Owner)) {
			continue
		}
		owner.Inputs = candidate.Inputs
		owner.Outputs = owner.Outputs.Copy()
		owner.Outputs[key] = value
		for name, urns := range r.PropertyDependencies {
			if string(name) != form.Owner {
				owner.PropertyDependencies[key] = append(owner.PropertyDependencies[key], urns...)
			}
		}
		owner.Dependencies = slices.Concat(owner.Dependencies, r.Dependencies)
		n.made[r] = &made{declared: owner, form: form, index: index}
		return
	}
}

// owner returns the resource of aws-native that the part is for; nil if there is not just one.
func (n *nativeProgram) owner(r *graph.Resource, form native.Form) *graph.Resource {
	var found *graph.Resource
	for whole, m := range n.made {
		if m.form.Type != form.Type || m.form.Argument != "" || !whole.Managed() {
			continue
		}
		target := n.from.Resolve(r, r.Ref(form.Owner), whole.Type)
		if len(target.Linked()) == 1 && target.Linked()[0] == whole {
			found = m.declared
		}
	}
	return found
}

// sameArguments reports whether two resources have the same arguments, but for one.
func sameArguments(a, b *graph.Resource, but resource.PropertyKey) bool {
	if a.Managed() != b.Managed() {
		return false
	}
	x, y := a.Inputs.Copy(), b.Inputs.Copy()
	delete(x, but)
	delete(y, but)
	return x.DeepEquals(y)
}

// program puts the stack together.
func (n *nativeProgram) program() NativeProgram {
	became := map[resource.URN]resource.URN{}
	p := NativeProgram{by: map[*graph.Resource]*graph.Resource{}}
	var declared []*graph.Resource
	for _, r := range n.from.Resources {
		m := n.made[r]
		if m == nil {
			kept := *r
			m = &made{declared: &kept}
			n.made[r] = m
			if strings.HasPrefix(string(r.Type), "aws:") {
				p.Kept = append(p.Kept, r)
			}
		}
		became[r.URN] = m.declared.URN
		if !slices.Contains(declared, m.declared) {
			declared = append(declared, m.declared)
		}
	}
	renamed := func(of resource.URN, urns []resource.URN) []resource.URN {
		all := []resource.URN{}
		for _, urn := range urns {
			if now := cmp.Or(became[urn], urn); now != of {
				all = append(all, now)
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	adapted := map[*graph.Resource]*graph.Resource{}
	var all []*graph.Resource
	for _, d := range declared {
		d.Dependencies = renamed(d.URN, d.Dependencies)
		dependencies := map[resource.PropertyKey][]resource.URN{}
		for key, urns := range d.PropertyDependencies {
			if now := renamed(d.URN, urns); len(now) > 0 {
				dependencies[key] = now
			}
		}
		d.PropertyDependencies = dependencies
		d.Parent = cmp.Or(became[d.Parent], d.Parent)
		adapted[d] = native.Adapt(d)
		all = append(all, adapted[d])
	}
	for r, m := range n.made {
		p.by[r] = adapted[m.declared]
		if m.form.Argument == "" {
			continue
		}
		at := m.form.Argument
		if m.form.Many {
			at = listItem(at, m.index)
		}
		for _, part := range adapted[m.declared].Parts {
			if part.Type == r.Type && part.DeclaredPath("") == at {
				p.by[r] = part
			}
		}
	}
	p.Graph = graph.New(n.from.Project, n.from.Stack, n.from.Organization, all)
	return p
}

func listItem(argument string, index int) string { return argument + "[" + strconv.Itoa(index) + "]" }
