package sns

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var encryption = &rule.Rule{
	ID:    "sns-encryption",
	Title: "A topic is encrypted with a KMS key, and one for alarms with a key that CloudWatch can use.",
	Rationale: "SNS encrypts messages at rest only with a KMS key. With the key that AWS manages for SNS an alarm's " +
		"topic falls silent: its policy cannot be changed and does not allow CloudWatch, so the alarm fires, its " +
		"history shows that the action failed, and nobody hears of it.",
	Remediation: "Set kmsMasterKeyId to a key of your own, whose policy allows cloudwatch.amazonaws.com " +
		"kms:Decrypt and kms:GenerateDataKey*.",
	Limitations: "Alarms of other stacks, and the AWS managed key where it is named by its id. Whether a key of your own " +
		"allows CloudWatch is for kms-policy.",
	Scope: rule.ResourceScope, Severity: apitype.PolicySeverityMedium, Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Topic},
	Frameworks:  []string{"NIST 800-53 r5 SC-13", "NIST 800-53 r5 SC-28", "NIST 800-53 r5 SC-28(1)"},
	Equivalents: []string{"Checkov CKV_AWS_26", "Trivy AWS-0095", "Trivy AWS-0136"},
	Links: []string{
		"https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html",
		"https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-1",
	},
	CheckResource: rule.EachResource(func(_ *rule.Pass, topic *graph.Resource) rule.Verdict {
		if topic.Arg("kmsMasterKeyId").IsGiven() != answer.No {
			return rule.OK // or it is unknown, perhaps only because the key is yet to be created
		}
		return rule.Violation(topic, "kmsMasterKeyId", topic.String()+" is not encrypted.",
			rule.OwnKey(topic, "kmsMasterKeyId", aws.CloudWatch))
	}),
	CheckStack: rule.Each((*aws.Stack).Topics, func(p *rule.Pass, topic *aws.Topic) rule.Verdict {
		alarms, maybe := topic.Alarms()
		switch isAWS := aws.IsAWSKey(topic.Arg("kmsMasterKeyId"), "sns"); {
		case aws.HasKey(topic.Resource, "kmsMasterKeyId") == answer.Unknown:
			return rule.NotEvaluated(topic.Resource, "kmsMasterKeyId of "+topic.String()+" is not known yet")
		case isAWS && len(alarms) > 0:
			return rule.Violation(topic.Resource, "kmsMasterKeyId", topic.String()+" is encrypted with the key that AWS manages "+
				"for SNS, which CloudWatch cannot use: "+alarms[0].String()+" reaches nobody.",
				rule.OwnKey(topic.Resource, "kmsMasterKeyId", p.Stack.KeyServices(topic.Resource)...))
		case isAWS && maybe != nil:
			return rule.NotEvaluated(topic.Resource, "whether "+maybe.String()+" sends to "+topic.String()+" is not known yet")
		default:
			return rule.OK
		}
	}),
}
