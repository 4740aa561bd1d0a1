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
	export(ctx, config, pipeline)
	return nil
}

// export exports what people, cmd/readiness and cmd/redrive need to know about
// the stack; package outputs reads it.
func export(ctx *pulumi.Context, config settings.Settings, pipeline validation.Pipeline) {
	ctx.Export("region", pulumi.String(pipeline.Scope.Region))
	ctx.Export("sourceBucket", pipeline.Source.Bucket.Bucket)
	ctx.Export("destinationBucket", pipeline.Destination.Bucket.Bucket)
	ctx.Export("logBucket", pipeline.Logs.Bucket.Bucket)
	ctx.Export("uploadPrefix", pulumi.String(config.UploadPrefix))
	ctx.Export("uploadSuffixes", pulumi.ToStringArray(config.UploadSuffixes))
	ctx.Export("thumbnailPrefix", pulumi.String(config.ThumbnailPrefix))
	ctx.Export("thumbnailSizes", sizes(config))
	ctx.Export("functionName", pipeline.Thumbnailer.Function.Name)
	ctx.Export("codeHash", pulumi.String(config.CodeHash))
	ctx.Export("deadLetterQueueUrl", pipeline.DeadLetterQueue.Queue.Url)
	ctx.Export("deadLetterQueueArn", pipeline.DeadLetterQueue.Arn)
	ctx.Export("alarmTopicArn", pipeline.Monitoring.Topic.Arn)
	ctx.Export("alarms", alarms(pipeline))
	ctx.Export("dashboard", pipeline.Monitoring.Dashboard.DashboardName)
	ctx.Export("keyArn", pipeline.Key.Arn)

	checks := validation.Checks(pipeline)
	ctx.Export("validations", checks)
	ctx.Export("ready", validation.Require(checks))
}

func sizes(config settings.Settings) pulumi.StringArray {
	var texts pulumi.StringArray
	for _, size := range config.Sizes {
		texts = append(texts, pulumi.String(size.String()))
	}
	return texts
}

func alarms(pipeline validation.Pipeline) pulumi.StringMap {
	names := pulumi.StringMap{}
	for role, alarm := range pipeline.Monitoring.Alarms {
		names[role] = alarm.Name
	}
	return names
}

// declare declares the components and connects them.
func declare(ctx *pulumi.Context, config settings.Settings, scope naming.Scope) (validation.Pipeline, error) {
	pipeline := validation.Pipeline{Scope: scope, CodeHash: config.CodeHash, Preview: ctx.DryRun()}
	sourceName, destinationName := scope.Bucket("source"), scope.Bucket("thumbnails")
	functionName := scope.Name("thumbnailer")

	var err error
	pipeline.Key, err = components.NewKey(ctx, "key", &components.KeyArgs{
		Scope:     scope,
		AliasName: scope.Name("key"),
		Buckets:   []string{sourceName, destinationName},
		LogGroup:  components.LogGroupName(functionName),
		Protect:   config.Protect,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Logs, err = components.NewBucket(ctx, "logs", &components.BucketArgs{
		Scope:          scope,
		BucketName:     scope.Bucket("logs"),
		LogsOf:         []string{sourceName, destinationName},
		ExpireDays:     config.AccessLogRetentionDays,
		NoncurrentDays: config.NoncurrentRetentionDays,
		Protect:        config.Protect,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Source, err = components.NewBucket(ctx, "source", &components.BucketArgs{
		Scope:          scope,
		BucketName:     sourceName,
		KeyArn:         pipeline.Key.Arn,
		LogBucket:      pipeline.Logs,
		ExpirePrefix:   config.UploadPrefix,
		ExpireDays:     config.OriginalRetentionDays,
		NoncurrentDays: config.NoncurrentRetentionDays,
		Protect:        config.Protect,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Destination, err = components.NewBucket(ctx, "destination", &components.BucketArgs{
		Scope:          scope,
		BucketName:     destinationName,
		KeyArn:         pipeline.Key.Arn,
		LogBucket:      pipeline.Logs,
		NoncurrentDays: config.NoncurrentRetentionDays,
		Protect:        config.Protect,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.DeadLetterQueue, err = components.NewDeadLetterQueue(ctx, "dead-letters", &components.DeadLetterQueueArgs{
		Scope:     scope,
		QueueName: scope.Name("dead-letters"),
		KeyArn:    pipeline.Key.Arn,
		Protect:   config.Protect,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Thumbnailer, err = components.NewThumbnailer(ctx, "thumbnailer", &components.ThumbnailerArgs{
		Scope:               scope,
		FunctionName:        functionName,
		CodeArchive:         config.CodeArchive,
		CodeHash:            config.CodeHash,
		MemorySize:          config.MemorySize,
		EphemeralStorage:    config.EphemeralStorage,
		Timeout:             config.Timeout,
		ReservedConcurrency: config.ReservedConcurrency,
		RetryAttempts:       config.RetryAttempts,
		MaximumEventAge:     config.MaximumEventAge,
		LogRetentionDays:    config.LogRetentionDays,
		LogLevel:            config.LogLevel,
		Environment:         config.Environment(),
		SourceBucket:        sourceName,
		SourcePrefix:        config.UploadPrefix,
		DestinationBucket:   destinationName,
		DestinationPrefix:   config.ThumbnailPrefix,
		DeadLetterQueue:     pipeline.DeadLetterQueue,
		KeyArn:              pipeline.Key.Arn,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Monitoring, err = components.NewMonitoring(ctx, "monitoring", &components.MonitoringArgs{
		Scope:           scope,
		TopicName:       scope.Name("alarms"),
		Email:           config.AlarmEmail,
		Source:          pipeline.Source,
		UploadPrefix:    config.UploadPrefix,
		Thumbnailer:     pipeline.Thumbnailer,
		Timeout:         config.Timeout,
		DeadLetterQueue: pipeline.DeadLetterQueue,
		KeyArn:          pipeline.Key.Arn,
	})
	if err != nil {
		return pipeline, err
	}
	pipeline.Trigger, err = components.NewUploadTrigger(ctx, "uploads", &components.UploadTriggerArgs{
		Scope:       scope,
		Bucket:      pipeline.Source,
		Thumbnailer: pipeline.Thumbnailer,
		Prefix:      config.UploadPrefix,
		Suffixes:    config.UploadSuffixes,
	})
	return pipeline, err
}
