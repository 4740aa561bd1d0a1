package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaNoSecretEnvironment = &rule.Rule{
	ID:    "lambda-no-secret-environment",
	Title: "No function's environment holds a credential that others can read.",
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
	CheckResource: func(p *rule.Pass, function *graph.Resource) {
		variables := environmentOf(function)
		var unknown []string
		for _, name := range variables.Keys() {
			switch leaks, kind := leak(function, name, variables.Get(name)); leaks {
			case answer.Yes:
				p.Report(function, "environment.variables."+name, "the environment variable "+name+" of "+function.String()+
					" holds "+kind+".", "keep it in AWS Secrets Manager or Parameter Store and give the function its ARN")
			case answer.Unknown:
				unknown = append(unknown, name)
			case answer.No:
			}
		}
		if variables.Unknown() && !variables.Secret() {
			p.NotEvaluated(function, "the environment of %s is not known yet", function)
		} else if len(unknown) > 0 {
			p.NotEvaluated(function, "%s in the environment of %s is not known yet", strings.Join(unknown, ", "), function)
		}
	},
	CheckStack: func(p *rule.Pass) {
		for _, function := range p.Graph.Managed(graph.Function) {
			variables := environmentOf(function)
			isSecret := func(name string) bool { return variables.Get(name).Secret() }
			if !variables.Secret() && !slices.ContainsFunc(variables.Keys(), isSecret) {
				continue
			}
			switch p.Stack.IsCustomerKey(function, function.Ref("kmsKeyArn")) {
			case answer.No:
				p.Report(function, "kmsKeyArn", function.String()+" has secrets in its environment and no KMS key: whoever may look "+
					"at the function reads them.", "set kmsKeyArn to the ARN of an aws.kms.Key")
			case answer.Unknown:
				p.NotEvaluated(function, "the KMS key of %s, whose environment has secrets, is not known yet", function)
			case answer.Yes:
			}
		}
	},
}

func environmentOf(function *graph.Resource) graph.Value {
	return function.Arg("environment").Get("variables")
}
