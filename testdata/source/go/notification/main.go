package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// notification is a resource that this program declares without the SDK.
type notification struct{ pulumi.CustomResourceState }

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		bucket, err := s3.NewBucket(ctx, "source", nil)
		if err != nil {
			return err
		}
		var first, second, third notification
		err = ctx.RegisterResource("aws:s3/bucketNotification:BucketNotification", "first", pulumi.Map{ // want source-notification-typed
			"bucket": bucket.ID(),
			"lambdaFunctions": pulumi.Array{pulumi.Map{
				"lambdaFunctionArn": pulumi.String("arn:aws:lambda:eu-west-1:123456789012:function:thumbnail"),
				"events":            pulumi.StringArray{pulumi.String("s3:ObjectCreated:*")},
			}},
		}, &first)
		if err != nil {
			return err
		}
		queues := pulumi.Array{pulumi.Map{
			"queue_arn": pulumi.String("arn:aws:sqs:eu-west-1:123456789012:thumbnails"),
			"events":    pulumi.StringArray{pulumi.String("s3:ObjectCreated:*")},
		}}
		arguments := pulumi.Map{"bucket": bucket.ID(), "queues": queues}
		err = ctx.RegisterResource("aws:s3/bucketNotification:BucketNotification", "second", arguments, &second) // want source-notification-typed
		if err != nil {
			return err
		}
		var topics any = []any{map[string]any{"topicArn": "arn:aws:sns:eu-west-1:123456789012:thumbnails"}}
		return ctx.RegisterResource("aws:s3/bucketNotification:BucketNotification", "third", pulumi.Map{ // want source-notification-typed
			"bucket": bucket.ID(),
			"topics": pulumi.Any(topics),
		}, &third)
	})
}
