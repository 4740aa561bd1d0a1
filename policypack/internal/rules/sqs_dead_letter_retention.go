package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// What SQS keeps a message for when a program says nothing, in seconds.
const defaultRetention = 4 * secondsPerDay

// The longest that SQS keeps a message, in seconds.
const longestRetention = 14 * secondsPerDay

const secondsPerDay = 24 * 60 * 60

var sqsDeadLetterRetention = &rule.Rule{
	ID:    "sqs-dead-letter-retention",
	Title: "A dead-letter queue keeps messages long enough for somebody to act.",
	Rationale: "What failed on the Friday before a holiday is gone by the Wednesday after: SQS keeps a message for four days " +
		"unless it is told otherwise. A message that moves over from another queue keeps its age, so that a dead-letter " +
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
	CheckStack: func(p *rule.Pass) {
		referrers := deadLetterReferrers(p.Graph)
		for _, queue := range p.Graph.Managed(graph.Queue) {
			linked, maybe := referrers.Linked(queue), referrers.Maybe(queue)
			if len(linked) == 0 && maybe == nil {
				continue
			}
			kept, known := numberOr(queue.Arg("messageRetentionSeconds"), defaultRetention)
			wanted, because, unsettled := longestSource(p.Graph, linked)
			if days := float64(p.Number("minimumDays")) * secondsPerDay; days >= wanted {
				wanted, because = days, "less than "+count(p.Number("minimumDays"), "day")
			}
			switch {
			case !known:
				p.NotEvaluated(queue, "messageRetentionSeconds of %s is not known yet", queue)
			case kept >= wanted && kept < longestRetention && unsettled != nil:
				p.NotEvaluated(queue, "whether %s keeps messages for longer than %s is not known yet", unsettled, queue)
			case kept >= wanted:
			case len(linked) == 0:
				p.NotEvaluated(queue, "%s may be the dead-letter queue of %s, whose target is not known yet", queue, maybe)
			default:
				p.Report(queue, "messageRetentionSeconds", queue.String()+", where "+linked[0].String()+
					" sends what failed, keeps a message for "+decimal(kept)+" s: "+because+".", "set messageRetentionSeconds: "+decimal(wanted))
			}
		}
	},
}

// longestSource is how long the queues among those that send to a dead-letter
// queue keep a message, at most, in seconds. Of unsettled it is not known yet.
func longestSource(g *graph.Graph, senders []*graph.Resource) (seconds float64, because string, unsettled *graph.Resource) {
	for _, sender := range senders {
		for _, source := range sourceQueues(g, sender) {
			kept, known := numberOr(source.Setting("messageRetentionSeconds"), defaultRetention)
			if !known {
				unsettled = source
			} else if kept > seconds {
				seconds, because = kept, "less than "+source.String()+" does"
			}
		}
	}
	return seconds, because, unsettled
}

// sourceQueues are the queues whose messages a sender moves to a dead-letter queue.
func sourceQueues(g *graph.Graph, sender *graph.Resource) []*graph.Resource {
	switch sender.Type {
	case graph.Queue:
		return []*graph.Resource{sender}
	case graph.RedrivePolicy:
		return g.Resolve(sender, sender.Ref("queueUrl"), graph.Queue).Linked()
	default:
		return nil
	}
}
