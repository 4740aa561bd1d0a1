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
	// Thumbnailer is the function that is invoked for them.
	Thumbnailer *Thumbnailer
	// Prefix is the prefix of the keys of announced objects. It is not empty.
	Prefix string
	// Suffixes are the suffixes of these keys, in upper or lower case as given:
	// at least one, and none that is the end of another.
	Suffixes []string
}

// UploadTrigger invokes a function for each object uploaded to a bucket. It
// owns the bucket's notifications alone: a second owner would overwrite them.
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
		// A bucket's ARN does not contain its owner: without the account,
		// whoever takes the name after the bucket is deleted could invoke the
		// function.
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
	// S3 checks that it may invoke the function when the notification is
	// configured. And an event that came before the failure path exists would be
	// lost if it failed.
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
