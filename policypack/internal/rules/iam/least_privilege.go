package rules

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
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
	Limitations: "Resources of a service other than S3 that an ARN of wildcards names, such as arn:aws:sqs:*:*:*; actions " +
		"of services that the table of " + iam.ScopableAsOf + " does not hold; what several policies allow together; " +
		"managed policies other than AdministratorAccess and IAMFullAccess.",
	Scope: rule.ResourceScope, Severity: apitype.PolicySeverityHigh, Enforcement: apitype.Mandatory,
	Types: []graph.Type{
		graph.GroupPolicy, graph.GroupPolicyAttachment, graph.GroupPolicyAttachmentsExclusive, graph.Policy,
		graph.PolicyAttachment, graph.Role, graph.RolePolicy, graph.RolePolicyAttachment,
		graph.RolePolicyAttachmentsExclusive, graph.UserPolicy, graph.UserPolicyAttachment,
		graph.UserPolicyAttachmentsExclusive,
	},
	Frameworks: []string{
		"AWS FSBP IAM.1", "AWS FSBP IAM.21", "AWS FSBP KMS.1", "AWS FSBP KMS.2", "NIST 800-53 r5 AC-6", "NIST 800-53 r5 AC-3",
	},
	Equivalents: []string{
		"Checkov CKV_AWS_62", "Checkov CKV_AWS_63", "Checkov CKV_AWS_355", "Trivy AWS-0342",
		"Trivy AWS-0345",
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
		// A policy that is a permissions boundary, and no more, allows nothing,
		// however wide it is.
		bounded := p.Graph.Referrers(p.Graph.All(graph.Role, graph.User), graph.Arg("permissionsBoundary"), graph.Policy)
		attached := p.Graph.Referrers(p.Graph.Managed(attachmentTypes...), attachedPolicies, graph.Policy)
		for _, policy := range p.Graph.Managed(graph.Policy) {
			switch maybe := bounded.Maybe(policy); {
			case len(attached.Linked(policy)) > 0:
				checkDocuments(p, policy)
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
		graph.UserPolicyAttachment, graph.UserPolicyAttachmentsExclusive,
		graph.GroupPolicyAttachment, graph.GroupPolicyAttachmentsExclusive,
	}
)
