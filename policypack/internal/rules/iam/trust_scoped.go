package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var iamTrustScoped = &rule.Rule{
	ID:    "iam-trust-scoped",
	Title: "The trust policy of a role lets in certain principals only, and of an identity provider certain subjects.",
	Rationale: "Whoever may assume a role has all that it allows. A trust policy that names everyone hands it to each " +
		"AWS account there is; one that names GitHub's identity provider without a condition on the subject hands it " +
		"to every workflow of every repository.",
	Remediation: "Name the service, account or role that assumes the role. Add a condition on the provider's sub " +
		`claim to a federated principal, such as "repo:acme/images:ref:refs/heads/main".`,
	Limitations: "SAML providers, whose own settings say who may have which role, and what a trusted account lets its " +
		"own users do. For Cognito and the social providers, whose subjects nobody knows beforehand, the application's " +
		"or pool's id in aud or app_id counts.",
	Scope: rule.ResourceScope, Severity: apitype.PolicySeverityCritical, Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Role},
	Frameworks:  []string{"NIST 800-53 r5 AC-3", "NIST 800-53 r5 AC-6"},
	Equivalents: []string{"Checkov CKV_AWS_60", "Checkov CKV_AWS_61"},
	Links: []string{
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html",
		"https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif",
	},
	CheckResource: func(p *rule.Pass, role *graph.Resource) {
		trust := role.Arg("assumeRolePolicy")
		if trust.Absent() {
			return // the provider asks for one
		}
		document := iam.ParseDocument(trust)
		if why := document.Problem(); why != "" {
			p.NotEvaluated(role, "assumeRolePolicy of %s %s", role, why)
		}
		for _, statement := range document.Statements() {
			open, federated := statement.Public(), min(statement.Allows(), anySubject(statement))
			switch at := statement.String() + " in assumeRolePolicy of " + role.String(); {
			case open == answer.Yes:
				p.Report(role, "assumeRolePolicy", at+" lets everyone in every AWS account assume the role.",
					"name the principals, or add a condition on aws:PrincipalOrgID or aws:SourceAccount")
			case federated == answer.Yes:
				p.Report(role, "assumeRolePolicy", at+" lets everyone whom the identity provider knows assume the role.",
					`add a condition on the provider's "…:sub"`)
			case max(open, federated) == answer.Unknown:
				p.NotEvaluated(role, "whom %s lets in is not known yet", at)
			}
		}
	},
}

// anySubject says whether a statement names an identity provider but none of
// those whom it knows.
func anySubject(s iam.Statement) answer.Answer {
	found, claims := answer.No, []string{":sub"}
	named, more := s.Principals()
	if more {
		found = answer.Unknown
	}
	for _, principal := range named {
		switch {
		case principal.Kind != "Federated" || strings.Contains(principal.Name, ":saml-provider/"):
		case strings.HasPrefix(principal.Name, "arn:"):
			return -s.TiedTo(isClaim(":sub"))
		default: // a public provider, such as cognito-identity.amazonaws.com
			found, claims = answer.Yes, []string{":sub", ":aud", ":app_id"}
		}
	}
	return min(found, -s.TiedTo(isClaim(claims...)))
}

// isClaim says that a condition key is one of those claims of a token.
func isClaim(claims ...string) func(key string) bool {
	return func(key string) bool {
		return slices.ContainsFunc(claims, func(claim string) bool { return strings.HasSuffix(key, claim) })
	}
}
