// A program whose notifications are misspelt, too wide, or written twice.
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
	archive, err := s3.NewBucket(ctx, "archive", nil)
	if err != nil {
		return err
	}
	uploadsBlock, err := ops.Close(ctx, "uploads", uploads.ID())
	if err != nil {
		return err
	}
	archiveBlock, err := ops.Close(ctx, "archive", archive.ID())
	if err != nil {
		return err
	}
	images, err := sqs.NewQueue(ctx, "images", nil)
	if err != nil {
		return err
	}
	changes, err := sns.NewTopic(ctx, "changes", nil)
	if err != nil {
		return err
	}

	created, removed := pulumi.String("s3:ObjectCreated:*"), pulumi.String("s3:ObjectRemoved:*")
	_, err = s3.NewBucketNotification(ctx, "uploads", &s3.BucketNotificationArgs{
		Bucket: uploads.ID(),
		Queues: s3.BucketNotificationQueueArray{
			// The empty filter looks like a filter, but matches everything.
			&s3.BucketNotificationQueueArgs{
				QueueArn: images.Arn, Events: pulumi.StringArray{created}, FilterPrefix: pulumi.String(""),
			},
			// The folder is within the first entry's, and the event is too.
			&s3.BucketNotificationQueueArgs{
				QueueArn: images.Arn, Events: pulumi.StringArray{pulumi.String("s3:ObjectCreated:Put")},
				FilterPrefix: pulumi.String("incoming/"),
			},
			// There is no such event.
			&s3.BucketNotificationQueueArgs{
				QueueArn: images.Arn, Events: pulumi.StringArray{pulumi.String("s3:ObjectDeleted:*")},
				FilterPrefix: pulumi.String("outgoing/"),
			},
		},
		Topics: s3.BucketNotificationTopicArray{
			// A queue is not a topic.
			&s3.BucketNotificationTopicArgs{
				TopicArn: pulumi.String("arn:aws:sqs:us-east-1:123456789012:removals"), Events: pulumi.StringArray{removed},
			},
		},
	})
	if err != nil {
		return err
	}

	// Two owners of one bucket's notifications: the last one written wins.
	for _, owner := range []struct {
		name  string
		event pulumi.String
	}{{"archive-for-audit", removed}, {"archive-for-backup", created}} {
		_, err = s3.NewBucketNotification(ctx, owner.name, &s3.BucketNotificationArgs{
			Bucket: archive.Bucket,
			Topics: s3.BucketNotificationTopicArray{
				&s3.BucketNotificationTopicArgs{TopicArn: changes.Arn, Events: pulumi.StringArray{owner.event}},
			},
		})
		if err != nil {
			return err
		}
	}

	ctx.Export("validations", pulumi.Map{
		"uploadsAreClosed": uploadsBlock.RestrictPublicBuckets,
		"archiveIsClosed":  archiveBlock.RestrictPublicBuckets,
	})
	return nil
}
