package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
)

// Ref is a value by which a resource names another one.
type Ref struct {
	// Property is the top-level argument that holds the value: dependencies
	// are known per top-level argument only.
	Property string
	Value    Value
	// Doubtful says that the value may not be a name after all, so that what it
	// resolves to is no more than Possible.
	Doubtful bool
}

// Setting is an argument of the resource or, when the program only reads the resource, the output of that name.
func (r *Resource) Setting(name string) Value {
	if r.Managed() {
		return r.Arg(name)
	}
	return r.Output(name)
}

// Ref returns what a setting, or a member of it, names.
func (r *Resource) Ref(property string, path ...string) Ref {
	v := r.Setting(property)
	for _, name := range path {
		v = v.Get(name)
	}
	return Ref{Property: property, Value: v}
}

// Refs returns what a setting names that is one value or a list of them.
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

// Target is what a Ref may mean among the resources of the wanted types.
type Target struct {
	// Certain are those that the known value names.
	Certain []*Resource
	// ByDependency are those that the value is computed from. It may be part
	// of a longer string, so this links and clears, but does not accuse.
	ByDependency []*Resource
	// Possible are those that it may mean: through another resource, or if they
	// are in the region that it means.
	Possible []*Resource
	// Apart are those that have the name, but in another region or account than
	// the value means.
	Apart []*Resource
	// Absent says that there is no value. Elsewhere says that the value is
	// known and names nothing of the wanted types in this stack. Open says
	// that it is unknown and nothing tells what it may be.
	Absent, Elsewhere, Open bool
}

// Linked are the resources that the Ref names for certain or by dependency.
func (t Target) Linked() []*Resource { return slices.Concat(t.Certain, t.ByDependency) }

// Resolve finds what a Ref of r means among the resources of the wanted types.
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
	// A known value that names nothing may still come from a resource whose
	// own name is not known yet, so dependencies are asked in any case.
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

// allNamed says that v is known and so are the names of all of rs: then v,
// which is none of their names, means something else.
func (g *Graph) allNamed(rs []*Resource, v Value) bool {
	return v.Known() && !slices.ContainsFunc(rs, func(r *Resource) bool { return !r.PhysicalName().Known() })
}

// among are the wanted resources that deps name, themselves, as their parts or,
// for a component, as its children.
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

// maxBehind bounds how many resources one search behind a value looks at, so
// that a stack in which everything depends on everything stays cheap to check.
const maxBehind = 200

// behind are the wanted resources that deps are in turn computed from, as when
// a bucket's name is taken from its versioning resource; false when that cannot
// be told, because there are too many resources, one is not in the graph, or one
// has an argument that is unknown and comes from no resource.
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
				return nil, false // what comes from no resource may pass through
			}
		}
		for _, child := range g.children[r.URN] {
			queue = append(queue, child.URN)
		}
	}
	return distinct(found), true
}

// lookUp finds the wanted resources that a known string of r means: by a name,
// id, ARN or URL of theirs, or as the name inside an ARN or URL. It tells those
// that are where the string means from those that may be there, and from those
// that only have the name.
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

// byIdentity are resources by each string known to identify one.
func byIdentity(rs []*Resource) map[string][]*Resource {
	named := map[string][]*Resource{}
	for _, r := range rs {
		for _, id := range r.identities() {
			named[id] = appendNew(named[id], r)
		}
	}
	return named
}

// Referrers answers, for resources of one type, which others name them.
type Referrers struct {
	certain, byDependency, possible, apart map[*Resource][]*Resource
	// sharing are referrers with unknown values by what those were computed
	// from: a bucket whose own name comes from the same source may be meant.
	sharing map[resource.URN][]*Resource
	// elsewhere are referrers with a known value that no resource has; one
	// whose name is not known yet may be meant. open may mean any.
	elsewhere, open []*Resource
}

// Referrers collects the resources of the from types whose refs name one of
// the type to.
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

// Certain are the resources that name r by a known value.
func (x *Referrers) Certain(r *Resource) []*Resource { return x.certain[r] }

// Linked are the resources that name r by a known value or by dependency.
func (x *Referrers) Linked(r *Resource) []*Resource {
	return slices.Concat(x.certain[r], x.byDependency[r])
}

// Apart are the resources that use the name of r, but mean what has it in another
// region or account.
func (x *Referrers) Apart(r *Resource) []*Resource { return x.apart[r] }

// Maybe is a resource that may name r, though nothing proves it, or nil. While
// there is one, r cannot be accused of having none.
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

// appendNew appends r unless it is already last: callers add in order, so this
// is enough to keep one resource from being listed twice.
func appendNew(rs []*Resource, r *Resource) []*Resource {
	if len(rs) > 0 && rs[len(rs)-1] == r {
		return rs
	}
	return append(rs, r)
}

// distinct sorts resources by URN and drops repeats.
func distinct(rs []*Resource) []*Resource {
	slices.SortFunc(rs, func(a, b *Resource) int {
		return cmp.Or(cmp.Compare(a.URN, b.URN), cmp.Compare(a.part(), b.part()))
	})
	return slices.Compact(rs)
}
