package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var kmsPolicy = &rule.Rule{
	ID:    "kms-policy",
	Title: "The policy of a key lets in the services that need it, and not everyone.",
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
	CheckResource: func(p *rule.Pass, r *graph.Resource) {
		if r.Type == graph.Key || r.Type == graph.KeyPolicy {
			checkNotPublic(p, r)
		}
	},
	CheckStack: func(p *rule.Pass) {
		index := keysOf(p.Graph)
		policies := p.Graph.Referrers(p.Graph.All(graph.KeyPolicy), graph.Arg("keyId"), graph.Key)
		type subject struct {
			of        *graph.Resource
			principal string
		}
		told := map[subject]bool{}
		// once says that what is told of a resource and a service is still to be.
		once := func(of *graph.Resource, service keyService) bool {
			about := subject{of, service.principal}
			defer func() { told[about] = true }()
			return !told[about]
		}
		for _, use := range keyUses(p.Graph) {
			for _, e := range index.of(use.encrypts) {
				keys := index.keys(e)
				switch {
				case len(keys) == 1 && keys[0].Managed():
					// One statement fixes it for all that the key encrypts.
					if once(keys[0], use.service) {
						checkKeyUse(p, keys[0], policies, use)
					}
				case !use.encrypts.Managed() || !once(use.encrypts, use.service):
				case usesAWSKey(e, use):
					reportAWSKey(p, use)
				default:
					p.NotEvaluated(use.encrypts, "whether the key of %s lets %s use it is not known: it is not in this stack, "+
						"or not known yet", use.encrypts, use.service.principal)
				}
			}
		}
	},
}
