package aws

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Permission is an aws.lambda.Permission: who may invoke a function, and on behalf of which resource.
type Permission struct{ object }

// Permissions returns the permissions, managed or not.
func (s *Stack) Permissions() []*Permission { return s.permissions() }

// PermissionOf returns a permission by its own arguments alone, for rules that judge a resource without its stack.
func PermissionOf(r *graph.Resource) *Permission { return &Permission{object{Resource: r}} }

// Opening is how a permission allows more callers than can be intended.
type Opening int

// The kinds of openings.
const (
	// ToNamedCallers is no opening: the permission names who may invoke the function.
	ToNamedCallers Opening = iota
	ToEveryone
	// ToEverySkill is open to every Alexa skill.
	ToEverySkill
	// ToAnySource is open to a service on behalf of any resource; ToAnyARN is the same with a source ARN that is a
	// wildcard.
	ToAnySource
	ToAnyARN
	// ToAnyAccount is open to a service on behalf of a resource that may belong to another account.
	ToAnyAccount
)

// Opening returns how the permission allows more callers than can be intended. While the argument that it returns is
// unknown, the answer is not known.
func (p *Permission) Opening() (opening Opening, unknown string) {
	principal := p.Arg("principal")
	caller, _ := principal.Str()
	switch {
	case principal.Unknown():
		return 0, "principal"
	case caller == "*":
		return p.openingToEveryone()
	case strings.HasSuffix(caller, ".amazon.com") && p.Arg("eventSourceToken").Absent(): // Alexa has no ARNs
		return ToEverySkill, ""
	case isAWSService(caller):
		return p.openingToService(caller)
	}
	return ToNamedCallers, ""
}

// openingToEveryone judges a permission for everyone by what else restricts it: the organization, or the resource that
// a service acts for, as if it named the service. An account alone does not restrict which of its resources that is.
func (p *Permission) openingToEveryone() (opening Opening, unknown string) {
	organization, source := p.Arg("principalOrgId"), p.Arg("sourceArn")
	id, _ := organization.Str()
	switch {
	case organization.Known() && !iam.IsBare(id):
		return ToNamedCallers, ""
	case source.IsGiven() == answer.Yes:
		return p.openingToService("*")
	case organization.Unknown():
		return 0, "principalOrgId"
	case source.Unknown():
		return 0, "sourceArn"
	}
	return ToEveryone, ""
}

// openingToService judges a permission for a service by the resource and account that it is for. A source that is not
// known is judged with the whole stack: it may be unknown only because the resource does not exist yet.
func (p *Permission) openingToService(service string) (opening Opening, unknown string) {
	source, account := p.Arg("sourceArn"), p.Arg("sourceAccount")
	text, _ := source.Str()
	needsAccount := isS3(service) || source.Known() && !namesAccount(text)
	switch {
	case source.IsGiven() == answer.No && (account.IsGiven() == answer.No || !accountSuffices(service)):
		return ToAnySource, ""
	case source.IsGiven() == answer.No, account.IsGiven() == answer.Yes:
	case account.Unknown() && needsAccount:
		return 0, "sourceAccount"
	case account.Unknown():
	case source.Known() && iam.IsBare(text):
		return ToAnyARN, ""
	case needsAccount:
		return ToAnyAccount, ""
	}
	return ToNamedCallers, ""
}

// MayLackSource reports whether the permission is for a service on behalf of a resource that is unknown and comes from
// no resource of the stack, so that there may turn out to be none.
func (p *Permission) MayLackSource() bool {
	caller, _ := p.Arg("principal").Str()
	return isAWSService(caller) && !accountSuffices(caller) && p.Arg("sourceArn").Unknown() &&
		len(p.PropertyDependencies["sourceArn"]) == 0
}

// IsForS3 reports whether the permission is for S3, whose bucket ARNs contain no account.
func (p *Permission) IsForS3() bool {
	caller, _ := p.Arg("principal").Str()
	return isS3(caller)
}

func isAWSService(principal string) bool {
	return strings.HasSuffix(principal, ".amazonaws.com") || strings.HasSuffix(principal, ".amazonaws.com.cn")
}

func isS3(service string) bool {
	return service == "s3.amazonaws.com" || service == "s3.amazonaws.com.cn"
}

// accountSuffices reports whether a service passes only the account when it invokes a function.
//
// https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_lambda-functions.html
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
func accountSuffices(service string) bool {
	return slices.Contains([]string{"config.amazonaws.com", "secretsmanager.amazonaws.com"}, service)
}

// namesAccount reports whether an ARN, or a pattern for one, contains a specific account. It does so for any text that
// is not an ARN.
func namesAccount(s string) bool {
	a, err := arn.Parse(s)
	return err != nil || a.AccountID != "" && !strings.ContainsAny(a.AccountID, "*?")
}

// FunctionURL is an aws.lambda.FunctionUrl.
type FunctionURL struct{ object }

// IsPublic reports whether anyone who knows the URL may invoke the function.
func (u *FunctionURL) IsPublic() answer.Answer { return u.Arg("authorizationType").Equals("NONE") }

// FunctionURLOf returns a URL by its own arguments alone, for rules that judge a resource without its stack.
func FunctionURLOf(r *graph.Resource) *FunctionURL { return &FunctionURL{object{Resource: r}} }
