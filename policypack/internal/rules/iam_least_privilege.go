package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var iamLeastPrivilege = &rule.Rule{
	ID:    "iam-least-privilege",
	Title: "A policy allows named actions on named resources.",
	Rationale: "Whoever gets hold of a function, by a crafted image or a bad dependency, may do all that its role " +
		"may. With a wildcard that is the whole account: every bucket to read, every queue to empty, and with " +
		"iam:PassRole every other role to take.",
	Remediation: "List the actions that the code calls, and the ARNs that it calls them on. A part of a name may be a " +
		"wildcard: s3:GetObject on arn:aws:s3:::acme-uploads/* is fine, and so is s3:* on that bucket alone.",
	Blind: "Resources of a service other than S3 that an ARN of wildcards names, such as arn:aws:sqs:*:*:*; actions " +
		"of services that the table of " + iam.ScopableAsOf + " does not hold; what several policies allow together; " +
		"managed policies other than AdministratorAccess and IAMFullAccess.",
	Scope: rule.ResourceScope, Severity: apitype.PolicySeverityHigh, Enforcement: apitype.Mandatory,
	Types: []graph.Type{
		graph.GroupPolicy, graph.GroupPolicyAttachment, graph.Policy, graph.PolicyAttachment, graph.Role, graph.RolePolicy,
		graph.RolePolicyAttachment, graph.RolePolicyAttachmentsExclusive, graph.UserPolicy, graph.UserPolicyAttachment,
	},
	Frameworks: []string{
		"AWS FSBP IAM.1", "AWS FSBP IAM.21", "AWS FSBP KMS.1", "AWS FSBP KMS.2", "NIST 800-53 r5 AC-6", "NIST 800-53 r5 AC-3",
	},
	Links: []string{
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
		"https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-21",
	},
	Params: []rule.Param{{
		Name: "allowOnEverything", Type: rule.Strings, Default: []string{},
		Description: `Actions, as "sns:Publish" or "sns:*", that a policy may allow on every resource.`,
	}},
	CheckResource: func(p *rule.Pass, r *graph.Resource) {
		if slices.Contains(documentTypes, r.Type) {
			checkDocuments(p, r)
		}
		if slices.Contains(attachmentTypes, r.Type) {
			checkAttachments(p, r)
		}
	},
	CheckStack: func(p *rule.Pass) {
		// A policy that is a permissions boundary allows nothing, however wide it is.
		bounded := p.Graph.Referrers(p.Graph.All(graph.Role, graph.User), graph.Arg("permissionsBoundary"), graph.Policy)
		for _, policy := range p.Graph.Managed(graph.Policy) {
			switch maybe := bounded.Maybe(policy); {
			case len(bounded.Linked(policy)) > 0:
			case maybe != nil:
				p.NotEvaluated(policy, "whether %s is the permissions boundary of %s is not known yet", policy, maybe)
			default:
				checkDocuments(p, policy)
			}
		}
		for _, r := range p.Graph.Managed(attachmentTypes...) {
			for _, at := range attachmentsOf(r) {
				// One that is computed from a resource is no policy of AWS's.
				if at.value.Unknown() && len(r.PropertyDependencies[at.property]) == 0 {
					p.NotEvaluated(r, "%s of %s is not known yet", at.path, r)
				}
			}
		}
	},
}

// documentTypes hold documents that allow something for sure, attachmentTypes
// name managed policies.
var (
	documentTypes   = []graph.Type{graph.Role, graph.RolePolicy, graph.UserPolicy, graph.GroupPolicy}
	attachmentTypes = []graph.Type{
		graph.Role, graph.RolePolicyAttachment, graph.PolicyAttachment, graph.RolePolicyAttachmentsExclusive,
		graph.UserPolicyAttachment, graph.GroupPolicyAttachment,
	}
)

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
