package sqs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var policyScoped = &rule.Rule{
	ID:    "sqs-policy-scoped",
	Title: "The policy of a queue allows named principals only.",
	Rationale: "Whoever finds the URL of an open queue can fill it with events of their own, which the functions behind it " +
		"process, or take messages away, so that they are never processed and nobody sees an error.",
	Remediation: "Name the account, role or service in Principal, and give a service a condition on aws:SourceArn or " +
		"aws:SourceAccount.",
	Limitations: "A policy that another stack or the console puts on the queue. A queue without a policy is open to its own " +
		"account only, and passes.",
	Scope: rule.ResourceScope, Severity: apitype.PolicySeverityCritical, Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Queue, graph.QueuePolicy},
	Frameworks:  []string{"AWS FSBP SQS.3"},
	Equivalents: []string{"Checkov CKV_AWS_168", "Trivy AWS-0097"},
	Links: []string{
		"https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html#sqs-3",
	},
	Params: []rule.Param{{
		Name: "requireTls", Type: rule.Boolean, Default: false,
		Description: "Ask for a policy on every queue that denies requests without TLS.",
	}},
	CheckResource: rule.EachResource(rule.NotPublic),
	CheckStack: rule.Each((*aws.Stack).Queues, func(p *rule.Pass, queue *aws.Queue) rule.Verdict {
		if !p.Flag("requireTls") {
			return rule.OK
		}
		return rule.RequireTLS(queue.Policies())
	}),
}
