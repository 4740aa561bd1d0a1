package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
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
	Blind: "Keys and wiring of other stacks, grants, and conditions that leave a service out. Of services: CloudWatch " +
		"to topics, S3 and EventBridge to queues and topics, SNS to queues, CloudWatch Logs, and S3's access logs.",
	Scope: rule.StackScope, Severity: apitype.PolicySeverityHigh, Enforcement: apitype.Mandatory,
	Types:      []graph.Type{graph.Key, graph.KeyPolicy, graph.Queue, graph.Topic},
	Frameworks: []string{"AWS FSBP KMS.5"},
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
		index := newKeyIndex(p.Graph)
		policies := p.Graph.Referrers(p.Graph.All(graph.KeyPolicy), graph.Arg("keyId"), graph.Key)
		told := map[string]bool{}
		// once says that what is told of a resource and a service is still to be.
		once := func(of *graph.Resource, service keyService) bool {
			id := string(of.URN) + " " + service.principal
			defer func() { told[id] = true }()
			return !told[id]
		}
		for _, use := range keyUses(p.Graph) {
			for _, e := range index.of(use.encrypts) {
				keys := index.keys(e)
				switch {
				case len(keys) == 1 && keys[0].Managed():
					// One statement mends it for all that the key encrypts.
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

// checkKeyUse judges whether the policy of a key lets a service use it.
func checkKeyUse(p *rule.Pass, key *graph.Resource, policies *graph.Referrers, use keyUse) {
	lets := answer.No // the policy that a key has without one is for the account alone
	for _, holder := range append([]*graph.Resource{key}, policies.Linked(key)...) {
		if document, ok := ownPolicy(holder); ok {
			all := answer.Yes
			for _, action := range use.service.actions {
				all = min(all, document.LetsService(use.service.pattern, action))
			}
			lets = max(lets, all)
		}
	}
	switch maybe := policies.Maybe(key); {
	case lets == answer.Yes:
	case lets == answer.Unknown || maybe != nil:
		p.NotEvaluated(key, "whether the policy of %s lets %s use it is not known yet", key, use.service.principal)
	default:
		p.Report(key, "policy", "the policy of "+key.String()+" does not let "+use.service.principal+" use it: "+use.fails()+".",
			"add a statement to it with Effect Allow, Principal {Service: "+use.service.principal+"} and Action ["+
				strings.Join(use.service.actions, ", ")+`] on Resource "*"`)
	}
}

// fails is what goes wrong when the key cannot be used.
func (u keyUse) fails() string {
	if u.by == u.encrypts {
		return u.by.String() + " cannot be encrypted"
	}
	return "what " + u.by.String() + " sends to " + u.encrypts.String() + " never arrives"
}

// usesAWSKey says that a queue or topic has the key that AWS manages for it,
// which lets no service in.
func usesAWSKey(e encryption, use keyUse) bool {
	return use.encrypts.Type == graph.Queue && isAWSKey(e.ref.Value, "sqs") ||
		use.encrypts.Type == graph.Topic && isAWSKey(e.ref.Value, "sns")
}

func reportAWSKey(p *rule.Pass, use keyUse) {
	if use.service.principal == cloudWatchUse.principal {
		return // sns-encryption tells
	}
	p.Report(use.encrypts, "kmsMasterKeyId", use.encrypts.String()+" is encrypted with the key that AWS manages, which "+
		use.service.principal+" cannot use: "+use.fails()+".",
		"set kmsMasterKeyId to a key of your own whose policy lets "+use.service.principal+" use it")
}
