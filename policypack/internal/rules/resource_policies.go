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

// checkNotPublic reports the statements of a resource's policy that let anyone
// in.
func checkNotPublic(p *rule.Pass, r *graph.Resource) {
	document, ok := ownPolicy(r)
	if !ok {
		return
	}
	if why := document.Problem(); why != "" {
		p.NotEvaluated(r, "the policy of %s %s", r, why)
	}
	for _, statement := range document.Statements() {
		switch statement.Public() {
		case answer.Yes:
			p.Report(r, "policy", statement.String()+" of the policy of "+r.String()+" lets anyone in: its principal is "+
				"everyone, and no condition says who that may be.",
				"name the principals, or add a condition on aws:SourceArn, aws:SourceAccount or aws:PrincipalOrgID")
		case answer.Unknown:
			p.NotEvaluated(r, "whether %s of the policy of %s lets anyone in is not known yet", statement, r)
		case answer.No:
		}
	}
}

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

// checkTLSOnly reports each resource without a policy that denies requests
// without TLS. A resource with a wrong policy is at fault itself; it has the
// finding only where the program declares no other.
func (k policied) checkTLSOnly(p *rule.Pass) {
	policies := p.Graph.Referrers(p.Graph.All(k.split), graph.Arg(k.target), k.of)
	for _, r := range p.Graph.Managed(k.of) {
		holders, maybe := policiesOf(r, policies.Linked(r)), policies.Maybe(r)
		denies := agreed(p.Graph, holders, func(_ *graph.Resource, d iam.Document) answer.Answer { return d.DeniesPlainText(r) })
		switch {
		case denies == answer.Yes:
		case denies == answer.Unknown:
			p.NotEvaluated(r, "whether requests to %s without TLS are denied is not known: %s", r, doubt(p.Graph, holders))
		case maybe != nil:
			p.NotEvaluated(r, "%s may hold the policy of %s: what it is for is not known yet", maybe, r)
		case len(managed(holders)) > 0:
			at := managed(holders)[0]
			p.Report(at, "policy", "the policy of "+at.String()+" does not deny every request to "+r.String()+
				" that comes without TLS.", tlsMend[k.of])
		default:
			p.Report(r, "", r.String()+" has no policy that denies requests without TLS.", tlsMend[k.of])
		}
	}
}

const tlsCondition = ` and Condition {"Bool": {"aws:SecureTransport": "false"}}`

// tlsMend is the statement that denies what comes without TLS.
var tlsMend = map[graph.Type]string{
	graph.Bucket: `add a statement with Effect Deny, Principal "*", Action s3:*, the ARNs of the bucket and of its ` +
		`objects (bucket/*) as Resource,` + tlsCondition,
	graph.Queue: `add a statement with Effect Deny, Principal "*", Action sqs:*, the queue's ARN as Resource,` + tlsCondition,
	graph.Topic: `add a statement with Effect Deny, Principal "*", Action sns:Publish, the topic's ARN as Resource,` + tlsCondition,
}
