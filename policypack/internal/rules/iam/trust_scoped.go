package iam

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var trustScoped = &rule.Rule{
	ID:    "iam-trust-scoped",
	Title: "The trust policy of a role allows named principals only, and of an identity provider named subjects.",
	Rationale: "Whoever may assume a role has all that it allows. A trust policy that names everyone hands it to each " +
		"AWS account there is; one that names GitHub's identity provider without a condition on the subject hands it " +
		"to every workflow of every repository.",
	Remediation: "Name the service, account or role that assumes the role. Add a condition on the provider's sub " +
		`claim to a federated principal, such as "repo:acme/images:ref:refs/heads/main".`,
	Limitations: "SAML providers, whose own settings say who may have which role, and what a trusted account allows " +
		"its own users. For Cognito and the social providers, whose subjects nobody knows beforehand, the application's " +
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
	CheckResource: rule.EachResource(func(_ *rule.Pass, role *graph.Resource) []rule.Verdict {
		trust := role.Arg("assumeRolePolicy")
		if trust.Absent() {
			return nil // the provider asks for one
		}
		document := iam.ParseDocument(trust)
		if problem := document.Problem(); problem != "" {
			return []rule.Verdict{rule.NotEvaluated(role, "assumeRolePolicy of "+role.String()+" "+problem)}
		}
		var all []rule.Verdict
		for _, statement := range document.Statements() {
			all = append(all, judgeTrust(role, statement))
		}
		return all
	}),
}

// judgeTrust judges a statement of a role's trust policy.
func judgeTrust(role *graph.Resource, s iam.Statement) rule.Verdict {
	open, federated := s.Public(), min(s.Allows(), s.AnySubject())
	at, path := s.String()+" in assumeRolePolicy of "+role.String(), "assumeRolePolicy."+s.Path()
	switch {
	case open == answer.Yes:
		return rule.Violation(role, "assumeRolePolicy", at+" allows everyone in every AWS account to assume the role.",
			rule.NamePrincipals(role, path, s, "name the principals, or add a condition on aws:PrincipalOrgID or aws:SourceAccount instead"))
	case federated == answer.Yes:
		return rule.Violation(role, "assumeRolePolicy", at+" allows everyone whom the identity provider knows to assume the role.",
			requireSubject(role, path, s))
	case max(open, federated) == answer.Unknown:
		return rule.NotEvaluated(role, "whom "+at+" allows is not known yet")
	default:
		return rule.OK
	}
}

// requireSubject returns the fix by which a statement allows one subject of its identity provider.
func requireSubject(role *graph.Resource, path string, s iam.Statement) fix.Fix {
	issuer, known := s.Issuer()
	if !known {
		// Which of several providers a subject is of, the program has to say.
		return fix.Advise(`add a condition StringEquals on the provider's "…:sub", with the subjects that may assume the role`)
	}
	key := "[" + strconv.Quote(issuer+":sub") + "]"
	return fix.Set(role, path+".Condition.StringEquals"+key, fix.Choice("the subject that may assume the role")).
		Deciding("choose the subject, such as one branch of one repository; StringLike takes a pattern")
}
