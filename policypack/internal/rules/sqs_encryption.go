package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var sqsEncryption = &rule.Rule{
	ID:    "sqs-encryption",
	Title: "Encryption of a queue is not switched off.",
	Rationale: "A dead-letter queue holds what could not be processed, often for two weeks: object keys, and whatever " +
		"else was in the events. SQS encrypts all that unless it is told not to, at no cost.",
	Remediation: "Remove sqsManagedSseEnabled, or set it to true; or set kmsMasterKeyId to a key of your own.",
	Limitations: "Whether those who send and receive may use the key: kms-policy and lambda-role-sufficient look at that.",
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
	CheckResource: func(p *rule.Pass, queue *graph.Resource) {
		key, managed := queue.Arg("kmsMasterKeyId"), queue.Arg("sqsManagedSseEnabled")
		switch own := p.Flag("customerKey"); {
		case key.Unknown():
		case own && (hasKey(queue, "kmsMasterKeyId") == answer.No || isAWSKey(key, "sqs")):
			p.Report(queue, "kmsMasterKeyId", queue.String()+" is not encrypted with a KMS key of your own.",
				"set kmsMasterKeyId to the ARN of an aws.kms.Key")
		case hasKey(queue, "kmsMasterKeyId") == answer.Yes:
		case managed.IsFalse():
			p.Report(queue, "sqsManagedSseEnabled", queue.String()+" has its encryption switched off.",
				"remove sqsManagedSseEnabled, or set it to true")
		case managed.Unknown():
			p.NotEvaluated(queue, "sqsManagedSseEnabled of %s is not known yet", queue)
		}
	},
	CheckStack: func(p *rule.Pass) {
		checkKeysKnown(p, graph.Queue, "kmsMasterKeyId", func(queue *graph.Resource) bool {
			off := queue.Arg("sqsManagedSseEnabled")
			return p.Flag("customerKey") || off.IsFalse() || off.Unknown()
		})
	},
}
