package cloudwatch

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var logsEncryption = &rule.Rule{
	ID:    "logs-encryption",
	Title: "Every function's log group is encrypted with a KMS key of your own.",
	Rationale: "Logs repeat what the function handles: object keys with names in them, parts of requests, stack traces with " +
		"values. Without a key of your own nobody can shut that off when it has to be, and nothing records who read it.",
	Remediation: "Set kmsKeyId on the aws.cloudwatch.LogGroup to the ARN of an aws.kms.Key whose policy allows CloudWatch " +
		"Logs to use it.",
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
	CheckStack: rule.Each((*aws.Stack).LogGroups, func(p *rule.Pass, group *aws.LogGroup) rule.Verdict {
		f, encrypted := group.Function(), p.Stack.IsCustomerKey(group.Resource, group.Ref("kmsKeyId"))
		switch {
		case f != nil:
			return rule.Verdict{
				Answer: encrypted, Property: "kmsKeyId",
				Message: group.String() + ", the log group of " + f.String() + ", has no KMS key.",
				Reason:  "kmsKeyId of " + group.String() + " is not known yet",
				Fix:     rule.OwnKey(group.Resource, "kmsKeyId", aws.CloudWatchLogs(group.Resource)),
			}
		case encrypted == answer.No && group.MayHaveFunction():
			return rule.NotEvaluated(group.Resource, group.String()+" has no KMS key, and whether it is the log group of a "+
				"function is not known yet")
		}
		return rule.OK
	}),
}
