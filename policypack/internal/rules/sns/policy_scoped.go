package sns

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var policyScoped = &rule.Rule{
	ID:    "sns-policy-scoped",
	Title: "The policy of a topic allows named principals only.",
	Rationale: "Whoever finds the ARN of an open topic can subscribe to it, and read all that is published from then on, or " +
		"publish what its subscribers take for the stack's own: events to process, alarms to act on.",
	Remediation: "Name the account, role or service in Principal, and give a service a condition on aws:SourceArn or " +
		"aws:SourceAccount.",
	Limitations: "A policy that another stack or the console puts on the topic. A topic without a policy is open to its own " +
		"account only, and passes.",
	Scope: rule.ResourceScope, Severity: apitype.PolicySeverityCritical, Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Topic, graph.TopicPolicy},
	Frameworks:  []string{"AWS FSBP SNS.4"},
	Equivalents: []string{"Checkov CKV_AWS_169"},
	Links: []string{
		"https://docs.aws.amazon.com/sns/latest/dg/sns-security-best-practices.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-4",
	},
	Params: []rule.Param{{
		Name: "requireTls", Type: rule.Boolean, Default: false,
		Description: "Ask for a policy on every topic that denies requests without TLS.",
	}},
	CheckResource: rule.EachResource(rule.NotPublic),
	CheckStack: rule.Each((*aws.Stack).Topics, func(p *rule.Pass, topic *aws.Topic) rule.Verdict {
		if !p.Flag("requireTls") {
			return rule.OK
		}
		return rule.RequireTLS(topic.Policies())
	}),
}
