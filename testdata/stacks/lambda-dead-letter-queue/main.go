// A program whose functions lose the events they fail on, each in its own way.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

// roleOfPlatform is a role that another stack keeps.
const roleOfPlatform = pulumi.String("arn:aws:iam::123456789012:role/image-functions")

func program(ctx *pulumi.Context) error {
	onCall, err := ops.OnCall(ctx)
	if err != nil {
		return err
	}

	// Invoked by S3, with no place for what fails.
	thumbnailer, err := newFunction(ctx, "thumbnailer", roleOfPlatform, nil, onCall)
	if err != nil {
		return err
	}
	closed, err := invokeOnUpload(ctx, thumbnailer)
	if err != nil {
		return err
	}

	// Invoked by SNS. Lambda sends to no FIFO queue.
	scanner, err := newFunction(ctx, "scanner", roleOfPlatform,
		pulumi.String("arn:aws:sqs:us-east-1:123456789012:failed-scans.fifo"), onCall)
	if err != nil {
		return err
	}
	uploaded, err := sns.NewTopic(ctx, "uploaded", nil)
	if err != nil {
		return err
	}
	_, err = sns.NewTopicSubscription(ctx, "scan", &sns.TopicSubscriptionArgs{
		Topic: uploaded.Arn, Protocol: pulumi.String("lambda"), Endpoint: scanner.Arn,
	})
	if err != nil {
		return err
	}

	// Invoked on a schedule. The queue is right, but the role may not send to it.
	failed, err := sqs.NewQueue(ctx, "failed-indexes", nil)
	if err != nil {
		return err
	}
	if err := ops.AlarmOnDepth(ctx, "failed-indexes", failed, onCall); err != nil {
		return err
	}
	role, err := newRole(ctx, "indexer")
	if err != nil {
		return err
	}
	indexer, err := newFunction(ctx, "indexer", role.Arn, failed.Arn, onCall)
	if err != nil {
		return err
	}
	nightly, err := cloudwatch.NewEventRule(ctx, "nightly", &cloudwatch.EventRuleArgs{
		ScheduleExpression: pulumi.String("cron(0 3 * * ? *)"),
	})
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(ctx, "nightly", &cloudwatch.EventTargetArgs{Rule: nightly.Name, Arn: indexer.Arn})
	if err != nil {
		return err
	}

	ctx.Export("validations", pulumi.Map{"uploadsAreClosed": closed})
	return nil
}

// newFunction declares a function with an alarm, and with a dead-letter target
// unless that is nil.
func newFunction(
	ctx *pulumi.Context, name string, role, deadLetters pulumi.StringInput, onCall *sns.Topic,
) (*lambda.Function, error) {
	args := &lambda.FunctionArgs{
		Runtime: lambda.RuntimeNodeJS20dX,
		Handler: pulumi.String("index.handler"),
		Role:    role,
		Code:    pulumi.NewFileArchive("../internal/handler"),
	}
	if deadLetters != nil {
		args.DeadLetterConfig = &lambda.FunctionDeadLetterConfigArgs{TargetArn: deadLetters}
	}
	function, err := lambda.NewFunction(ctx, name, args)
	if err != nil {
		return nil, err
	}
	return function, ops.AlarmOnErrors(ctx, name, function, onCall)
}

// newRole declares a role that may write logs, and nothing else.
func newRole(ctx *pulumi.Context, name string) (*iam.Role, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{AssumeRolePolicy: pulumi.String(`{
		"Version": "2012-10-17",
		"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]
	}`)})
	if err != nil {
		return nil, err
	}
	_, err = iam.NewRolePolicyAttachment(ctx, name, &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: iam.ManagedPolicyAWSLambdaBasicExecutionRole,
	})
	return role, err
}

// invokeOnUpload declares a bucket that invokes a function, and returns whether
// the bucket is closed.
func invokeOnUpload(ctx *pulumi.Context, function *lambda.Function) (pulumi.Output, error) {
	uploads, err := s3.NewBucketV2(ctx, "uploads", nil)
	if err != nil {
		return nil, err
	}
	block, err := ops.Close(ctx, "uploads", uploads.ID())
	if err != nil {
		return nil, err
	}
	permission, err := lambda.NewPermission(ctx, "uploads", &lambda.PermissionArgs{
		Action:        pulumi.String("lambda:InvokeFunction"),
		Function:      function.Name,
		Principal:     pulumi.String("s3.amazonaws.com"),
		SourceArn:     uploads.Arn,
		SourceAccount: pulumi.String("123456789012"),
	})
	if err != nil {
		return nil, err
	}
	_, err = s3.NewBucketNotification(ctx, "uploads", &s3.BucketNotificationArgs{
		Bucket: uploads.ID(),
		LambdaFunctions: s3.BucketNotificationLambdaFunctionArray{
			&s3.BucketNotificationLambdaFunctionArgs{
				LambdaFunctionArn: function.Arn,
				Events:            pulumi.StringArray{pulumi.String("s3:ObjectCreated:*")},
				FilterPrefix:      pulumi.String("uploads/"),
			},
		},
	}, pulumi.DependsOn([]pulumi.Resource{permission}))
	return block.RestrictPublicBuckets, err
}
