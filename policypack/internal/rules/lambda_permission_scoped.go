package rules

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/iam"
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
	Blind: "Permissions that another stack or the console adds, and what the function itself checks.",
	Scope: rule.ResourceScope, Severity: apitype.PolicySeverityHigh, Enforcement: apitype.Mandatory,
	Types: []graph.Type{graph.Permission, graph.FunctionURL},
	Frameworks: []string{
		"AWS FSBP Lambda.1", "NIST 800-53 r5 AC-3", "NIST 800-53 r5 AC-6", "NIST 800-53 r5 SC-7",
	},
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

// checkEveryone judges a permission for everyone by what else narrows it.
func checkEveryone(p *rule.Pass, r *graph.Resource) {
	var unknown []string
	for _, narrowing := range []string{"principalOrgId", "sourceAccount", "sourceArn"} {
		v := r.Arg(narrowing)
		if text, _ := v.Str(); v.Unknown() {
			unknown = append(unknown, narrowing)
		} else if !iam.IsBare(text) {
			return
		}
	}
	if len(unknown) > 0 {
		p.NotEvaluated(r, "%s of %s is not known yet", strings.Join(unknown, ", "), r)
		return
	}
	p.Report(r, "principal", r.String()+" lets everyone invoke the function.",
		"set principal to the account or service that calls it, or principalOrgId to your organisation")
}

// checkSource judges a permission for a service by the resource and account it
// is for.
func checkSource(p *rule.Pass, r *graph.Resource, service string) {
	source, account := r.Arg("sourceArn"), r.Arg("sourceAccount")
	text, _ := source.Str()
	hasAccount := !account.Absent() && !account.Is("")
	switch {
	case source.Absent() || text == "" && source.Known():
		if !hasAccount || !accountSuffices(service) {
			p.Report(r, "sourceArn", r.String()+" lets "+service+" invoke the function for any resource of any account.",
				"set sourceArn to the ARN of the resource that invokes the function")
		}
	case account.Unknown():
		if isS3(service) || source.Known() && !namesAccount(text) {
			p.NotEvaluated(r, "sourceAccount of %s is not known yet", r)
		}
	case hasAccount:
	case source.Known() && iam.IsBare(text):
		p.Report(r, "sourceArn", "sourceArn of "+r.String()+" is "+source.Show()+": any resource of any account.",
			"set sourceArn to the ARN of the resource that invokes the function")
	case isS3(service) || source.Known() && !namesAccount(text):
		p.Report(r, "sourceAccount", r.String()+" names no account: a resource of that name in another account may invoke "+
			"the function too.", "set sourceAccount to the id of your account")
	}
}

func isAWSService(principal string) bool {
	return strings.HasSuffix(principal, ".amazonaws.com") || strings.HasSuffix(principal, ".amazonaws.com.cn")
}

func isS3(service string) bool {
	return service == "s3.amazonaws.com" || service == "s3.amazonaws.com.cn"
}

// accountSuffices says that a service names only the account when it invokes a
// function.
// https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_lambda-functions.html
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
func accountSuffices(service string) bool {
	return slices.Contains([]string{"config.amazonaws.com", "secretsmanager.amazonaws.com"}, service)
}

// namesAccount says that an ARN, or a pattern of one, is of a certain account. A
// text that is no ARN is not judged.
func namesAccount(s string) bool {
	a, err := arn.Parse(s)
	return err != nil || a.AccountID != "" && !strings.ContainsAny(a.AccountID, "*?")
}
