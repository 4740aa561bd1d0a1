package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// These are the periods over which alarms evaluate their metrics, in seconds.
const (
	// alarmPeriod is how long a failure may go unnoticed, at most.
	alarmPeriod = 5 * 60
	// idlePeriod is long because an upload in the last second of a period,
	// whose invocation falls into the next, counts as one that invoked nothing.
	idlePeriod = 60 * 60
)

// slowShare is the part of the timeout from which an invocation is slow: the
// next larger image may not make it.
const slowShare = 0.8

// uploadsFilter names the part of the source bucket whose requests are counted.
const uploadsFilter = "uploads"

// alarm is an alarm without its name and its action, which are made in the same way for all.
type alarm struct {
	// role is the alarm's part in the pipeline; its name ends with it.
	role string
	args cloudwatch.MetricAlarmArgs
}

// alarms returns the alarms for the ways in which images are not processed, or
// soon will not be.
//
// Each decides for itself what missing data means. It is "not breaching" for all
// of them, for a reason given with each: a metric of an idle pipeline has no
// data, and an alarm that went off at night, or showed "insufficient data" for
// most of its life, would soon be ignored.
func alarms(args *MonitoringArgs) []alarm {
	function, queue := args.Thumbnailer.Function.Name, args.DeadLetterQueue.Queue.Name
	return []alarm{
		{
			// No data: no invocations, so no failures.
			role: "errors",
			args: alarmAbove(0, lambdaMetric("Errors", "Sum", function),
				"The thumbnail function failed; its log has the image and the reason. Lambda tries again."),
		},
		{
			// A burst of uploads is throttled for a moment, by design; a
			// quarter of an hour is more than a moment. No data: no
			// invocations.
			role: "throttles",
			args: lasting(3, alarmAbove(0, lambdaMetric("Throttles", "Sum", function),
				"Uploads wait because the thumbnail function runs at its full concurrency: raise reservedConcurrency.")),
		},
		{
			// No data: no invocations, so no slow ones.
			role: "slow",
			args: alarmAbove(float64(args.Timeout)*1000*slowShare, lambdaMetric("Duration", "Maximum", function),
				fmt.Sprintf("An invocation took over %.0f %% of its %d seconds: raise timeout or memorySize.", slowShare*100, args.Timeout)),
		},
		{
			// No data: SQS stops reporting on a queue that has been empty and
			// idle for six hours.
			role: "dead-letters",
			args: alarmAbove(0, queueMetric("ApproximateNumberOfMessagesVisible", queue),
				"Images were given up on; their events are in the dead-letter queue. Fix the cause, then `make redrive`."),
		},
		{
			// No data: as above. Half of the retention leaves as much time
			// again to act.
			role: "dead-letter-age",
			args: alarmAbove(deadLetterRetentionSeconds/2, queueMetric("ApproximateAgeOfOldestMessage", queue),
				"A dead letter is a week old: in another week it is gone, and its image has no thumbnail."),
		},
		{
			// No data: no event has failed, so none had to be delivered.
			role: "lost-events",
			args: alarmAbove(0, lambdaMetric("DestinationDeliveryFailures", "Sum", function),
				"A failed event did not reach the dead-letter queue and is lost: check the function's role, the queue and the key."),
		},
		{role: "idle", args: idle(args)},
	}
}

// alarmAbove returns an alarm that fires when a metric exceeds the threshold.
func alarmAbove(threshold float64, metric cloudwatch.MetricAlarmArgs, description string) cloudwatch.MetricAlarmArgs {
	metric.AlarmDescription = pulumi.String(description)
	metric.ComparisonOperator = pulumi.String("GreaterThanThreshold")
	metric.Threshold = pulumi.Float64(threshold)
	metric.EvaluationPeriods = pulumi.Int(1)
	metric.TreatMissingData = pulumi.String("notBreaching")
	return metric
}

// lasting makes an alarm fire only after several periods in a row.
func lasting(periods int, args cloudwatch.MetricAlarmArgs) cloudwatch.MetricAlarmArgs {
	args.EvaluationPeriods = pulumi.Int(periods)
	return args
}

func lambdaMetric(metric, statistic string, function pulumi.StringInput) cloudwatch.MetricAlarmArgs {
	return cloudwatch.MetricAlarmArgs{
		Namespace:  pulumi.String("AWS/Lambda"),
		MetricName: pulumi.String(metric),
		Dimensions: pulumi.StringMap{"FunctionName": function},
		Statistic:  pulumi.String(statistic),
		Period:     pulumi.Int(alarmPeriod),
	}
}

func queueMetric(metric string, queue pulumi.StringInput) cloudwatch.MetricAlarmArgs {
	return cloudwatch.MetricAlarmArgs{
		Namespace:  pulumi.String("AWS/SQS"),
		MetricName: pulumi.String(metric),
		Dimensions: pulumi.StringMap{"QueueName": queue},
		Statistic:  pulumi.String("Maximum"),
		Period:     pulumi.Int(alarmPeriod),
	}
}

// idle returns the alarm on uploads that invoke nothing: a notification, a permission
// or a filter is broken, and no other alarm would notice. An upload that matches no
// suffix counts, too; nothing else should be uploaded there.
func idle(args *MonitoringArgs) cloudwatch.MetricAlarmArgs {
	bucket := pulumi.StringMap{"BucketName": args.Source.Bucket.Bucket, "FilterId": pulumi.String(uploadsFilter)}
	function := pulumi.StringMap{"FunctionName": args.Thumbnailer.Function.Name}
	sum := func(id, namespace, metric string, dimensions pulumi.StringMap) cloudwatch.MetricAlarmMetricQueryArgs {
		return cloudwatch.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(id),
			Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace:  pulumi.String(namespace),
				MetricName: pulumi.String(metric),
				Dimensions: dimensions,
				Period:     pulumi.Int(idlePeriod),
				Stat:       pulumi.String("Sum"),
			},
		}
	}
	return cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.String("Images were uploaded and the thumbnail function was not invoked: check the bucket's notification."),
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			sum("puts", "AWS/S3", "PutRequests", bucket),
			// Uploads from HTML forms, and the ends of multipart uploads.
			sum("posts", "AWS/S3", "PostRequests", bucket),
			sum("invocations", "AWS/Lambda", "Invocations", function),
			cloudwatch.MetricAlarmMetricQueryArgs{
				Id: pulumi.String("unanswered"),
				// A metric without data counts as 0.
				Expression: pulumi.String("IF(FILL(puts, 0) + FILL(posts, 0) > 0 AND FILL(invocations, 0) == 0, 1, 0)"),
				Label:      pulumi.String("Uploads without invocations"),
				ReturnData: pulumi.Bool(true),
			},
		},
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(0),
		EvaluationPeriods:  pulumi.Int(1),
		// No data: nothing was uploaded, and nothing invoked.
		TreatMissingData: pulumi.String("notBreaching"),
	}
}
