package aws

import (
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Policy is a resource-based policy, identified by the resource whose argument `policy` holds it: the bucket, queue,
// topic or key itself, or a separate one such as a BucketPolicy.
type Policy struct {
	*graph.Resource

	document func() iam.Document
}

// PolicyOf returns the policy that a resource holds, or nil if it holds none.
func PolicyOf(r *graph.Resource) *Policy {
	if v := r.Setting("policy"); v.IsGiven() == answer.No {
		return nil
	}
	return &Policy{r, sync.OnceValue(func() iam.Document { return iam.ParseDocument(r.Setting("policy")) })}
}

// Document returns the document of the policy, which is parsed once.
func (p *Policy) Document() iam.Document { return p.document() }

// Policies is the resource-based policy of a resource as far as the stack shows it. AWS keeps one: if there are
// several, the one that is written last remains, and which one that is cannot be known.
type Policies struct {
	// Resource is the bucket, queue, topic, key or event bus that they apply to.
	Resource *graph.Resource
	// Held are the policies that the program declares or, if it declares none, those that it reads.
	Held []*Policy
	// Maybe is another resource that may hold a policy, or nil.
	Maybe *graph.Resource
}

// Policies returns the resource-based policies of a resource.
func (s *Stack) Policies(of *graph.Resource) Policies {
	found := Policies{Resource: of}
	holders := []*graph.Resource{of}
	if t := iam.PolicyHolder(of.Type); t != "" {
		index := s.Attached(t, of.Type)
		holders, found.Maybe = append(holders, index.Linked(of)...), index.Maybe(of)
	}
	var read []*Policy
	for _, holder := range holders {
		switch p := s.policies()[holder]; {
		case p == nil:
		case holder.Managed():
			found.Held = append(found.Held, p)
		default:
			read = append(read, p)
		}
	}
	if len(found.Held) == 0 {
		found.Held = read
	}
	return found
}

// Declared returns the first policy that the program declares, or nil.
func (p Policies) Declared() *Policy {
	if len(p.Held) > 0 && p.Held[0].Managed() {
		return p.Held[0]
	}
	return nil
}

// Agree returns the answer that all policies give: No if there are none, and Unknown if they differ.
func (p Policies) Agree(ask func(*Policy) answer.Answer) answer.Answer {
	if len(p.Held) == 0 {
		return answer.No
	}
	all, some := answer.Yes, answer.No
	for _, one := range p.Held {
		a := ask(one)
		all, some = min(all, a), max(some, a)
	}
	if all != some {
		return answer.Unknown
	}
	return all
}

// DenyPlainText reports whether the policies deny everyone the important actions on the resource without TLS.
func (p Policies) DenyPlainText() answer.Answer {
	return p.Agree(func(one *Policy) answer.Answer { return one.Document().DeniesPlainText(p.Resource) })
}

// indexPolicies returns the policies of the stack by the resource that holds them.
func (s *Stack) indexPolicies() map[*graph.Resource]*Policy {
	held := map[*graph.Resource]*Policy{}
	for _, of := range []graph.Type{graph.Bucket, graph.EventBus, graph.Key, graph.Queue, graph.Topic} {
		for _, r := range s.All(of, iam.PolicyHolder(of)) {
			if p := PolicyOf(r); p != nil {
				held[r] = p
			}
		}
	}
	return held
}
