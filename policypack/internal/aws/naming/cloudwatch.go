package naming

import "github.com/pulumi/pulumi/sdk/v3/go/common/resource"

// CloudWatch and CloudWatch Logs. The ARN of a log group is the one without ":*" at its end, as in the Terraform
// provider since version 3.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-access-control-overview-cw.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
var cloudWatchTypes = map[string]templates{
	"aws:cloudwatch/alarmMuteRule:AlarmMuteRule": {
		"arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm-mute-rule:{name}",
	},
	"aws:cloudwatch/compositeAlarm:CompositeAlarm": {
		"id": "{alarmName}", "arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarmName}",
	},
	"aws:cloudwatch/contributorInsightRule:ContributorInsightRule": {
		"resourceArn": "arn:{partition}:cloudwatch:{region}:{account}:insight-rule/{ruleName}",
	},
	"aws:cloudwatch/dashboard:Dashboard": {
		"id": "{dashboardName}", "dashboardArn": "arn:{partition}:cloudwatch::{account}:dashboard/{dashboardName}",
	},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {
		"id": "{name}", "arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
	},
	"aws:cloudwatch/metricStream:MetricStream": {
		"id": "{name}", "arn": "arn:{partition}:cloudwatch:{region}:{account}:metric-stream/{name}",
	},

	"aws:cloudwatch/internetMonitor:InternetMonitor": {
		"id": "{monitorName}", "arn": "arn:{partition}:internetmonitor:{region}:{account}:monitor/{monitorName}",
	},
	"aws:cloudwatch/logAccountPolicy:LogAccountPolicy": {"id": "{policyName}"},
	"aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": {
		"arn": "arn:{partition}:logs:{region}:{account}:delivery-destination:{name}",
	},
	"aws:cloudwatch/logDeliverySource:LogDeliverySource": {
		"arn": "arn:{partition}:logs:{region}:{account}:delivery-source:{name}",
	},
	"aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": {"id": "{logGroupName}"},
	"aws:cloudwatch/logDestination:LogDestination": {
		"id": "{name}", "arn": "arn:{partition}:logs:{region}:{account}:destination:{name}",
	},
	"aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": {"id": "{destinationName}"},
	"aws:cloudwatch/logGroup:LogGroup": {
		"id": "{name}", "arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}",
	},
	"aws:cloudwatch/logMetricFilter:LogMetricFilter":     {"id": "{name}"},
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy": {"id": "{resourceArn}|{policyName}"},
	"aws:cloudwatch/logStream:LogStream": {
		"id": "{name}", "arn": "arn:{partition}:logs:{region}:{account}:log-group:{logGroupName}:log-stream:{name}",
	},
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
var cloudWatchFunctions = map[string][]function{
	"aws:cloudwatch/compositeAlarm:CompositeAlarm": {defaults(resource.PropertyMap{"actionsEnabled": resource.NewProperty(true)})},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {defaults(resource.PropertyMap{
		"actionsEnabled": resource.NewProperty(true), "treatMissingData": resource.NewProperty("missing"),
	})},
}
