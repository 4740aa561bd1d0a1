package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
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
	case graph.RolePolicyAttachmentsExclusive, graph.UserPolicyAttachmentsExclusive, graph.GroupPolicyAttachmentsExclusive:
		return listed(r, "policyArns")
	default:
		return []attachment{{"policyArn", "policyArn", r.Arg("policyArn")}}
	}
}

// attachedPolicies are what names the managed policies that a resource gives.
func attachedPolicies(r *graph.Resource) []graph.Ref {
	var refs []graph.Ref
	for _, at := range attachmentsOf(r) {
		refs = append(refs, graph.Ref{Property: string(at.property), Value: at.value})
	}
	return refs
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

func checkDocuments(p *rule.Pass, r *graph.Resource) {
	for _, at := range documentsOf(r) {
		document := iam.ParseDocument(at.value)
		if why := document.Problem(); why != "" {
			p.NotEvaluated(r, "%s of %s %s", at.path, r, why)
		}
		for _, statement := range document.Statements() {
			what, excessive := excess(document, statement, p.List("allowOnEverything"))
			switch min(excessive, statement.Allows()) {
			case answer.Yes:
				p.Report(r, at.path, statement.String()+" in "+at.path+" of "+r.String()+" allows "+what+".",
					"allow the actions that are needed, on the ARNs they are needed on")
			case answer.Unknown:
				p.NotEvaluated(r, "what %s in %s of %s allows is not known yet", statement, at.path, r)
			case answer.No:
			}
		}
	}
}

func checkAttachments(p *rule.Pass, r *graph.Resource) {
	for _, at := range attachmentsOf(r) {
		text, _ := at.value.Str()
		if slices.ContainsFunc(adminPolicies, func(name string) bool { return strings.HasSuffix(text, ":iam::aws:policy/"+name) }) {
			p.Report(r, at.path, at.path+" of "+r.String()+" is "+at.value.Show()+", which allows everything in the account "+
				"or lets its holder allow it.", "attach a policy with the actions and resources that are needed")
		}
	}
}

// adminPolicies are the AWS-managed policies that allow everything, at once or
// by a change of one's own policies.
var adminPolicies = []string{"AdministratorAccess", "IAMFullAccess"}
