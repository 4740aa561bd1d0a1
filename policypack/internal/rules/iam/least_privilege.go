package iam

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var leastPrivilege = &rule.Rule{
	ID:    "iam-least-privilege",
	Title: "A policy allows named actions on named resources.",
	Rationale: "Whoever gets hold of a function, by a crafted image or a bad dependency, may do all that its role " +
		"may. With a wildcard that is the whole account: every bucket to read, every queue to empty, and with " +
		"iam:PassRole every other role to take.",
	Remediation: "List the actions that the code calls, and the ARNs that it calls them on. A part of a name may be a " +
		"wildcard, as in s3:GetObject on arn:aws:s3:::acme-uploads/*, and so may all actions on that bucket alone.",
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
	CheckResource: rule.EachResource(func(p *rule.Pass, r *graph.Resource) []rule.Verdict {
		var all []rule.Verdict
		if r.Type != graph.Policy { // which may be a permissions boundary: only the stack shows that
			all = judgeDocuments(p, r)
		}
		for _, grant := range aws.ManagedPolicies(r) {
			if grant.AllowsEverything() {
				all = append(all, rule.Violation(r, grant.Path, grant.Path+" of "+r.String()+" is "+grant.Value.Show()+
					", which allows everything in the account or lets its holder allow it.",
					fix.Set(r, grant.Path, fix.Choice("the ARN of a policy with the actions and resources that are needed")).
						Deciding("write the policy if there is none")))
			}
		}
		return all
	}),
	CheckStack: rule.EachManaged(func(p *rule.Pass, r *graph.Resource) []rule.Verdict {
		var all []rule.Verdict
		for _, grant := range aws.ManagedPolicies(r) {
			if !grant.IsKnown(r) {
				all = append(all, rule.NotEvaluated(r, grant.Path+" of "+r.String()+" is not known yet"))
			}
		}
		if r.Type != graph.Policy {
			return all
		}
		// A policy that is a permissions boundary, and no more, allows nothing, however wide it is.
		switch only, of := p.Stack.IsOnlyBoundary(r); only {
		case answer.Unknown:
			return []rule.Verdict{rule.NotEvaluated(r, "whether "+r.String()+" is the permissions boundary of "+of.String()+" is not known yet")}
		case answer.No:
			return judgeDocuments(p, r)
		default:
			return nil
		}
	}, append(slices.Clone(aws.PolicyGivers), graph.Policy)...),
}

// judgeDocuments judges the policy documents that a resource holds for identities.
func judgeDocuments(p *rule.Pass, r *graph.Resource) []rule.Verdict {
	var all []rule.Verdict
	for _, grant := range aws.PolicyDocuments(r) {
		document := iam.ParseDocument(grant.Value)
		if problem := document.Problem(); problem != "" {
			all = append(all, rule.NotEvaluated(r, grant.Path+" of "+r.String()+" "+problem))
		}
		for _, statement := range document.Statements() {
			excess, exceeds := statement.Excess(p.List("allowOnEverything"))
			at := statement.String() + " in " + grant.Path + " of " + r.String()
			all = append(all, rule.Verdict{
				Answer: -min(exceeds, statement.Allows()), Property: grant.Path,
				Message: at + " allows " + show(document, excess) + ".",
				Reason:  "what " + at + " allows is not known yet",
				Fix:     narrow(r, grant.Path+"."+statement.Path(), statement, excess),
			})
		}
	}
	return all
}

func show(d iam.Document, excess iam.Excess) string {
	switch excess.Kind {
	case iam.NotActions:
		return "all actions but some (NotAction), also those AWS adds in the future"
	case iam.EveryRole:
		return d.Show(excess.Action) + " on every role"
	default:
		return d.Show(excess.Action) + " on everything"
	}
}

// narrow returns the fix that names the actions and the resources of the statement at a path.
func narrow(r *graph.Resource, path string, s iam.Statement, excess iam.Excess) fix.Fix {
	resources := fix.Choice("the ARNs that they are needed on")
	if excess.Kind == iam.EveryRole {
		resources = "the ARN of the role to pass"
	}
	name := fix.Set(r, path+".Resource", []any{resources})
	if s.Resources().Not {
		name = name.And(fix.Remove(r, path+".NotResource"))
	}
	if excess.Kind == iam.NotActions {
		name = name.And(fix.Remove(r, path+".NotAction"))
	}
	if excess.IsWild() {
		name = name.And(fix.Set(r, path+".Action", []any{fix.Choice("the actions that are needed")}))
	}
	return name.Deciding("choose the actions that are needed, and the ARNs they are needed on")
}
