package lambda

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var permissionScoped = &rule.Rule{
	ID:    "lambda-permission-scoped",
	Title: "Only named callers, and services on behalf of a named resource, may invoke a function.",
	Rationale: "A permission for a service alone allows that service to invoke the function for any account: someone else's " +
		"bucket can send it events. The ARN of a bucket carries no account, so when a bucket is deleted and its name " +
		"is taken by a stranger, the stranger's uploads are processed too. A function URL without authentication is " +
		"open to the internet.",
	Remediation: "Set sourceArn on the aws.lambda.Permission, and sourceAccount too where the ARN names no account, as " +
		`those of S3 buckets. Set authorizationType of a function URL to "AWS_IAM".`,
	Limitations: "Permissions that another stack or the console adds, and what the function itself checks.",
	Scope:       rule.ResourceScope, Severity: apitype.PolicySeverityHigh, Enforcement: apitype.Mandatory,
	Types: []graph.Type{graph.Permission, graph.FunctionURL},
	Frameworks: []string{
		"AWS FSBP Lambda.1", "NIST 800-53 r5 AC-3", "NIST 800-53 r5 AC-6", "NIST 800-53 r5 SC-7",
	},
	Equivalents: []string{"Checkov CKV_AWS_258", "Checkov CKV_AWS_301", "Checkov CKV_AWS_364", "Trivy AWS-0067"},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
		"https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
	},
	CheckResource: rule.EachResource(func(_ *rule.Pass, r *graph.Resource) rule.Verdict {
		if r.Type == graph.FunctionURL {
			return rule.Verdict{
				Answer: -aws.FunctionURLOf(r).IsPublic(), Property: "authorizationType",
				Message: r.String() + " allows the whole internet to invoke the function.",
				Reason:  "authorizationType of " + r.String() + " is not known yet",
				Fix:     fix.Set(r, "authorizationType", "AWS_IAM").Deciding("callers then sign their requests"),
			}
		}
		permission := aws.PermissionOf(r)
		caller := r.Arg("principal").Show()
		source := fix.Set(r, "sourceArn", fix.Choice("the ARN of the resource that invokes the function"))
		account := fix.Set(r, "sourceAccount", fix.Choice("the id of your account"))
		if permission.IsForS3() {
			source = source.And(account) // a bucket's ARN names no account
		}
		opening, unknown := permission.Opening()
		switch {
		case unknown == "principal":
			return rule.NotEvaluated(r, "the principal of "+r.String()+" is not known yet")
		case unknown != "":
			return rule.NotEvaluated(r, unknown+" of "+r.String()+" is not known yet")
		}
		switch opening {
		case aws.ToEveryone:
			return rule.Violation(r, "principal", r.String()+" allows everyone to invoke the function.",
				fix.Set(r, "principal", fix.Choice("the account or service that calls the function")).And(source).
					Deciding("or set principalOrgId to your organisation instead"))
		case aws.ToEverySkill:
			return rule.Violation(r, "eventSourceToken", r.String()+" allows "+caller+" to invoke the function for every skill.",
				fix.Set(r, "eventSourceToken", fix.Choice("the id of the skill")))
		case aws.ToAnySource:
			return rule.Violation(r, "sourceArn", r.String()+" allows "+caller+" to invoke the function for any resource of any account.", source)
		case aws.ToAnyARN:
			return rule.Violation(r, "sourceArn", "sourceArn of "+r.String()+" is "+r.Arg("sourceArn").Show()+": any resource of any account.", source)
		case aws.ToAnyAccount:
			return rule.Violation(r, "sourceAccount", r.String()+" names no account: a resource of that name in another account "+
				"may invoke the function too.", account)
		default: // aws.ToNamedCallers
			return rule.OK
		}
	}),
	CheckStack: rule.Each((*aws.Stack).Permissions, func(_ *rule.Pass, permission *aws.Permission) rule.Verdict {
		if permission.MayLackSource() {
			return rule.NotEvaluated(permission.Resource, "sourceArn of "+permission.String()+" is not known yet")
		}
		return rule.OK
	}),
}
