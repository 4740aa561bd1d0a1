package rules

import (
	"cmp"
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// ownPolicy is the policy document that a resource holds in its argument
// `policy`; false when it holds none.
func ownPolicy(r *graph.Resource) (iam.Document, bool) {
	if !hasPolicy(r) {
		return iam.Document{}, false
	}
	return iam.ParseDocument(r.Setting("policy")), true
}

func hasPolicy(r *graph.Resource) bool {
	v := r.Setting("policy")
	return !v.Absent() && !v.Is("")
}

// documents are the policies of resources that were asked about: it maps
// *graph.Resource to iam.Document.
type documents struct{ sync.Map }

// documentOf is the policy of a resource that has one, read once for all rules.
func documentOf(g *graph.Graph, holder *graph.Resource) iam.Document {
	read := graph.Derived(g, func(*graph.Graph) *documents { return &documents{} })
	document, ok := read.Load(holder)
	if !ok {
		parsed, _ := ownPolicy(holder)
		document, _ = read.LoadOrStore(holder, parsed)
	}
	return document.(iam.Document)
}

// checkNotPublic reports the statements of a resource's policy that allow everyone.
var checkNotPublic = rule.EachResource(rule.NotPublic)

// policied is a type of resource whose policy is its own argument or a resource
// of its own.
type policied struct {
	of, split graph.Type
	// target is the argument of the split resource that names the other.
	target string
}

// policiesOf are those of the resources that hold a policy for one, if any: r
// itself, or the split resources linked to it. What the program only reads is
// overwritten by what it declares.
func policiesOf(r *graph.Resource, linked []*graph.Resource) []*graph.Resource {
	var holders []*graph.Resource
	for _, holder := range append([]*graph.Resource{r}, linked...) {
		if hasPolicy(holder) {
			holders = append(holders, holder)
		}
	}
	if declared := managed(holders); len(declared) > 0 {
		return declared
	}
	return holders
}

// agreed is what the policies of one resource all answer, No if there are none.
// Each is the whole policy, and the one that is written last stays: where they
// differ nobody can tell.
func agreed(g *graph.Graph, holders []*graph.Resource, of func(holder *graph.Resource, d iam.Document) answer.Answer) answer.Answer {
	all, none := answer.Yes, answer.No
	for _, holder := range holders {
		one := of(holder, documentOf(g, holder))
		all, none = min(all, one), max(none, one)
	}
	switch {
	case len(holders) == 0:
		return answer.No
	case all == none:
		return all
	default:
		return answer.Unknown
	}
}

// doubt is why it is not known what the policies of a resource, at least one,
// say.
func doubt(g *graph.Graph, holders []*graph.Resource) string {
	if len(holders) > 1 {
		return names(holders) + " overwrite each other's policy"
	}
	return "the policy of " + names(holders) + " " + cmp.Or(documentOf(g, holders[0]).Problem(), "is not known yet")
}

// checkTLSOnly reports each resource without a policy that denies requests without TLS.
func (k policied) checkTLSOnly(p *rule.Pass) {
	rule.EachManaged(func(p *rule.Pass, r *graph.Resource) rule.Verdict { return rule.RequireTLS(p.Stack.Policies(r)) }, k.of)(p)
}
