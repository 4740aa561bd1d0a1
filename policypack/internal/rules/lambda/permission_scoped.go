package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaPermissionScoped = &rule.Rule{
	ID:    "lambda-permission-scoped",
	Title: "Nobody may invoke a function but named callers, and services on behalf of a named resource.",
	Rationale: "A permission for a service alone lets that service invoke the function for any account: someone else's " +
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
	CheckResource: func(p *rule.Pass, r *graph.Resource) {
		if r.Type == graph.FunctionURL {
			checkAuthorization(p, r)
			return
		}
		principal := r.Arg("principal")
		caller, _ := principal.Str()
		switch {
		case principal.Unknown():
			p.NotEvaluated(r, "the principal of %s is not known yet", r)
		case caller == "*":
			checkEveryone(p, r)
		case strings.HasSuffix(caller, ".amazon.com") && r.Arg("eventSourceToken").Absent(): // Alexa has no ARNs
			p.Report(r, "eventSourceToken", r.String()+" lets "+principal.Show()+" invoke the function for every skill.",
				"set eventSourceToken to the id of the skill")
		case isAWSService(caller):
			checkSource(p, r, caller)
		}
	},
	CheckStack: func(p *rule.Pass) {
		for _, r := range p.Graph.Managed(graph.Permission) {
			caller, _ := r.Arg("principal").Str()
			source := r.Arg("sourceArn")
			// A value that is computed from a resource is there once that is.
			given := len(r.PropertyDependencies["sourceArn"]) > 0
			if isAWSService(caller) && !accountSuffices(caller) && source.Unknown() && !given {
				p.NotEvaluated(r, "sourceArn of %s is not known yet", r)
			}
		}
	},
}

func checkAuthorization(p *rule.Pass, r *graph.Resource) {
	switch authorization := r.Arg("authorizationType"); {
	case authorization.Unknown():
		p.NotEvaluated(r, "authorizationType of %s is not known yet", r)
	case authorization.Is("NONE"):
		p.Report(r, "authorizationType", r.String()+" lets the whole internet invoke the function.",
			`set authorizationType to "AWS_IAM"`)
	}
}
