package sqs

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var deadLetterRetention = &rule.Rule{
	ID:    "sqs-dead-letter-retention",
	Title: "A dead-letter queue keeps messages long enough for somebody to act.",
	Rationale: "What failed on the Friday before a holiday is gone by the Wednesday after: SQS keeps a message for four days " +
		"by default. A message that moves over from another queue keeps its age, so that a dead-letter " +
		"queue which keeps less than its source may drop it at once.",
	Remediation: "Set messageRetentionSeconds on the dead-letter queue to 1209600, which is 14 days, the longest there is.",
	Limitations: "Whether anybody looks; lambda-failure-alarms asks for the alarm.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Queue},
	Links: []string{
		"https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
		"https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
	},
	Params: []rule.Param{{
		Name: "minimumDays", Type: rule.Integer, Default: 14,
		Description: "Days that a dead-letter queue must keep a message, 1 to 14.",
	}},
	CheckStack: rule.Each((*aws.Stack).Queues, func(p *rule.Pass, queue *aws.Queue) rule.Verdict {
		senders, maybe := queue.FailedBy()
		if len(senders) == 0 && maybe == nil {
			return rule.OK
		}
		kept, known := queue.Retention()
		wanted, because := p.Number("minimumDays")*aws.SecondsPerDay, "less than "+text.Count(p.Number("minimumDays"), "day")
		longest, unsettled := queue.LongestSource()
		if longest != nil {
			if seconds, _ := longest.Retention(); int(seconds) > wanted {
				wanted, because = int(seconds), "less than "+longest.String()+" does"
			}
		}
		switch enough := kept >= float64(wanted); {
		case !known:
			return rule.NotEvaluated(queue.Resource, "messageRetentionSeconds of "+queue.String()+" is not known yet")
		case enough && unsettled != nil && !queue.KeepsLongest():
			return rule.NotEvaluated(queue.Resource, "whether "+unsettled.String()+" keeps messages for longer than "+
				queue.String()+" is not known yet")
		case enough:
			return rule.OK
		case len(senders) == 0:
			return rule.NotEvaluated(queue.Resource, queue.String()+" may be the dead-letter queue of "+maybe.String()+
				", whose target is not known yet")
		}
		return rule.Violation(queue.Resource, "messageRetentionSeconds", queue.String()+", where "+senders[0].String()+
			" sends what failed, keeps a message for "+strconv.FormatFloat(kept, 'f', -1, 64)+" s: "+because+".",
			fix.Set(queue.Resource, "messageRetentionSeconds", wanted).Safely())
	}),
}
