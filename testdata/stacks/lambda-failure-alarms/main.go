// A program whose functions fail without anybody learning of it.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	// A dead-letter queue that nobody looks into.
	failed, err := sqs.NewQueue(ctx, "failed", nil)
	if err != nil {
		return err
	}
	deadLetters := &lambda.FunctionDeadLetterConfigArgs{TargetArn: failed.Arn}

	// A function without an alarm; how often it is called is watched, not how
	// often it fails.
	indexer, err := newFunction(ctx, "indexer", deadLetters)
	if err != nil {
		return err
	}
	onCall, err := ops.OnCall(ctx)
	if err != nil {
		return err
	}
	if err := newAlarm(ctx, "indexer-calls", "Invocations", indexer, onCall, true); err != nil {
		return err
	}

	// An alarm that is switched off.
	scanner, err := newFunction(ctx, "scanner", deadLetters)
	if err != nil {
		return err
	}
	if err := newAlarm(ctx, "scanner-errors", "Errors", scanner, onCall, false); err != nil {
		return err
	}

	// An alarm that goes to a topic which nobody reads.
	thumbnailer, err := newFunction(ctx, "thumbnailer", deadLetters)
	if err != nil {
		return err
	}
	unread, err := sns.NewTopic(ctx, "unread", nil)
	if err != nil {
		return err
	}
	if err := newAlarm(ctx, "thumbnailer-errors", "Errors", thumbnailer, unread, true); err != nil {
		return err
	}

	ctx.Export("validations", pulumi.Map{"failedAreKept": failed.Arn.ApplyT(func(arn string) bool { return arn != "" })})
	return nil
}

func newFunction(
	ctx *pulumi.Context, name string, deadLetters *lambda.FunctionDeadLetterConfigArgs,
) (*lambda.Function, error) {
	return lambda.NewFunction(ctx, name, &lambda.FunctionArgs{
		Runtime:          lambda.RuntimeNodeJS20dX,
		Handler:          pulumi.String("index.handler"),
		Role:             pulumi.String("arn:aws:iam::123456789012:role/image-functions"),
		Code:             pulumi.NewFileArchive("../internal/handler"),
		DeadLetterConfig: deadLetters,
	})
}

func newAlarm(ctx *pulumi.Context, name, metric string, function *lambda.Function, topic *sns.Topic, enabled bool) error {
	_, err := cloudwatch.NewMetricAlarm(ctx, name, &cloudwatch.MetricAlarmArgs{
		Namespace:          pulumi.String("AWS/Lambda"),
		MetricName:         pulumi.String(metric),
		Dimensions:         pulumi.StringMap{"FunctionName": function.Name},
		Statistic:          pulumi.String("Sum"),
		Period:             pulumi.Int(60),
		EvaluationPeriods:  pulumi.Int(5),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		AlarmActions:       pulumi.Array{topic.Arn},
		ActionsEnabled:     pulumi.Bool(enabled),
	})
	return err
}
