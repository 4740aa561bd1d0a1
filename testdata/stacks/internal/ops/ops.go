// Package ops declares what the programs beside it need besides their subject:
// buckets that are closed, and alarms that somebody gets.
package ops

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// periodSeconds is how long the alarms count.
const periodSeconds = 300

// Close declares a public access block with all four flags for a bucket, which
// is given by its name or id.
func Close(
	ctx *pulumi.Context, name string, bucket pulumi.StringInput, opts ...pulumi.ResourceOption,
) (*s3.BucketPublicAccessBlock, error) {
	block, err := s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, opts...)
	if err != nil {
		return nil, fmt.Errorf("declaring the public access block of %s: %w", name, err)
	}
	return block, nil
}

// OnCall declares a topic for alarms, and an address that reads it.
func OnCall(ctx *pulumi.Context) (*sns.Topic, error) {
	topic, err := sns.NewTopic(ctx, "on-call", nil)
	if err != nil {
		return nil, fmt.Errorf("declaring the on-call topic: %w", err)
	}
	_, err = sns.NewTopicSubscription(ctx, "on-call", &sns.TopicSubscriptionArgs{
		Topic:    topic.Arn,
		Protocol: pulumi.String("email"),
		Endpoint: pulumi.String("on-call@example.com"),
	})
	if err != nil {
		return nil, fmt.Errorf("declaring the on-call subscription: %w", err)
	}
	return topic, nil
}

// AlarmOnErrors declares an alarm that notifies a topic when a function fails.
func AlarmOnErrors(ctx *pulumi.Context, name string, function *lambda.Function, topic *sns.Topic) error {
	_, err := cloudwatch.NewMetricAlarm(ctx, name+"-errors", &cloudwatch.MetricAlarmArgs{
		Namespace:          pulumi.String("AWS/Lambda"),
		MetricName:         pulumi.String("Errors"),
		Dimensions:         pulumi.StringMap{"FunctionName": function.Name},
		Statistic:          pulumi.String("Sum"),
		Period:             pulumi.Int(periodSeconds),
		EvaluationPeriods:  pulumi.Int(1),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		TreatMissingData:   pulumi.String("notBreaching"),
		AlarmActions:       pulumi.Array{topic.Arn},
	})
	if err != nil {
		return fmt.Errorf("declaring the errors alarm of %s: %w", name, err)
	}
	return nil
}

// AlarmOnDepth declares an alarm that tells a topic when a message waits in a
// queue.
func AlarmOnDepth(ctx *pulumi.Context, name string, queue *sqs.Queue, topic *sns.Topic) error {
	_, err := cloudwatch.NewMetricAlarm(ctx, name+"-depth", &cloudwatch.MetricAlarmArgs{
		Namespace:          pulumi.String("AWS/SQS"),
		MetricName:         pulumi.String("ApproximateNumberOfMessagesVisible"),
		Dimensions:         pulumi.StringMap{"QueueName": queue.Name},
		Statistic:          pulumi.String("Maximum"),
		Period:             pulumi.Int(periodSeconds),
		EvaluationPeriods:  pulumi.Int(1),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		TreatMissingData:   pulumi.String("notBreaching"),
		AlarmActions:       pulumi.Array{topic.Arn},
	})
	if err != nil {
		return fmt.Errorf("declaring the depth alarm of %s: %w", name, err)
	}
	return nil
}
