// A program whose notifications are complete and do not overlap.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	uploads, err := s3.NewBucketV2(ctx, "uploads", nil)
	if err != nil {
		return err
	}
	block, err := ops.Close(ctx, "uploads", uploads.ID())
	if err != nil {
		return err
	}
	images, err := sqs.NewQueue(ctx, "images", nil)
	if err != nil {
		return err
	}
	queuePolicy, err := sqs.NewQueuePolicy(ctx, "images", &sqs.QueuePolicyArgs{
		QueueUrl: images.Url,
		Policy:   mayBeSentTo("sqs:SendMessage", images.Arn, uploads.Arn),
	})
	if err != nil {
		return err
	}
	changes, err := sns.NewTopic(ctx, "changes", nil)
	if err != nil {
		return err
	}
	topicPolicy, err := sns.NewTopicPolicy(ctx, "changes", &sns.TopicPolicyArgs{
		Arn:    changes.Arn,
		Policy: mayBeSentTo("sns:Publish", changes.Arn, uploads.Arn),
	})
	if err != nil {
		return err
	}

	created := pulumi.StringArray{pulumi.String("s3:ObjectCreated:*")}
	_, err = s3.NewBucketNotification(ctx, "uploads", &s3.BucketNotificationArgs{
		Bucket: uploads.ID(),
		Queues: s3.BucketNotificationQueueArray{
			&s3.BucketNotificationQueueArgs{
				QueueArn: images.Arn, Events: created,
				FilterPrefix: pulumi.String("uploads/"), FilterSuffix: pulumi.String(".jpg"),
			},
			// The same folder, and other objects in it.
			&s3.BucketNotificationQueueArgs{
				QueueArn: images.Arn, Events: created,
				FilterPrefix: pulumi.String("uploads/"), FilterSuffix: pulumi.String(".png"),
			},
		},
		Topics: s3.BucketNotificationTopicArray{
			// All objects, and other events.
			&s3.BucketNotificationTopicArgs{
				TopicArn: changes.Arn, Events: pulumi.StringArray{pulumi.String("s3:ObjectRemoved:*")},
			},
		},
	}, pulumi.DependsOn([]pulumi.Resource{queuePolicy, topicPolicy}))
	if err != nil {
		return err
	}

	ctx.Export("validations", pulumi.Map{"uploadsAreClosed": block.RestrictPublicBuckets})
	return nil
}

// mayBeSentTo lets S3 send to a queue or a topic on behalf of one bucket.
func mayBeSentTo(action string, target, bucket pulumi.StringInput) pulumi.StringOutput {
	return pulumi.JSONMarshal(pulumi.Map{
		"Version": pulumi.String("2012-10-17"),
		"Statement": pulumi.Array{pulumi.Map{
			"Effect":    pulumi.String("Allow"),
			"Action":    pulumi.String(action),
			"Principal": pulumi.StringMap{"Service": pulumi.String("s3.amazonaws.com")},
			"Resource":  target,
			"Condition": pulumi.Map{"ArnEquals": pulumi.Map{"aws:SourceArn": bucket}},
		}},
	})
}
