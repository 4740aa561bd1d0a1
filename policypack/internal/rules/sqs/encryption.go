package sqs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var encryption = &rule.Rule{
	ID:    "sqs-encryption",
	Title: "Every queue is encrypted.",
	Rationale: "A dead-letter queue holds what could not be processed, often for two weeks: object keys, and whatever " +
		"else was in the events. SQS encrypts all that by default, at no cost.",
	Remediation: "Remove sqsManagedSseEnabled, or set it to true; or set kmsMasterKeyId to a key of your own.",
	Limitations: "Whether those who send and receive may use the key: kms-policy and lambda-role-sufficient check that.",
	Scope:       rule.ResourceScope, Severity: apitype.PolicySeverityMedium, Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Queue},
	Frameworks:  []string{"AWS FSBP SQS.1", "NIST 800-53 r5 SC-13", "NIST 800-53 r5 SC-28", "NIST 800-53 r5 SC-28(1)"},
	Equivalents: []string{"Checkov CKV_AWS_27", "Checkov CKV2_AWS_73", "Trivy AWS-0096", "Trivy AWS-0135"},
	Links: []string{
		"https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html#sqs-1",
	},
	Params: []rule.Param{{
		Name: "customerKey", Type: rule.Boolean, Default: false,
		Description: "Ask for a KMS key of your own on every queue, rather than SQS's keys or aws/sqs.",
	}},
	CheckResource: rule.EachResource(func(p *rule.Pass, queue *graph.Resource) rule.Verdict {
		switch key := queue.Arg("kmsMasterKeyId"); {
		case key.Unknown(): // perhaps only because the key is yet to be created
			return rule.OK
		case p.Flag("customerKey") && (aws.IsAWSKey(key, "sqs") || key.IsGiven() == answer.No):
			return rule.Violation(queue, "kmsMasterKeyId", queue.String()+" is not encrypted with a KMS key of your own.",
				rule.OwnKey(queue, "kmsMasterKeyId"))
		case key.IsGiven() == answer.Yes:
			return rule.OK
		}
		return rule.Verdict{
			Answer: aws.QueueOf(queue).HasManagedEncryption(), Property: "sqsManagedSseEnabled",
			Message: queue.String() + " has its encryption switched off.",
			Reason:  "sqsManagedSseEnabled of " + queue.String() + " is not known yet",
			Fix:     fix.Set(queue, "sqsManagedSseEnabled", true).Safely(),
		}
	}),
	CheckStack: rule.Each((*aws.Stack).Queues, func(p *rule.Pass, queue *aws.Queue) rule.Verdict {
		needsKey := p.Flag("customerKey") || queue.HasManagedEncryption() != answer.Yes
		if needsKey && aws.HasKey(queue.Resource, "kmsMasterKeyId") == answer.Unknown {
			return rule.NotEvaluated(queue.Resource, "kmsMasterKeyId of "+queue.String()+" is not known yet")
		}
		return rule.OK
	}),
}
