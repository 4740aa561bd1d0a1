package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var snsEncryption = &rule.Rule{
	ID:    "sns-encryption",
	Title: "A topic is encrypted with a KMS key, and one for alarms with a key that CloudWatch can use.",
	Rationale: "SNS encrypts messages at rest only with a KMS key. With the key that AWS manages for SNS an alarm's " +
		"topic falls silent: its policy cannot be changed and does not let CloudWatch in, so the alarm fires, its " +
		"history says that the action failed, and nobody is told.",
	Remediation: "Set kmsMasterKeyId to a key of your own, whose policy lets cloudwatch.amazonaws.com use " +
		"kms:Decrypt and kms:GenerateDataKey*.",
	Limitations: "Alarms of other stacks, and the AWS managed key where it is named by its id. Whether a key of your own " +
		"lets CloudWatch in is for kms-policy.",
	Scope: rule.ResourceScope, Severity: apitype.PolicySeverityMedium, Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Topic},
	Frameworks:  []string{"NIST 800-53 r5 SC-13", "NIST 800-53 r5 SC-28", "NIST 800-53 r5 SC-28(1)"},
	Equivalents: []string{"Checkov CKV_AWS_26", "Trivy AWS-0095", "Trivy AWS-0136"},
	Links: []string{
		"https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html",
		"https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-1",
	},
	CheckResource: func(p *rule.Pass, topic *graph.Resource) {
		if hasKey(topic, "kmsMasterKeyId") == answer.No {
			p.Report(topic, "kmsMasterKeyId", topic.String()+" is not encrypted.", "set kmsMasterKeyId to the ARN of an aws.kms.Key")
		}
	},
	CheckStack: func(p *rule.Pass) {
		checkKeysKnown(p, graph.Topic, "kmsMasterKeyId", func(*graph.Resource) bool { return true })
		alarms := p.Graph.Referrers(p.Graph.All(graph.MetricAlarm, graph.CompositeAlarm), notifies, graph.Topic)
		for _, topic := range p.Graph.Managed(graph.Topic) {
			if !isAWSKey(topic.Arg("kmsMasterKeyId"), "sns") {
				continue
			}
			if linked, maybe := alarms.Linked(topic), alarms.Maybe(topic); len(linked) > 0 {
				p.Report(topic, "kmsMasterKeyId", topic.String()+" is encrypted with the key that AWS manages for SNS, which "+
					"CloudWatch cannot use: "+linked[0].String()+" reaches nobody.",
					"set kmsMasterKeyId to a key of your own whose policy lets cloudwatch.amazonaws.com use it")
			} else if maybe != nil {
				p.NotEvaluated(topic, "whether %s sends to %s is not known yet", maybe, topic)
			}
		}
	},
}
