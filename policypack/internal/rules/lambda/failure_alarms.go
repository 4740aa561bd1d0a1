package lambda

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var failureAlarms = &rule.Rule{
	ID:    "lambda-failure-alarms",
	Title: "Each function's errors and each dead-letter queue's depth raise an alarm that reaches somebody.",
	Rationale: "A function that fails on every event looks, from outside, like one that gets none. Without an alarm " +
		"the first to notice is the customer, and by then the dead-letter queue may have dropped the events.",
	Remediation: "Declare an aws.cloudwatch.MetricAlarm on AWS/Lambda Errors with dimension FunctionName, and one on " +
		"AWS/SQS ApproximateNumberOfMessagesVisible with dimension QueueName for the dead-letter queue, both with " +
		"alarmActions set to an SNS topic that has a subscription.",
	Limitations: "Alarms of other stacks, whether a subscription was confirmed, and whether the threshold makes sense. An " +
		"alarm topic from elsewhere is not evaluated.",
	Scope:       rule.StackScope,
	Documented:  true,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Function, graph.Queue, graph.MetricAlarm},
	Equivalents: []string{"Checkov CKV_AWS_319"},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
		"https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
	},
	CheckStack: rule.OfStack(func(p *rule.Pass, _ *graph.Resource) []rule.Verdict {
		var all []rule.Verdict
		reported := map[*graph.Resource]bool{} // an alarm may watch several resources
		judge := func(r *graph.Resource, m *aws.Metric, missing string) {
			watch := p.Stack.Watch(r, m)
			switch {
			case watch.Answer == answer.Yes:
			case watch.Maybe != nil:
				doubt := "what it watches"
				if watch.Maybe.Region().Is(r.Region()) != answer.Yes {
					doubt = "whether it is in the same region"
				}
				all = append(all, rule.NotEvaluated(r, watch.Maybe.String()+" may watch "+r.String()+": "+doubt+" is not known yet"))
			case watch.Answer == answer.Unknown:
				all = append(all, rule.NotEvaluated(r, "whether the alarm for "+r.String()+" reaches anybody is not known yet, or is "+
					"settled outside this stack"))
			case len(watch.Alarms) == 0:
				if watch.Apart != nil {
					missing += " " + watch.Apart.String() + " names it, but is in another region, where it has no metrics."
				}
				all = append(all, rule.Violation(r, "", missing,
					rule.AddAlarm(p.Stack, m, r, r.Name+"-"+m.Name, fix.Output{Resource: r, Property: "name"})))
			}
			for _, alarm := range watch.Alarms {
				if !reported[alarm.Resource] {
					reported[alarm.Resource] = true
					all = append(all, unheard(p.Stack, alarm, r))
				}
			}
		}
		for _, f := range p.Graph.Managed(graph.Function) {
			judge(f, aws.FunctionErrors, f.String()+" has no alarm on its Errors metric: nobody learns that it fails.")
		}
		for _, queue := range p.Stack.Queues() {
			senders, maybe := queue.FailedBy()
			switch {
			case !queue.Managed() || len(senders) == 0 && maybe == nil:
			case len(senders) > 0:
				judge(queue.Resource, aws.QueueDepth, queue.String()+" is a dead-letter queue without an alarm on its depth: failed "+
					"events expire unseen.")
			case p.Stack.Watch(queue.Resource, aws.QueueDepth).Answer != answer.Yes:
				all = append(all, rule.NotEvaluated(queue.Resource, queue.String()+" may be the dead-letter queue of "+maybe.String()+
					", whose target is not known yet"))
			}
		}
		return all
	}),
}

// unheard returns the verdict on an alarm for a resource that reaches nobody.
func unheard(stack *aws.Stack, alarm *aws.Alarm, r *graph.Resource) rule.Verdict {
	reach := alarm.Reach()
	property, why, hear := "alarmActions", "has no action: it reaches nobody", rule.SendAlarm(stack, alarm.Resource)
	switch reach.Silence {
	case aws.FiresBackwards:
		property, why = "comparisonOperator", "fires below its threshold: failures end it"
		hear = fix.Set(alarm.Resource, property, "GreaterThanThreshold").Deciding("choose the threshold anew")
	case aws.ActionsDisabled:
		property, why = "actionsEnabled", "has its actions disabled: it reaches nobody"
		hear = fix.Set(alarm.Resource, property, true).Safely()
	case aws.TopicElsewhere:
		why = "sends to " + reach.Topic.String() + " in another region: CloudWatch refuses it"
	case aws.TopicWithoutSubscription:
		why = "sends to " + reach.Topic.String() + ", which has no subscription: it reaches nobody"
		hear = rule.Subscribe(reach.Topic, fix.Output{Resource: reach.Topic, Property: "arn"})
	case aws.NotSilent, aws.NoAction:
	}
	return rule.Violation(alarm.Resource, property, alarm.String()+", the alarm for "+r.String()+", "+why+".", hear)
}
