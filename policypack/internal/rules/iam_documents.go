package rules

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// attachment is a policy that a resource gives to an identity: a document of
// its own, or the ARN of a managed policy.
type attachment struct {
	// path is where the argument holds it, and property the argument.
	path     string
	property resource.PropertyKey
	value    graph.Value
}

// documentsOf are the identity-based policy documents that a resource holds.
func documentsOf(r *graph.Resource) []attachment {
	if r.Type != graph.Role {
		return []attachment{{"policy", "policy", r.Arg("policy")}}
	}
	var all []attachment
	for _, inline := range listed(r, "inlinePolicies") {
		// An empty entry is how a program asks for no inline policy at all.
		if document := inline.value.Get("policy"); !document.Absent() {
			all = append(all, attachment{inline.path + ".policy", inline.property, document})
		}
	}
	return all
}

// attachmentsOf are the ARNs of managed policies that a resource gives.
func attachmentsOf(r *graph.Resource) []attachment {
	switch r.Type {
	case graph.Role:
		return listed(r, "managedPolicyArns")
	case graph.RolePolicyAttachmentsExclusive:
		return listed(r, "policyArns")
	default:
		return []attachment{{"policyArn", "policyArn", r.Arg("policyArn")}}
	}
}

func listed(r *graph.Resource, property string) []attachment {
	v := r.Arg(property)
	if v.Unknown() {
		return []attachment{{property, resource.PropertyKey(property), v}}
	}
	var all []attachment
	for i, item := range v.Items() {
		all = append(all, attachment{fmt.Sprintf("%s[%d]", property, i), resource.PropertyKey(property), item})
	}
	return all
}
