// A program whose functions keep the events they fail on, where those would be
// lost.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
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
	failed, err := sqs.NewQueue(ctx, "failed", &sqs.QueueArgs{MessageRetentionSeconds: pulumi.Int(14 * 24 * 60 * 60)})
	if err != nil {
		return err
	}
	if err := ops.AlarmOnDepth(ctx, "failed", failed, onCall); err != nil {
		return err
	}
	images, err := sqs.NewQueue(ctx, "images", nil)
	if err != nil {
		return err
	}
	role, err := iam.NewRole(ctx, "functions", &iam.RoleArgs{AssumeRolePolicy: allow(pulumi.Map{
		"Action":    pulumi.String("sts:AssumeRole"),
		"Principal": pulumi.StringMap{"Service": pulumi.String("lambda.amazonaws.com")},
	})})
	if err != nil {
		return err
	}
	_, err = iam.NewRolePolicy(ctx, "functions", &iam.RolePolicyArgs{Role: role.Name, Policy: allow(
		pulumi.Map{"Action": pulumi.String("sqs:SendMessage"), "Resource": failed.Arn},
		pulumi.Map{"Action": pulumi.String("sns:Publish"), "Resource": onCall.Arn},
		pulumi.Map{
			"Action":   pulumi.ToStringArray([]string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}),
			"Resource": images.Arn,
		},
	)})
	if err != nil {
		return err
	}

	functions := map[string]*lambda.Function{}
	for _, name := range []string{"indexer", "scanner", "resizer", "frontend"} {
		args := &lambda.FunctionArgs{
			Runtime: lambda.RuntimeNodeJS20dX,
			Handler: pulumi.String("index.handler"),
			Role:    role.Arn,
			Code:    pulumi.NewFileArchive("../internal/handler"),
		}
		if name == "indexer" {
			args.DeadLetterConfig = &lambda.FunctionDeadLetterConfigArgs{TargetArn: failed.Arn}
		}
		functions[name], err = lambda.NewFunction(ctx, name, args)
		if err != nil {
			return err
		}
		if err := ops.AlarmOnErrors(ctx, name, functions[name], onCall); err != nil {
			return err
		}
	}

	// Invoked on a schedule, with a dead-letter queue.
	nightly, err := cloudwatch.NewEventRule(ctx, "nightly", &cloudwatch.EventRuleArgs{
		ScheduleExpression: pulumi.String("rate(1 day)"),
	})
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(ctx, "nightly", &cloudwatch.EventTargetArgs{
		Rule: nightly.Name, Arn: functions["indexer"].Arn,
	})
	if err != nil {
		return err
	}

	// Invoked by SNS, with an on-failure destination: a topic, this time.
	uploaded, err := sns.NewTopic(ctx, "uploaded", nil)
	if err != nil {
		return err
	}
	_, err = sns.NewTopicSubscription(ctx, "scan", &sns.TopicSubscriptionArgs{
		Topic: uploaded.Arn, Protocol: pulumi.String("lambda"), Endpoint: functions["scanner"].Arn,
	})
	if err != nil {
		return err
	}
	_, err = lambda.NewFunctionEventInvokeConfig(ctx, "scanner", &lambda.FunctionEventInvokeConfigArgs{
		FunctionName:         functions["scanner"].Name,
		MaximumRetryAttempts: pulumi.Int(1),
		DestinationConfig: &lambda.FunctionEventInvokeConfigDestinationConfigArgs{
			OnFailure: &lambda.FunctionEventInvokeConfigDestinationConfigOnFailureArgs{Destination: onCall.Arn},
		},
	})
	if err != nil {
		return err
	}

	// Polls its queue, where a message stays until it is done.
	_, err = lambda.NewEventSourceMapping(ctx, "resizer", &lambda.EventSourceMappingArgs{
		FunctionName: functions["resizer"].Name, EventSourceArn: images.Arn,
	})
	if err != nil {
		return err
	}

	// Invoked synchronously: the caller sees what fails.
	_, err = lambda.NewFunctionUrl(ctx, "frontend", &lambda.FunctionUrlArgs{
		FunctionName: functions["frontend"].Name, AuthorizationType: pulumi.String("AWS_IAM"),
	})
	if err != nil {
		return err
	}

	ctx.Export("validations", pulumi.Map{
		"failedAreKept": failed.MessageRetentionSeconds.ApplyT(func(seconds *int) bool { return seconds != nil && *seconds > 0 }),
	})
	return nil
}

// allow returns a policy document of statements that allow something.
func allow(statements ...pulumi.Map) pulumi.StringOutput {
	all := pulumi.Array{}
	for _, statement := range statements {
		statement["Effect"] = pulumi.String("Allow")
		all = append(all, statement)
	}
	return pulumi.JSONMarshal(pulumi.Map{"Version": pulumi.String("2012-10-17"), "Statement": all})
}
