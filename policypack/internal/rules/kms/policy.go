package kms

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var policy = &rule.Rule{
	ID:    "kms-policy",
	Title: "The policy of a key allows the services that need it, and not everyone.",
	Rationale: "A key that everyone may use protects nothing. A key that a service may not use breaks the pipeline " +
		"without an error in sight: S3 drops its notifications, EventBridge and SNS retry and give up, alarms fire " +
		"and nobody hears of it.",
	Remediation: "Name the principals in the key's policy. Add a statement for each service that sends to what the key " +
		"encrypts, with kms:Decrypt and kms:GenerateDataKey* and a condition on aws:SourceAccount.",
	Limitations: "Keys and wiring of other stacks, grants, and conditions that leave a service out. Of services: CloudWatch " +
		"to topics, S3 and EventBridge to queues and topics, SNS to queues, CloudWatch Logs, and S3's access logs. " +
		"While a log group's region is not known, CloudWatch Logs of any region will do.",
	Scope: rule.StackScope, Severity: apitype.PolicySeverityHigh, Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Key, graph.KeyPolicy, graph.Queue, graph.Topic},
	Frameworks:  []string{"AWS FSBP KMS.5"},
	Equivalents: []string{"Checkov CKV_AWS_33"},
	Links: []string{
		"https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
		"https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-5",
	},
	CheckResource: rule.EachResource(func(p *rule.Pass, r *graph.Resource) []rule.Verdict {
		if r.Type == graph.Key || r.Type == graph.KeyPolicy {
			return rule.NotPublic(p, r)
		}
		return nil
	}),
	CheckStack: rule.Each((*aws.Stack).KeyUses, func(p *rule.Pass, use *aws.KeyUse) rule.Verdict {
		service := use.Service.Principal
		switch {
		case use.Key != nil:
			return judgeUse(use)
		case use.AWSManaged && service == aws.CloudWatch.Principal:
			return rule.OK // sns-encryption reports it
		case use.AWSManaged:
			return rule.Violation(use.Resource, "kmsMasterKeyId", use.Resource.String()+" is encrypted with the key that AWS "+
				"manages, which "+service+" cannot use: "+failure(use)+".",
				rule.OwnKey(use.Resource, "kmsMasterKeyId", p.Stack.KeyServices(use.Resource)...))
		default:
			return rule.NotEvaluated(use.Resource, "whether the key of "+use.Resource.String()+" allows "+service+
				" to use it is not known: it is not in this stack, or not known yet")
		}
	}),
}

// judgeUse judges whether the policy of a key of this stack allows a service to use it.
func judgeUse(use *aws.KeyUse) rule.Verdict {
	key, policies, at, it := use.Key, use.Key.Policies(), use.Key.Resource, "it"
	allowed := key.Allows(use.Service)
	unknown := "whether " + use.Service.Principal + " may use " + key.String() + " is not known"
	switch {
	case allowed == answer.Unknown && use.Service.IsUnsettled() && len(policies.Held) == 1 && policies.Held[0].Document().Problem() == "":
		return rule.NotEvaluated(at, unknown+", as the region of "+use.By.String()+" is not")
	case allowed == answer.Unknown:
		return rule.NotEvaluated(at, unknown+": "+rule.PolicyDoubt(policies))
	case allowed == answer.No && policies.Maybe != nil:
		return rule.NotEvaluated(at, unknown+": "+policies.Maybe.String()+" may hold its policy")
	}
	if declared := policies.Declared(); declared != nil && declared.Resource != at {
		at, it = declared.Resource, key.String()
	}
	return rule.Violation(at, "policy", "the policy of "+at.String()+" does not allow "+use.Service.Principal+" to use "+it+": "+
		failure(use)+".", allow(use, policies)).With(allowed)
}

// allow returns the fix that allows the use of a key, and removes what denies it.
func allow(use *aws.KeyUse, policies aws.Policies) fix.Fix {
	allowing := rule.AddStatement(policies, rule.AllowUse(use.Service))
	if at := policies.Declared(); at != nil {
		for _, statement := range slices.Backward(use.Service.DeniedBy(at.Document())) { // the last first: the others keep their places
			allowing = allowing.And(fix.Remove(at.Resource, "policy."+statement.Path())).
				Deciding("or make what denies it spare " + use.Service.Principal)
		}
	}
	return allowing
}

// failure returns what goes wrong when the key cannot be used.
func failure(use *aws.KeyUse) string {
	if use.By == use.Resource {
		return use.By.String() + " cannot be encrypted"
	}
	return "what " + use.By.String() + " sends to " + use.Resource.String() + " never arrives"
}
