package native

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudWatch.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
var cloudWatchKinds = map[graph.Type]kind{
	"aws-native:cloudwatch:Alarm": {
		to: graph.MetricAlarm,
		arguments: append(renamed("evaluateLowSampleCountPercentiles evaluateLowSampleCountPercentile", "name alarmName"),
			dimensions,
			member{name: "metricQueries", native: "metrics", shape: shape{
				{name: "metric.dimensions", native: "metricStat.metric.dimensions", as: dimensions.as},
				{name: "metric.metricName", native: "metricStat.metric.metricName"},
				{name: "metric.namespace", native: "metricStat.metric.namespace"},
				{name: "metric.period", native: "metricStat.period"},
				{name: "metric.stat", native: "metricStat.stat"},
				{name: "metric.unit", native: "metricStat.unit"},
			}}, tags),
		outputs: renamed("id id", "arn arn"),
	},
	"aws-native:cloudwatch:CompositeAlarm": {
		to: graph.CompositeAlarm,
		arguments: append(renamed(
			"actionsSuppressor.alarm actionsSuppressor", "actionsSuppressor.extensionPeriod actionsSuppressorExtensionPeriod",
			"actionsSuppressor.waitPeriod actionsSuppressorWaitPeriod"), tags),
		outputs: renamed("id id", "arn arn"),
	},
	"aws-native:logs:LogGroup": {
		to:        graph.LogGroup,
		arguments: append(renamed("name logGroupName"), tags),
		outputs:   shape{{name: "id", native: "id"}, {name: "arn", native: "arn", as: logGroupARN}},
	},
}

// dimensions is the member for the dimensions of a metric.
var dimensions = member{name: "dimensions", native: "dimensions", as: pairs("name", "value")}

// logGroupARN converts a log group's ARN, which in CloudFormation is that of its streams: it ends in :*.
var logGroupARN = &conversion{
	adapt: func(v graph.Value) graph.Value {
		text, ok := v.Str()
		if !ok {
			return v
		}
		return graph.NewValue(sameSecret(v, resource.NewProperty(strings.TrimSuffix(text, ":*"))))
	},
	restore: func(v, _ graph.Value) graph.Value {
		text, _ := v.Str()
		return graph.NewValue(sameSecret(v, resource.NewProperty(text+":*")))
	},
}
