// Package validation checks the declared pipeline as a whole: what no single
// component can see. Each check is worked out from the resources' own outputs,
// so that on a deployed stack it speaks of what AWS really made.
package validation

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/components"
)

// Pipeline is all that is checked.
type Pipeline struct {
	// AccountID is the account that the stack is deployed to.
	AccountID string

	Key                 *components.Key
	Source, Destination *components.Bucket
	DeadLetterQueue     *components.DeadLetterQueue
	Thumbnailer         *components.Thumbnailer
	Trigger             *components.UploadTrigger
	Alarms              *components.FailureAlarms
}

// Checks gives each check by its name. At preview, those that depend on what is
// not made yet are unknown.
func Checks(p Pipeline) pulumi.BoolMap {
	return pulumi.BoolMap{
		"publicAccessBlocked":   all(publicAccessBlocked(p.Source), publicAccessBlocked(p.Destination)),
		"encryptionAtRest":      encryptionAtRest(p),
		"namesUnique":           namesUnique(p),
		"policiesMatch":         policiesMatch(p),
		"deadLetterQueueWired":  deadLetterQueueWired(p),
		"notificationFiltered":  notificationFiltered(p),
		"notificationPermitted": equal(p.Trigger.Permission.SourceArn.Elem(), p.Source.Bucket.Arn),
		"alarmsWired":           alarmsWired(p),
	}
}

// publicAccessBlocked holds when all four ways to the public are closed.
func publicAccessBlocked(bucket *components.Bucket) pulumi.BoolOutput {
	block := bucket.PublicAccessBlock
	return all(
		block.BlockPublicAcls.Elem(), block.BlockPublicPolicy.Elem(),
		block.IgnorePublicAcls.Elem(), block.RestrictPublicBuckets.Elem(),
	)
}

// encryptionAtRest holds when everything that keeps data uses the stack's key.
func encryptionAtRest(p Pipeline) pulumi.BoolOutput {
	return all(
		encryptedWith(p.Source, p.Key.Arn),
		encryptedWith(p.Destination, p.Key.Arn),
		equal(p.DeadLetterQueue.Queue.KmsMasterKeyId.Elem(), p.Key.Arn),
		equal(p.Alarms.Topic.KmsMasterKeyId.Elem(), p.Key.Arn),
		equal(p.Thumbnailer.LogGroup.KmsKeyId.Elem(), p.Key.Arn),
	)
}

func encryptedWith(bucket *components.Bucket, keyARN pulumi.StringOutput) pulumi.BoolOutput {
	return pulumi.All(bucket.Encryption.Rules, keyARN).ApplyT(func(values []any) bool {
		rules := values[0].([]s3.BucketServerSideEncryptionConfigurationV2Rule)
		return len(rules) == 1 && rules[0].ApplyServerSideEncryptionByDefault != nil &&
			rules[0].ApplyServerSideEncryptionByDefault.SseAlgorithm == "aws:kms" &&
			is(rules[0].ApplyServerSideEncryptionByDefault.KmsMasterKeyId, values[1].(string)) &&
			is(rules[0].BucketKeyEnabled, true)
	}).(pulumi.BoolOutput)
}

// namesUnique holds when the buckets' names differ and both end in the account.
func namesUnique(p Pipeline) pulumi.BoolOutput {
	return pulumi.All(p.Source.Bucket.Bucket, p.Destination.Bucket.Bucket).ApplyT(func(names []any) bool {
		source, destination := names[0].(string), names[1].(string)
		suffix := "-" + p.AccountID
		return source != destination && strings.HasSuffix(source, suffix) && strings.HasSuffix(destination, suffix)
	}).(pulumi.BoolOutput)
}

// policiesMatch holds when the ARNs that the policies were written for are those
// of the resources.
func policiesMatch(p Pipeline) pulumi.BoolOutput {
	return all(
		equal(p.Source.Bucket.Arn, pulumi.String(p.Source.ExpectedARN)),
		equal(p.Destination.Bucket.Arn, pulumi.String(p.Destination.ExpectedARN)),
		equal(p.DeadLetterQueue.Queue.Arn, pulumi.String(p.DeadLetterQueue.ExpectedARN)),
		equal(p.Alarms.Topic.Arn, pulumi.String(p.Alarms.ExpectedTopicARN)),
	)
}

// deadLetterQueueWired holds when the function's failures go to the queue.
func deadLetterQueueWired(p Pipeline) pulumi.BoolOutput {
	return pulumi.All(p.Thumbnailer.Function.DeadLetterConfig, p.DeadLetterQueue.Queue.Arn).ApplyT(func(values []any) bool {
		config := values[0].(*lambda.FunctionDeadLetterConfig)
		return config != nil && config.TargetArn == values[1].(string)
	}).(pulumi.BoolOutput)
}

// notificationFiltered holds when only some of the bucket's objects invoke the
// function, and it is this function they invoke.
func notificationFiltered(p Pipeline) pulumi.BoolOutput {
	return pulumi.All(p.Trigger.Notification.LambdaFunctions, p.Thumbnailer.Function.Arn).ApplyT(func(values []any) bool {
		targets := values[0].([]s3.BucketNotificationLambdaFunction)
		return len(targets) > 0 && !slices.ContainsFunc(targets, func(target s3.BucketNotificationLambdaFunction) bool {
			return !is(target.LambdaFunctionArn, values[1].(string)) ||
				target.FilterPrefix == nil || *target.FilterPrefix == "" ||
				target.FilterSuffix == nil || *target.FilterSuffix == ""
		})
	}).(pulumi.BoolOutput)
}

// alarmsWired holds when both alarms act, on a topic that someone reads, and
// watch the function and the queue of this pipeline.
func alarmsWired(p Pipeline) pulumi.BoolOutput {
	topic := p.Alarms.Topic.Arn
	return all(
		actsOn(p.Alarms.Errors, topic),
		actsOn(p.Alarms.DeadLetters, topic),
		equal(p.Alarms.Subscription.Topic, topic),
		equal(p.Alarms.Errors.Dimensions.MapIndex(pulumi.String("FunctionName")), p.Thumbnailer.Function.Name),
		equal(p.Alarms.DeadLetters.Dimensions.MapIndex(pulumi.String("QueueName")), p.DeadLetterQueue.Queue.Name),
	)
}

func actsOn(alarm *cloudwatch.MetricAlarm, topic pulumi.StringOutput) pulumi.BoolOutput {
	return pulumi.All(alarm.ActionsEnabled, alarm.AlarmActions, topic).ApplyT(func(values []any) bool {
		enabled := values[0].(*bool)
		// CloudWatch enables actions unless it is told not to.
		return (enabled == nil || *enabled) && slices.Contains(values[1].([]string), values[2].(string))
	}).(pulumi.BoolOutput)
}

// all holds when every one of the outputs is true.
func all(outputs ...pulumi.BoolOutput) pulumi.BoolOutput {
	inputs := make([]any, len(outputs))
	for i, output := range outputs {
		inputs[i] = output
	}
	return pulumi.All(inputs...).ApplyT(func(values []any) bool {
		return !slices.Contains(values, any(false))
	}).(pulumi.BoolOutput)
}

// equal holds when both inputs have the same value.
func equal(one, other pulumi.StringInput) pulumi.BoolOutput {
	return pulumi.All(one, other).ApplyT(func(values []any) bool {
		return values[0] == values[1]
	}).(pulumi.BoolOutput)
}

// is tells whether an optional value is there and is the one wanted.
func is[T comparable](value *T, want T) bool {
	return value != nil && *value == want
}
