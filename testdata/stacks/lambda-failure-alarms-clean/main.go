// A program whose functions and queues raise alarms in each of the usual ways.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	onCall, err := ops.OnCall(ctx)
	if err != nil {
		return err
	}
	indexer, err := newFunction(ctx, "indexer")
	if err != nil {
		return err
	}
	scanner, err := newFunction(ctx, "scanner")
	if err != nil {
		return err
	}
	thumbnailer, err := newFunction(ctx, "thumbnailer")
	if err != nil {
		return err
	}

	// The plain alarm.
	if err := ops.AlarmOnErrors(ctx, "indexer", indexer, onCall); err != nil {
		return err
	}

	// The share of failures, in metric math.
	_, err = cloudwatch.NewMetricAlarm(ctx, "scanner-failure-rate", &cloudwatch.MetricAlarmArgs{
		EvaluationPeriods:  pulumi.Int(1),
		Threshold:          pulumi.Float64(0.01),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		AlarmActions:       pulumi.Array{onCall.Arn},
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			&cloudwatch.MetricAlarmMetricQueryArgs{
				Id: pulumi.String("rate"), Expression: pulumi.String("errors / calls"), ReturnData: pulumi.Bool(true),
			},
			query("errors", "Errors", scanner),
			query("calls", "Invocations", scanner),
		},
	})
	if err != nil {
		return err
	}

	// An alarm without an action of its own, and a composite alarm that acts on
	// it outside of deployments.
	errors, err := cloudwatch.NewMetricAlarm(ctx, "thumbnailer-errors", &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String("thumbnailer-errors"),
		Namespace:          pulumi.String("AWS/Lambda"),
		MetricName:         pulumi.String("Errors"),
		Dimensions:         pulumi.StringMap{"FunctionName": thumbnailer.Name},
		Statistic:          pulumi.String("Sum"),
		Period:             pulumi.Int(60),
		EvaluationPeriods:  pulumi.Int(1),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
	})
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewCompositeAlarm(ctx, "thumbnailer", &cloudwatch.CompositeAlarmArgs{
		AlarmName:    pulumi.String("thumbnailer"),
		AlarmRule:    pulumi.Sprintf(`ALARM("%s") AND NOT ALARM("deploying")`, errors.Name),
		AlarmActions: pulumi.StringArray{onCall.Arn},
	})
	if err != nil {
		return err
	}

	// A dead-letter queue of another queue.
	failed, err := sqs.NewQueue(ctx, "failed", nil)
	if err != nil {
		return err
	}
	_, err = sqs.NewQueue(ctx, "images", &sqs.QueueArgs{RedrivePolicy: pulumi.JSONMarshal(pulumi.Map{
		"deadLetterTargetArn": failed.Arn, "maxReceiveCount": pulumi.Int(3),
	})})
	if err != nil {
		return err
	}
	if err := ops.AlarmOnDepth(ctx, "failed", failed, onCall); err != nil {
		return err
	}

	ctx.Export("validations", pulumi.Map{"failedAreKept": failed.Arn.ApplyT(func(arn string) bool { return arn != "" })})
	return nil
}

func newFunction(ctx *pulumi.Context, name string) (*lambda.Function, error) {
	return lambda.NewFunction(ctx, name, &lambda.FunctionArgs{
		Runtime: lambda.RuntimeNodeJS20dX,
		Handler: pulumi.String("index.handler"),
		Role:    pulumi.String("arn:aws:iam::123456789012:role/image-functions"),
		Code:    pulumi.NewFileArchive("../internal/handler"),
	})
}

// query returns a metric of a function, as metric math takes it.
func query(id, metric string, function *lambda.Function) cloudwatch.MetricAlarmMetricQueryInput {
	return &cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String(id),
		Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace:  pulumi.String("AWS/Lambda"),
			MetricName: pulumi.String(metric),
			Dimensions: pulumi.StringMap{"FunctionName": function.Name},
			Stat:       pulumi.String("Sum"),
			Period:     pulumi.Int(300),
		},
	}
}
