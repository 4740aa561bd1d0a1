package rules

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// scalingPolicies are what an alarm that somebody scales down by acts on.
var scalingPolicies = []graph.Type{"aws:appautoscaling/policy:Policy", "aws:autoscaling/policy:Policy"}

var alarmTreatsMissingData = &rule.Rule{
	ID:    "alarm-treats-missing-data",
	Title: "An alarm on too little does not take no data for enough.",
	Rationale: "An alarm on fewer invocations than there should be is for the day when nothing works any more. On that day the " +
		"metric has no data at all, and an alarm that takes missing data for good, or ignores it, stays green.",
	Remediation: "Set treatMissingData to breaching, or to missing where an alarm in the state INSUFFICIENT_DATA is noticed.",
	Limitations: "Alarms on expressions that fill gaps themselves, alarms that only scale something or stop an instance, and " +
		"alarms that fire above a threshold, for which no data is good news.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.MetricAlarm},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
		"https://www.pulumi.com/registry/packages/aws/api-docs/cloudwatch/metricalarm/",
	},
	CheckStack: func(p *rule.Pass) {
		for _, alarm := range p.Graph.Managed(graph.MetricAlarm) {
			missing := alarm.Arg("treatMissingData")
			hides := max(missing.Equals("notBreaching"), missing.Equals("ignore"))
			switch min(firesBelow(alarm), hides, -fillsGaps(alarm), -scales(p.Graph, alarm)) {
			case answer.Yes:
				p.Report(alarm, "treatMissingData", alarm.String()+" fires below a threshold and has treatMissingData "+missing.Show()+
					": it stays silent when there is no data at all.", "set treatMissingData: breaching")
			case answer.Unknown:
				p.NotEvaluated(alarm, "comparisonOperator or treatMissingData of %s is not known yet, or what it watches or acts on", alarm)
			case answer.No:
			}
		}
	},
}

// fillsGaps says whether an alarm watches an expression that has a value where
// its metrics have none.
func fillsGaps(alarm *graph.Resource) answer.Answer {
	fills := answer.No
	for _, q := range queries(alarm) {
		switch text, _ := q.expression.Str(); {
		case fillFunction.MatchString(text):
			return answer.Yes
		case q.expression.Unknown():
			fills = answer.Unknown
		}
	}
	return fills
}

var fillFunction = regexp.MustCompile(`(?i)\bFILL\s*\(`)

// scales says whether all that an alarm does is to scale something, or to stop an
// instance (automate, swf): then too little is no failure.
func scales(g *graph.Graph, alarm *graph.Resource) answer.Answer {
	actions := alarm.Arg("alarmActions")
	if actions.Unknown() {
		return answer.Unknown
	}
	if len(actions.Items()) == 0 {
		return answer.No
	}
	all := answer.Yes
	for _, action := range actions.Items() {
		ref := graph.Ref{Property: "alarmActions", Value: action}
		text, known := action.Str()
		switch {
		case graph.IsARN(text, "autoscaling"), graph.IsARN(text, "automate"), graph.IsARN(text, "swf"):
		case known, len(g.Resolve(alarm, ref, graph.Topic).Linked()) > 0:
			return answer.No
		case len(g.Resolve(alarm, ref, scalingPolicies...).Linked()) == 0:
			all = min(all, answer.Unknown)
		}
	}
	return all
}
