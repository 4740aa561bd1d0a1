package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
)

// UploadTriggerArgs describes an UploadTrigger.
type UploadTriggerArgs struct {
	// Scope is where the bucket and the function live.
	Scope naming.Scope
	// Bucket is the bucket that announces its uploads.
	Bucket *Bucket
	// Thumbnailer is told of them.
	Thumbnailer *Thumbnailer
	// Prefix is what the keys of announced objects start with. It is not empty.
	Prefix string
	// Suffixes are what they end with, in upper or lower case as given: at least
	// one, and none that is the end of another.
	Suffixes []string
}

// UploadTrigger invokes a function for each object uploaded to a bucket. It is
// the one owner of the bucket's notifications: a second one would overwrite it.
type UploadTrigger struct {
	pulumi.ResourceState

	// Notification is the bucket's notification configuration.
	Notification *s3.BucketNotification
	// Permission lets the bucket invoke the function.
	Permission *lambda.Permission
}

// NewUploadTrigger declares an UploadTrigger.
func NewUploadTrigger(ctx *pulumi.Context, name string, args *UploadTriggerArgs, opts ...pulumi.ResourceOption) (*UploadTrigger, error) {
	component := &UploadTrigger{}
	if err := ctx.RegisterComponentResource("pipeguard:stack:UploadTrigger", name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering upload trigger %s: %w", name, err)
	}
	permission, err := lambda.NewPermission(ctx, name, &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  args.Thumbnailer.Function.Name,
		Principal: pulumi.String("s3.amazonaws.com"),
		SourceArn: args.Bucket.Arn,
		// A bucket's ARN does not say whose it is: without the account, whoever
		// takes the name after the bucket's end could invoke the function.
		SourceAccount: pulumi.String(args.Scope.AccountID),
	}, pulumi.Parent(component))
	if err != nil {
		return nil, fmt.Errorf("declaring the permission of %s: %w", name, err)
	}
	targets := make(s3.BucketNotificationLambdaFunctionArray, len(args.Suffixes))
	for i, suffix := range args.Suffixes {
		targets[i] = s3.BucketNotificationLambdaFunctionArgs{
			LambdaFunctionArn: args.Thumbnailer.Arn,
			Events:            pulumi.ToStringArray([]string{"s3:ObjectCreated:*"}),
			FilterPrefix:      pulumi.String(args.Prefix),
			FilterSuffix:      pulumi.String(suffix),
		}
	}
	// S3 makes sure that it may invoke the function when it is told to. And an
	// event that came before the failure path is there would be lost if it failed.
	ready := pulumi.DependsOn([]pulumi.Resource{permission, args.Thumbnailer.InvokeConfig})
	notification, err := s3.NewBucketNotification(ctx, name, &s3.BucketNotificationArgs{
		Bucket:          args.Bucket.Bucket.Bucket,
		LambdaFunctions: targets,
	}, pulumi.Parent(component), ready)
	if err != nil {
		return nil, fmt.Errorf("declaring the notification of %s: %w", name, err)
	}

	component.Notification, component.Permission = notification, permission
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"bucket": notification.Bucket})
}
