package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// PolicyGrant is a policy that a resource gives to an identity: a document, or the ARN of a managed policy.
type PolicyGrant struct {
	// Path is where the resource holds the policy, and Value the value there.
	Path  string
	Value graph.Value

	property resource.PropertyKey
}

// PolicyGivers are the types of resources that attach managed policies to identities.
var PolicyGivers = []graph.Type{
	graph.Role, graph.RolePolicyAttachment, graph.PolicyAttachment, graph.RolePolicyAttachmentsExclusive,
	graph.UserPolicyAttachment, graph.UserPolicyAttachmentsExclusive,
	graph.GroupPolicyAttachment, graph.GroupPolicyAttachmentsExclusive,
}

// PolicyDocuments returns the identity-based policy documents that a resource holds.
func PolicyDocuments(r *graph.Resource) []PolicyGrant {
	switch r.Type {
	case graph.Role:
		var all []PolicyGrant
		for _, inline := range grants(r, "inlinePolicies") {
			// An empty entry is how a program asks for no inline policies at all.
			if document := inline.Value.Get("policy"); !document.Absent() {
				all = append(all, PolicyGrant{inline.Path + ".policy", document, inline.property})
			}
		}
		return all
	case graph.Policy, graph.RolePolicy, graph.UserPolicy, graph.GroupPolicy:
		return []PolicyGrant{{"policy", r.Arg("policy"), "policy"}}
	default:
		return nil
	}
}

// ManagedPolicies returns the managed policies that a resource attaches to identities.
func ManagedPolicies(r *graph.Resource) []PolicyGrant {
	switch r.Type {
	case graph.Role:
		return grants(r, "managedPolicyArns")
	case graph.RolePolicyAttachmentsExclusive, graph.UserPolicyAttachmentsExclusive, graph.GroupPolicyAttachmentsExclusive:
		return grants(r, "policyArns")
	case graph.RolePolicyAttachment, graph.PolicyAttachment, graph.UserPolicyAttachment, graph.GroupPolicyAttachment:
		return []PolicyGrant{{"policyArn", r.Arg("policyArn"), "policyArn"}}
	default:
		return nil
	}
}

// grants returns a grant for each item of a list, or one for the whole list while it is not known.
func grants(r *graph.Resource, property resource.PropertyKey) []PolicyGrant {
	v := r.Arg(string(property))
	if v.Unknown() {
		return []PolicyGrant{{string(property), v, property}}
	}
	var all []PolicyGrant
	for i, item := range v.Items() {
		all = append(all, PolicyGrant{fmt.Sprintf("%s[%d]", property, i), item, property})
	}
	return all
}

// AllowsEverything reports whether the managed policy is an AWS managed policy that allows everything, either directly
// or by changing one's own policies.
func (g PolicyGrant) AllowsEverything() bool {
	arn, _ := g.Value.Str()
	return strings.HasSuffix(arn, ":iam::aws:policy/AdministratorAccess") || strings.HasSuffix(arn, ":iam::aws:policy/IAMFullAccess")
}

// IsKnown reports whether it is known which managed policy the grant of r names, or at least that it is not one of
// AWS's, since its ARN is computed from a resource.
func (g PolicyGrant) IsKnown(r *graph.Resource) bool {
	return !g.Value.Unknown() || len(r.PropertyDependencies[g.property]) > 0
}

// IsOnlyBoundary reports whether a policy of this stack is the permissions boundary of an identity and nothing in the
// stack attaches it. It returns the identity.
func (s *Stack) IsOnlyBoundary(policy *graph.Resource) (is answer.Answer, identity *graph.Resource) {
	attached := slices.ContainsFunc(PolicyGivers, func(t graph.Type) bool { return len(s.Attached(t, graph.Policy).Linked(policy)) > 0 })
	bounded := s.boundaries().Linked(policy)
	switch maybe := s.boundaries().Maybe(policy); {
	case attached:
		return answer.No, nil
	case len(bounded) > 0:
		return answer.Yes, bounded[0]
	case maybe != nil:
		return answer.Unknown, maybe
	default:
		return answer.No, nil
	}
}

// newBoundaries returns which identities have which policy as their permissions boundary.
func (s *Stack) newBoundaries() *graph.Referrers {
	return s.Referrers(s.All(graph.Role, graph.User), func(r *graph.Resource) []graph.Ref {
		return []graph.Ref{r.Ref("permissionsBoundary")}
	}, graph.Policy)
}
