package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var logsEncryption = &rule.Rule{
	ID:    "logs-encryption",
	Title: "Every function's log group is encrypted with a KMS key of your own.",
	Rationale: "Logs repeat what the function handles: object keys with names in them, parts of requests, stack traces with " +
		"values. Without a key of your own nobody can shut that off when it has to be, and nothing records who read it.",
	Remediation: "Set kmsKeyId on the aws.cloudwatch.LogGroup to the ARN of an aws.kms.Key whose policy lets CloudWatch Logs " +
		"use it.",
	Limitations: "A log group that nobody declares, which is logs-retention's business, and whether CloudWatch Logs may use the key.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityLow,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.LogGroup},
	Equivalents: []string{"Checkov CKV_AWS_158", "Trivy AWS-0017"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
		"https://www.pulumi.com/registry/packages/aws/api-docs/cloudwatch/loggroup/",
	},
	CheckStack: func(p *rule.Pass) {
		all := newLogGroups(p.Graph)
		groups, functions := all.managedOf()
		for _, group := range p.Graph.Managed(graph.LogGroup) {
			if functions[group] == nil && all.mayBeLambdas(group) && p.Stack.IsCustomerKey(group, group.Ref("kmsKeyId")) == answer.No {
				p.NotEvaluated(group, "%s has no KMS key, and whether it is the log group of a function is not known yet", group)
			}
		}
		for _, group := range groups {
			switch p.Stack.IsCustomerKey(group, group.Ref("kmsKeyId")) {
			case answer.No:
				p.Report(group, "kmsKeyId", group.String()+", the log group of "+functions[group].String()+", has no KMS key.",
					"set kmsKeyId to the ARN of an aws.kms.Key that CloudWatch Logs may use")
			case answer.Unknown:
				p.NotEvaluated(group, "kmsKeyId of %s is not known yet", group)
			case answer.Yes:
			}
		}
	},
}
