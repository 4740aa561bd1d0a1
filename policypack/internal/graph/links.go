package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
)

// Ref is a value that refers to another resource.
type Ref struct {
	// Property is the top-level argument that holds the value. Dependencies are only known per top-level argument.
	Property string
	Value    Value
	// Doubtful is set if the value may not be a name after all, so that what it resolves to is no more than Possible.
	Doubtful bool
}

// Setting returns an argument of the resource or, when the program only reads the resource, the output of that name.
func (r *Resource) Setting(name string) Value {
	if r.Managed() {
		return r.Arg(name)
	}
	return r.Output(name)
}

// Ref returns the reference in a setting, or in the member of it at that path.
func (r *Resource) Ref(property string, path ...string) Ref {
	v := r.Setting(property)
	for _, name := range path {
		v = v.Get(name)
	}
	return Ref{Property: property, Value: v}
}

// Refs returns the references in a setting that is either one value or a list.
func (r *Resource) Refs(property string) []Ref {
	v := r.Setting(property)
	if !v.IsList() {
		return []Ref{{Property: property, Value: v}}
	}
	refs := []Ref{}
	for _, item := range v.Items() {
		refs = append(refs, Ref{Property: property, Value: item})
	}
	return refs
}

// Target is what a Ref may refer to among the resources of the wanted types.
type Target struct {
	// Certain are the resources that the known value names.
	Certain []*Resource
	// ByDependency are the resources that the value is computed from. The value may be only partly made of their names,
	// so a dependency can clear a resource of a finding, but cannot cause one.
	ByDependency []*Resource
	// Possible are the resources that the value may refer to, because it is computed from them through another
	// resource, or because they may be in the right region.
	Possible []*Resource
	// Apart are the resources that have the name, but are in another region or account than the one the value refers
	// to.
	Apart []*Resource
	// Absent is set if there is no value, Elsewhere if the value is known and names no resource of the wanted types in
	// this stack, and Open if the value is unknown and could refer to anything.
	Absent, Elsewhere, Open bool
}

// Linked returns the resources that the Ref names for certain or by dependency.
func (t Target) Linked() []*Resource { return slices.Concat(t.Certain, t.ByDependency) }

// Resolve returns what a Ref of r refers to among the resources of the wanted types.
func (g *Graph) Resolve(r *Resource, ref Ref, want ...Type) Target {
	t := g.resolve(r, ref, want)
	if ref.Doubtful {
		t.Possible = slices.Concat(t.Certain, t.ByDependency, t.Possible)
		t.Certain, t.ByDependency = nil, nil
	}
	return t
}

func (g *Graph) resolve(r *Resource, ref Ref, want []Type) Target {
	if ref.Value.Absent() {
		return Target{Absent: true}
	}
	var apart []*Resource
	if s, ok := ref.Value.Str(); ok {
		found := g.lookUp(r, s, want)
		switch {
		case len(found[answer.Yes]) > 0:
			return Target{Certain: found[answer.Yes]}
		case len(found[answer.Unknown]) > 0:
			return Target{Possible: found[answer.Unknown]}
		}
		apart = found[answer.No]
	}
	// A known value that names nothing may still come from a resource whose own name is not known yet, so look at the
	// dependencies in any case.
	deps := r.PropertyDependencies[resource.PropertyKey(ref.Property)]
	direct := g.among(deps, want)
	switch {
	case len(direct) > 0 && !g.allNamed(direct, ref.Value):
		return Target{ByDependency: direct}
	case ref.Value.Known():
		return Target{Elsewhere: true, Apart: apart}
	case len(deps) == 0:
		return Target{Open: true}
	}
	if behind, ok := g.behind(deps, want); ok {
		return Target{Possible: behind}
	}
	return Target{Open: true}
}

// allNamed reports whether v and the names of all of rs are known. If so, v, which matches none of the names, refers to
// something else.
func (g *Graph) allNamed(rs []*Resource, v Value) bool {
	return v.Known() && !slices.ContainsFunc(rs, func(r *Resource) bool { return !r.PhysicalName().Known() })
}

// among returns the wanted resources that deps refer to: the dependencies themselves, their parts or, for a component,
// its children.
func (g *Graph) among(deps []resource.URN, want []Type) []*Resource {
	var found []*Resource
	for _, urn := range deps {
		r := g.byURN[urn]
		switch {
		case r == nil:
		case slices.Contains(want, r.Type):
			found = append(found, r)
		default:
			for _, child := range slices.Concat(r.Parts, g.children[urn]) {
				if slices.Contains(want, child.Type) {
					found = append(found, child)
				}
			}
		}
	}
	return distinct(found)
}

// maxBehind limits how many resources one search behind a value visits, so that checking stays cheap in a stack where
// everything depends on everything.
const maxBehind = 200

// behind returns the wanted resources that deps were computed from in turn, as when a bucket's name is taken from its
// versioning resource. It returns false when it cannot find out: because there are too many resources, one is not in
// the graph, or one has an unknown argument that comes from no resource.
func (g *Graph) behind(deps []resource.URN, want []Type) ([]*Resource, bool) {
	var found []*Resource
	seen := map[resource.URN]bool{}
	for queue := slices.Clone(deps); len(queue) > 0; queue = queue[1:] {
		r := g.byURN[queue[0]]
		if r != nil && seen[r.URN] {
			continue
		}
		if r == nil || len(seen) == maxBehind {
			return nil, false
		}
		seen[r.URN] = true
		if slices.Contains(want, r.Type) {
			found = append(found, r)
			continue
		}
		for _, more := range r.PropertyDependencies {
			queue = append(queue, more...)
		}
		for key, input := range r.Inputs {
			if len(r.PropertyDependencies[key]) == 0 && NewValue(input).HasUnknown() {
				return nil, false // a value that comes from no resource may pass through
			}
		}
		for _, child := range g.children[r.URN] {
			queue = append(queue, child.URN)
		}
	}
	return distinct(found), true
}

// lookUp returns the wanted resources that a known string of r refers to, by name, id, ARN or URL, or as the name
// inside an ARN or URL. They are grouped by whether they are in the account and region that the string refers to: Yes,
// No, or Unknown.
func (g *Graph) lookUp(r *Resource, s string, want []Type) map[answer.Answer][]*Resource {
	var found map[answer.Answer][]*Resource // most strings name nothing
	name, isLong := NameIn(s)
	for _, t := range want {
		var index map[string][]*Resource
		if named := g.named[t]; named != nil {
			index = named()
		}
		hits, is := index[s], func(*Resource) answer.Answer { return answer.Yes }
		switch {
		case isLong && len(hits) == 0:
			of := placeOf(s)
			hits, is = index[name], func(hit *Resource) answer.Answer { return hit.isIn(of) }
		case !isLong && !strings.HasPrefix(s, "arn:"):
			is = func(hit *Resource) answer.Answer { return hit.isNear(r) }
		}
		for _, hit := range hits {
			if found == nil {
				found = map[answer.Answer][]*Resource{}
			}
			found[is(hit)] = append(found[is(hit)], hit)
		}
	}
	for is := range found {
		found[is] = distinct(found[is])
	}
	return found
}

// byIdentity indexes resources by each string that is known to identify one.
func byIdentity(rs []*Resource) map[string][]*Resource {
	named := map[string][]*Resource{}
	for _, r := range rs {
		for _, id := range r.identities() {
			named[id] = appendNew(named[id], r)
		}
	}
	return named
}

// Referrers answers which resources refer to a resource of one type.
type Referrers struct {
	certain, byDependency, possible, apart map[*Resource][]*Resource
	// sharing holds referrers with unknown values by the resources that those were computed from. A bucket whose own
	// name comes from the same resource may be meant.
	sharing map[resource.URN][]*Resource
	// elsewhere are referrers with a known value that matches no resource; they may mean one whose name is not known
	// yet. open are referrers that may mean any resource.
	elsewhere, open []*Resource
}

// Referrers indexes the resources in from whose refs name a resource of one of the types to.
func (g *Graph) Referrers(from []*Resource, refs func(*Resource) []Ref, to ...Type) *Referrers {
	x := &Referrers{
		certain:      map[*Resource][]*Resource{},
		byDependency: map[*Resource][]*Resource{},
		possible:     map[*Resource][]*Resource{},
		apart:        map[*Resource][]*Resource{},
		sharing:      map[resource.URN][]*Resource{},
	}
	for _, r := range from {
		for _, ref := range refs(r) {
			t := g.Resolve(r, ref, to...)
			add(x.certain, t.Certain, r)
			add(x.byDependency, t.ByDependency, r)
			add(x.possible, t.Possible, r)
			add(x.apart, t.Apart, r)
			switch {
			case t.Elsewhere:
				x.elsewhere = appendNew(x.elsewhere, r)
			case t.Open:
				x.open = appendNew(x.open, r)
			case !t.Absent && len(t.Certain) == 0:
				for _, dep := range r.PropertyDependencies[resource.PropertyKey(ref.Property)] {
					x.sharing[dep] = appendNew(x.sharing[dep], r)
				}
			}
		}
	}
	return x
}

// Certain returns the resources that name r with a known value.
func (x *Referrers) Certain(r *Resource) []*Resource { return x.certain[r] }

// Linked returns the resources that name r with a known value or by dependency.
func (x *Referrers) Linked(r *Resource) []*Resource {
	return slices.Concat(x.certain[r], x.byDependency[r])
}

// Apart returns the resources that use the name of r, but refer to a resource in another region or account.
func (x *Referrers) Apart(r *Resource) []*Resource { return x.apart[r] }

// Maybe returns a resource that may name r, though nothing proves it, or nil. If there is one, do not report that r has
// none.
func (x *Referrers) Maybe(r *Resource) *Resource {
	if len(x.possible[r]) > 0 {
		return x.possible[r][0]
	}
	for _, dep := range r.PropertyDependencies[resource.PropertyKey(nameArg(r.Type))] {
		if len(x.sharing[dep]) > 0 {
			return x.sharing[dep][0]
		}
	}
	if len(x.elsewhere) > 0 && !r.PhysicalName().Known() {
		return x.elsewhere[0]
	}
	if len(x.open) > 0 {
		return x.open[0]
	}
	return nil
}

func add(to map[*Resource][]*Resource, keys []*Resource, r *Resource) {
	for _, key := range keys {
		to[key] = appendNew(to[key], r)
	}
}

// appendNew appends r unless it is already the last item. Callers add in order, so this is enough to avoid duplicates.
func appendNew(rs []*Resource, r *Resource) []*Resource {
	if len(rs) > 0 && rs[len(rs)-1] == r {
		return rs
	}
	return append(rs, r)
}

// distinct sorts resources by URN and removes duplicates.
func distinct(rs []*Resource) []*Resource {
	slices.SortFunc(rs, func(a, b *Resource) int {
		return cmp.Or(cmp.Compare(a.URN, b.URN), cmp.Compare(a.part(), b.part()))
	})
	return slices.Compact(rs)
}
