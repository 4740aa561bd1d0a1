package rules_test

import "testing"

func TestIAMTrustScoped(t *testing.T) {
	t.Parallel()
	role := func(policy string) string {
		return `thumbnails: {type: aws:iam:Role, properties: {assumeRolePolicy: ` + policy + `}}`
	}
	trust := func(rest string) string {
		return role(policyOf(`{Effect: Allow, Action: "sts:AssumeRole", ` + rest + `}`))
	}
	const (
		github   = `Principal: {Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}`
		claim    = "token.actions.githubusercontent.com"
		violated = "thumbnails assumeRolePolicy"
	)
	testRule(t, "iam-trust-scoped", []ruleCase{
		{name: "a service", resources: trust(`Principal: {Service: lambda.amazonaws.com}`), want: clean},
		{name: "an account", resources: trust(`Principal: {AWS: "123456789012"}`), want: clean},
		{
			name: "everyone", resources: trust(`Principal: "*"`), want: fires(violated),
			says: "statement 1 in assumeRolePolicy of Role 'thumbnails' lets everyone in every AWS account assume the role.",
		},
		{name: "every account", resources: trust(`Principal: {AWS: "*"}`), want: fires(violated)},
		{name: "everyone but one", resources: trust(`NotPrincipal: {AWS: "123456789012"}`), want: fires(violated)},
		{name: "with an external id alone", resources: trust(`Principal: {AWS: "*"}, Condition: {StringEquals: {"sts:ExternalId": x}}`), want: fires(violated)},
		{name: "the organisation", resources: trust(`Principal: {AWS: "*"}, Condition: {StringEquals: {"aws:PrincipalOrgID": o-a1b2c3}}`), want: clean},
		{name: "a deny of everyone", resources: role(policyOf(`{Effect: Deny, Principal: "*", Action: "sts:AssumeRole"}`)), want: clean},
		{
			name: "every subject", resources: trust(github + `, Condition: {StringEquals: {"` + claim + `:aud": sts.amazonaws.com}}`),
			want: fires(violated), says: "everyone whom the identity provider knows",
		},
		{name: "no condition", resources: trust(github), want: fires(violated)},
		{name: "one repository", resources: trust(github + `, Condition: {StringLike: {"` + claim + `:sub": "repo:acme/images:*"}}`), want: clean},
		{name: "any repository", resources: trust(github + `, Condition: {StringLike: {"` + claim + `:sub": "*"}}`), want: fires(violated)},
		{name: "any repository, said longer", resources: trust(github + `, Condition: {StringLike: {"` + claim + `:sub": "repo:*"}}`), want: fires(violated)},
		{name: "a repository of any owner", resources: trust(github + `, Condition: {StringLike: {"` + claim + `:sub": "repo:*/images:*"}}`), want: fires(violated)},
		{name: "a repository of owners named alike", resources: trust(github + `, Condition: {StringLike: {"` + claim + `:sub": "repo:acme*"}}`), want: fires(violated)},
		{name: "any repository of an owner", resources: trust(github + `, Condition: {StringLike: {"` + claim + `:sub": "repo:acme/*"}}`), want: clean},
		{name: "any project of GitLab", resources: trust(github + `, Condition: {StringLike: {"gitlab.com:sub": "project_path:*"}}`), want: fires(violated)},
		{name: "any group of GitLab", resources: trust(github + `, Condition: {StringLike: {"gitlab.com:sub": "project_path:*/*:ref_type:branch:ref:main"}}`), want: fires(violated)},
		{name: "a group of GitLab", resources: trust(github + `, Condition: {StringLike: {"gitlab.com:sub": "project_path:acme/*:ref_type:branch:ref:main"}}`), want: clean},
		{
			name: "any organisation of HCP Terraform", want: fires(violated),
			resources: trust(github + `, Condition: {StringLike: {"app.terraform.io:sub": "organization:*:project:images:workspace:prod:run_phase:*"}}`),
		},
		{
			name: "an organisation of HCP Terraform", want: clean,
			resources: trust(github + `, Condition: {StringLike: {"app.terraform.io:sub": "organization:acme:project:*:workspace:*:run_phase:*"}}`),
		},
		{name: "the root of any account", resources: trust(`Principal: {AWS: "arn:aws:iam::*:root"}`), want: fires(violated)},
		{name: "a role's name in any account", resources: trust(`Principal: {AWS: "*"}, Condition: {ArnLike: {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}`), want: fires(violated)},
		{name: "not one repository", resources: trust(github + `, Condition: {StringNotEquals: {"` + claim + `:sub": "repo:acme/images"}}`), want: fires(violated)},
		{name: "an unknown subject", resources: role(`{Statement: [{Effect: Allow, ` + github + `, Condition: {StringEquals: {"` + claim + `:sub": {"fn::unknown": 1}}}}]}`), want: undecided("thumbnails")},
		{
			name:      "a pool of Cognito",
			resources: trust(`Principal: {Federated: cognito-identity.amazonaws.com}, Condition: {StringEquals: {"cognito-identity.amazonaws.com:aud": "eu-west-1:1"}}`), want: clean,
		},
		{name: "all of Cognito", resources: trust(`Principal: {Federated: cognito-identity.amazonaws.com}`), want: fires(violated)},
		{name: "an app", resources: trust(`Principal: {Federated: graph.facebook.com}, Condition: {StringEquals: {"graph.facebook.com:app_id": "1"}}`), want: clean},
		{
			name:      "SAML",
			resources: trust(`Principal: {Federated: "arn:aws:iam::123456789012:saml-provider/idp"}, Condition: {StringEquals: {"SAML:aud": "https://signin.aws.amazon.com/saml"}}`), want: clean,
		},
		{name: "an unknown policy", resources: role(`{"fn::unknown": 1}`), want: undecided("thumbnails")},
		{name: "an unknown principal", resources: role(`{Statement: [{Effect: Allow, Principal: {"fn::unknown": 1}, Action: "sts:AssumeRole"}]}`), want: undecided("thumbnails")},
		{name: "no JSON", resources: role(`nonsense`), want: undecided("thumbnails")},
		{
			name:      "a secret policy is judged",
			resources: role(`{"fn::secret": ` + policyOf(`{Sid: "`+hush+`", Effect: Allow, Principal: "*", Action: "sts:AssumeRole"}`) + `}`), want: fires(violated),
		},
		{name: "a role that is only read", resources: `thumbnails: {type: aws:iam:Role, get: {id: x, assumeRolePolicy: ` + policyOf(`{Effect: Allow, Principal: "*"}`) + `}}`, want: clean},
	})
}
