package lambda

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/credential"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var noSecretEnvironment = &rule.Rule{
	ID:    "lambda-no-secret-environment",
	Title: "The environment of every function is free of credentials that others can read.",
	Rationale: "Everyone who may look at a function's configuration reads its environment, as do the stack's state, its " +
		"previews and every log that prints them. A credential there has to be taken for published, and cannot be " +
		"changed without a deployment.",
	Remediation: "Keep the credential in AWS Secrets Manager or Parameter Store, give the function its ARN or path, and let " +
		"it read the value at its start. Where it has to be in the environment, make it a Pulumi secret and set kmsKeyArn.",
	Limitations: "Credentials of a form that the rule does not know under a name that says nothing. Values that look like a " +
		"reference, the name of a secret, a flag or a number are taken for that.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityCritical,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Function},
	Equivalents: []string{"Checkov CKV_AWS_45", "Checkov CKV_AWS_173"},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
		"https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html",
		"https://www.pulumi.com/docs/iac/concepts/secrets/",
	},
	CheckResource: rule.Alone(aws.FunctionOf, func(_ *rule.Pass, f *aws.Function) []rule.Verdict {
		variables := f.Variables()
		var all []rule.Verdict
		var unknown []string
		for _, name := range variables.Keys() {
			switch holds, kind := credential.In(f.Resource, name, variables.Get(name)); holds {
			case answer.Yes:
				all = append(all, rule.Violation(f.Resource, "environment.variables."+name,
					"the environment variable "+name+" of "+f.String()+" holds "+kind+".", keepSecret(f, name)))
			case answer.Unknown:
				unknown = append(unknown, name)
			case answer.No:
			}
		}
		if variables.Unknown() && !variables.Secret() {
			all = append(all, rule.NotEvaluated(f.Resource, "the environment of "+f.String()+" is not known yet"))
		} else if len(unknown) > 0 {
			all = append(all, rule.NotEvaluated(f.Resource, strings.Join(unknown, ", ")+" in the environment of "+f.String()+" is not known yet"))
		}
		return all
	}),
	CheckStack: rule.Each((*aws.Stack).Functions, func(p *rule.Pass, f *aws.Function) rule.Verdict {
		if !f.HasSecretVariables() {
			return rule.OK
		}
		key := rule.NewKey(f.Name, f.Resource)
		arn := fix.NewOutput{Declaration: key, Property: "arn"}
		encrypt := fix.Set(f.Resource, "kmsKeyArn", arn).And(fix.Add(key))
		if role := f.Role(); role != nil {
			encrypt = encrypt.And(rule.AllowRole(role, f.Name+"-environment", arn, "kms:Decrypt"))
		}
		return rule.Verdict{
			Answer: p.Stack.IsCustomerKey(f.Resource, f.Ref("kmsKeyArn")), Property: "kmsKeyArn",
			Message: f.String() + " has secrets in its environment and no KMS key: whoever may look at the function reads them.",
			Reason:  "the KMS key of " + f.String() + ", whose environment has secrets, is not known yet",
			Fix:     encrypt.Deciding("allow kms:Decrypt only to those who may read the secrets"),
		}
	}),
}

// keepSecret returns the fix that keeps what an environment variable holds in AWS Secrets Manager, and gives the function
// its ARN.
func keepSecret(f *aws.Function, variable string) fix.Fix {
	name := f.Name + "-" + strings.Join(text.Words(variable), "-")
	secret := rule.Declare(f.Resource, graph.Secret, name, nil)
	arn := fix.NewOutput{Declaration: secret, Property: "arn"}
	keep := fix.Set(f.Resource, "environment.variables."+variable, arn).And(fix.Add(secret))
	allow := "allow its role secretsmanager:GetSecretValue on it, "
	if role := f.Role(); role != nil {
		keep, allow = keep.And(rule.AllowRole(role, name, arn, "secretsmanager:GetSecretValue")), ""
	}
	return keep.Deciding("put the credential into the secret, " + allow + "and have the function read it at its start")
}
