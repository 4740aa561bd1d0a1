// Command stack declares the image pipeline: images uploaded to one bucket
// become thumbnails in another, and whatever fails is kept and announced.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/settings"
	"github.com/pipeguard/pipeguard/stack/internal/validation"
)

// Where originals and thumbnails are in their buckets, and which of the
// originals are taken.
const (
	uploadPrefix    = "uploads/"
	uploadSuffix    = ".jpg"
	thumbnailPrefix = "thumbnails/"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	config, err := settings.Load(ctx)
	if err != nil {
		return fmt.Errorf("reading the stack's configuration:\n%w", err)
	}
	scope, err := naming.Lookup(ctx)
	if err != nil {
		return err
	}
	pipeline, err := declare(ctx, config, scope)
	if err != nil {
		return err
	}

	ctx.Export("sourceBucket", pipeline.Source.Bucket.Bucket)
	ctx.Export("destinationBucket", pipeline.Destination.Bucket.Bucket)
	ctx.Export("functionName", pipeline.Thumbnailer.Function.Name)
	ctx.Export("deadLetterQueueUrl", pipeline.DeadLetterQueue.Queue.Url)
	ctx.Export("alarmTopicArn", pipeline.Alarms.Topic.Arn)
	ctx.Export("keyArn", pipeline.Key.Arn)
	ctx.Export("validations", validation.Checks(pipeline))
	return nil
}

// declare declares the components and connects them.
func declare(ctx *pulumi.Context, config settings.Settings, scope naming.Scope) (validation.Pipeline, error) {
	pipeline := validation.Pipeline{AccountID: scope.AccountID}
	sourceName, destinationName := scope.Bucket("source"), scope.Bucket("thumbnails")
	functionName := scope.Name("thumbnailer")

	var err error
	pipeline.Key, err = components.NewKey(ctx, "key", &components.KeyArgs{
		Scope:     scope,
		AliasName: scope.Name("key"),
		Buckets:   []string{sourceName, destinationName},
		LogGroup:  components.LogGroupName(functionName),
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Source, err = components.NewBucket(ctx, "source", &components.BucketArgs{
		Scope:      scope,
		BucketName: sourceName,
		KeyArn:     pipeline.Key.Arn,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Destination, err = components.NewBucket(ctx, "destination", &components.BucketArgs{
		Scope:      scope,
		BucketName: destinationName,
		KeyArn:     pipeline.Key.Arn,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.DeadLetterQueue, err = components.NewDeadLetterQueue(ctx, "dead-letters", &components.DeadLetterQueueArgs{
		Scope:     scope,
		QueueName: scope.Name("dead-letters"),
		KeyArn:    pipeline.Key.Arn,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Thumbnailer, err = components.NewThumbnailer(ctx, "thumbnailer", &components.ThumbnailerArgs{
		Scope:             scope,
		FunctionName:      functionName,
		CodeArchive:       config.CodeArchive,
		MemorySize:        config.MemorySize,
		Timeout:           config.Timeout,
		LogRetentionDays:  config.LogRetentionDays,
		MaxWidth:          config.MaxWidth,
		MaxHeight:         config.MaxHeight,
		SourceBucket:      sourceName,
		SourcePrefix:      uploadPrefix,
		DestinationBucket: destinationName,
		DestinationPrefix: thumbnailPrefix,
		DeadLetterQueue:   pipeline.DeadLetterQueue,
		KeyArn:            pipeline.Key.Arn,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Alarms, err = components.NewFailureAlarms(ctx, "alarms", &components.FailureAlarmsArgs{
		Scope:           scope,
		TopicName:       scope.Name("alarms"),
		Email:           config.AlarmEmail,
		Function:        pipeline.Thumbnailer.Function,
		DeadLetterQueue: pipeline.DeadLetterQueue.Queue,
		KeyArn:          pipeline.Key.Arn,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Trigger, err = components.NewUploadTrigger(ctx, "uploads", &components.UploadTriggerArgs{
		Scope:    scope,
		Bucket:   pipeline.Source.Bucket,
		Function: pipeline.Thumbnailer.Function,
		Prefix:   uploadPrefix,
		Suffix:   uploadSuffix,
	})
	return pipeline, err
}
