package rules

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaFailureAlarms = &rule.Rule{
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
	CheckStack: func(p *rule.Pass) {
		alarms := newAlarmIndex(p.Graph)
		reported := map[*graph.Resource]bool{}

		each, all := alarms.watchers(functionErrors)
		errors := watch{p, alarms, each, all, reported}
		for _, function := range p.Graph.Managed(graph.Function) {
			errors.check(function, function.String()+" has no alarm on its Errors metric: nobody learns that it fails.",
				"declare an aws.cloudwatch.MetricAlarm with namespace AWS/Lambda, metricName Errors, "+
					"dimensions {FunctionName: this function's name} and alarmActions")
		}

		each, all = alarms.watchers(queueDepth)
		depth := watch{p, alarms, each, all, reported}
		deadLetters := deadLetterReferrers(p.Graph)
		for _, queue := range p.Graph.Managed(graph.Queue) {
			if len(deadLetters.Linked(queue)) > 0 {
				depth.check(queue, queue.String()+" is a dead-letter queue without an alarm on its depth: failed events expire unseen.",
					"declare an aws.cloudwatch.MetricAlarm with namespace AWS/SQS, metricName ApproximateNumberOfMessagesVisible, "+
						"dimensions {QueueName: this queue's name} and alarmActions")
			} else if from := deadLetters.Maybe(queue); from != nil && !depth.covered(queue) {
				p.NotEvaluated(queue, "%s may be the dead-letter queue of %s, whose target is not known yet", queue, from)
			}
		}
	},
}

// watch judges resources by the alarms on one metric of theirs.
type watch struct {
	pass   *rule.Pass
	alarms *alarmIndex
	each   *graph.Referrers
	// all are the alarms that watch all resources of their region at once.
	all      []*graph.Resource
	reported map[*graph.Resource]bool
}

// summary is yes when one of the alarms delivers, no when none can.
func (x *alarmIndex) summary(alarms []*graph.Resource) answer.Answer {
	result := answer.No
	for _, alarm := range alarms {
		result = max(result, x.delivers(alarm).answer)
	}
	return result
}

// overall is the verdict on the alarms that watch all resources, and so the
// subject if they are in its region.
func (w watch) overall(subject *graph.Resource) answer.Answer {
	verdict := answer.No
	for _, alarm := range w.all {
		verdict = max(verdict, min(w.alarms.delivers(alarm).answer, alarm.Region().Is(subject.Region())))
	}
	return verdict
}

func (w watch) covered(subject *graph.Resource) bool {
	return w.overall(subject) == answer.Yes || w.alarms.summary(w.each.Linked(subject)) == answer.Yes
}

// check reports a subject without an alarm, or the alarms that cannot deliver.
func (w watch) check(subject *graph.Resource, message, fix string) {
	if w.covered(subject) {
		return
	}
	linked := w.each.Linked(subject)
	if maybe := w.each.Maybe(subject); maybe != nil {
		of := "what it watches"
		if maybe.Region().Is(subject.Region()) != answer.Yes {
			of = "whether it is in the same region"
		}
		w.pass.NotEvaluated(subject, "%s may watch %s: %s is not known yet", maybe, subject, of)
		return
	}
	if w.overall(subject) == answer.Unknown || w.alarms.summary(linked) == answer.Unknown {
		w.pass.NotEvaluated(subject, "whether the alarm for %s reaches anybody is not known yet, or is settled outside this stack", subject)
		return
	}
	all := slices.DeleteFunc(slices.Clone(w.all), func(alarm *graph.Resource) bool {
		return alarm.Region().Is(subject.Region()) == answer.No
	})
	if len(linked) == 0 && len(all) == 0 {
		if apart := w.each.Apart(subject); len(apart) > 0 {
			message += " " + apart[0].String() + " names it, but is in another region, where it has no metrics."
		}
		w.pass.Report(subject, "", message, fix)
		return
	}
	if len(all) > 0 && !w.reported[all[0]] {
		linked = append(linked, all...)
	}
	for _, alarm := range linked {
		if !w.reported[alarm] {
			w.reported[alarm] = true
			d := w.alarms.delivers(alarm)
			w.pass.Report(alarm, d.property, alarm.String()+", the alarm for "+subject.String()+", "+d.why+".", d.fix)
		}
	}
}
