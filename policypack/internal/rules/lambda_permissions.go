package rules

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// checkEveryone judges a permission for everyone by what else narrows it: the
// organisation, or the resource that a service acts for, as if it named the
// service. An account alone leaves open which of its resources that is.
func checkEveryone(p *rule.Pass, r *graph.Resource) {
	organisation, source := r.Arg("principalOrgId"), r.Arg("sourceArn")
	id, _ := organisation.Str()
	from, _ := source.Str()
	switch {
	case organisation.Known() && !iam.IsBare(id):
	case source.Known() && from != "":
		checkSource(p, r, "*")
	case organisation.Unknown():
		p.NotEvaluated(r, "principalOrgId of %s is not known yet", r)
	case source.Unknown():
		p.NotEvaluated(r, "sourceArn of %s is not known yet", r)
	default:
		p.Report(r, "principal", r.String()+" lets everyone invoke the function.",
			"set principal to the account or service that calls it and sourceArn to the resource it calls for, or "+
				"principalOrgId to your organisation")
	}
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
			p.Report(r, "sourceArn", r.String()+" lets "+r.Arg("principal").Show()+" invoke the function for any resource of any account.",
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
