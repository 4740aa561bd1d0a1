package cloudwatch

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var alarmTreatsMissingData = &rule.Rule{
	ID:    "alarm-treats-missing-data",
	Title: "An alarm that fires below a threshold treats missing data as breaching.",
	Rationale: "An alarm on fewer invocations than there should be is for the day when nothing works any more. On that day the " +
		"metric has no data at all, and an alarm that treats missing data as good, or ignores it, stays green.",
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
	CheckStack: rule.Each((*aws.Stack).Alarms, func(_ *rule.Pass, alarm *aws.Alarm) rule.Verdict {
		return rule.Verdict{
			Answer:   -min(alarm.FiresBelow(), alarm.HidesMissingData(), -alarm.FillsGaps(), -alarm.OnlyScales()),
			Property: "treatMissingData",
			Message: alarm.String() + " fires below a threshold and has treatMissingData " + alarm.Arg("treatMissingData").Show() +
				": it stays silent when there is no data at all.",
			Reason: "comparisonOperator or treatMissingData of " + alarm.String() + " is not known yet, or what it watches or acts on",
			Fix:    fix.Set(alarm.Resource, "treatMissingData", "breaching").Safely(),
		}
	}),
}
