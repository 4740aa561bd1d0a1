package main

import (
	awss3 "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		bucket, err := awss3.NewBucket(ctx, "source", nil)
		if err != nil {
			return err
		}
		arguments := &awss3.BucketNotificationArgs{
			Bucket: bucket.ID(),
			LambdaFunctions: awss3.BucketNotificationLambdaFunctionArray{
				&awss3.BucketNotificationLambdaFunctionArgs{
					LambdaFunctionArn: pulumi.String("arn:aws:lambda:eu-west-1:123456789012:function:thumbnail"),
					Events:            pulumi.ToStringArray([]string{"s3:ObjectCreated:*"}),
					FilterPrefix:      pulumi.String("uploads/"),
				},
			},
		}
		if _, err := awss3.NewBucketNotification(ctx, "first", arguments); err != nil {
			return err
		}
		queues := awss3.BucketNotificationQueueArray{}
		for _, arn := range []string{"arn:aws:sqs:eu-west-1:123456789012:a", "arn:aws:sqs:eu-west-1:123456789012:b"} {
			queues = append(queues, awss3.BucketNotificationQueueArgs{
				QueueArn: pulumi.String(arn),
				Events:   pulumi.StringArray{pulumi.String("s3:ObjectRemoved:*")},
			})
		}
		topics := make(awss3.BucketNotificationTopicArray, 2)
		for i, arn := range []string{"arn:aws:sns:eu-west-1:123456789012:a", "arn:aws:sns:eu-west-1:123456789012:b"} {
			topics[i] = awss3.BucketNotificationTopicArgs{
				TopicArn: pulumi.String(arn),
				Events:   pulumi.StringArray{pulumi.String("s3:ObjectRemoved:*")},
			}
		}
		// Tags are a map by nature.
		_, err = awss3.NewBucket(ctx, "other", &awss3.BucketArgs{Tags: pulumi.StringMap{"queues": pulumi.String("two")}})
		if err != nil {
			return err
		}
		_, err = awss3.NewBucketNotification(ctx, "second", &awss3.BucketNotificationArgs{Bucket: bucket.ID(), Queues: queues, Topics: topics})
		return err
	})
}
