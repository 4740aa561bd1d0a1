// Package validation checks the declared pipeline as a whole: what no single
// component can see. Each check is computed from the resources' own outputs, so
// that on a deployed stack it is about what AWS really created.
package validation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/naming"
)

// Pipeline is everything that is checked.
type Pipeline struct {
	// Scope is where the stack is deployed.
	Scope naming.Scope
	// CodeHash is the SHA-256, in base64, of the archive to be deployed.
	CodeHash string
	// Preview indicates that nothing is deployed yet. What AWS leaves empty is
	// then unknown rather than empty.
	Preview bool

	Key                       *components.Key
	Source, Destination, Logs *components.Bucket
	DeadLetterQueue           *components.DeadLetterQueue
	Thumbnailer               *components.Thumbnailer
	Trigger                   *components.UploadTrigger
	Monitoring                *components.Monitoring
}

func (p Pipeline) buckets() []*components.Bucket {
	return []*components.Bucket{p.Source, p.Destination, p.Logs}
}

// Checks returns each check by its name. At preview, those that depend on what
// does not exist yet are unknown.
func Checks(p Pipeline) pulumi.BoolMap {
	return pulumi.BoolMap{
		"accessLogged":          accessLogged(p),
		"alarmsWired":           alarmsWired(p),
		"codeDeployed":          equal(p.Thumbnailer.Function.CodeSha256, pulumi.String(p.CodeHash)),
		"encryptionAtRest":      encryptionAtRest(p),
		"failurePathWired":      failurePathWired(p),
		"keyRotates":            p.Key.Key.EnableKeyRotation.Elem(),
		"namesUnique":           namesUnique(p),
		"notificationFiltered":  notificationFiltered(p),
		"notificationPermitted": equal(p.Trigger.Permission.SourceArn.Elem(), p.Source.Bucket.Arn),
		"policiesMatch":         policiesMatch(p),
		"publicAccessBlocked":   each(p.buckets(), publicAccessBlocked),
		"regionsMatch":          regionsMatch(p),
		"versionsKept":          each(p.buckets(), versionsKept),
	}
}

// Require returns an output that is true if all the checks hold. A check that
// does not is an error with its name, so it fails the deployment. At preview it
// waits for all of them to be known.
func Require(checks pulumi.BoolMap) pulumi.BoolOutput {
	return checks.ToBoolMapOutput().ApplyT(func(checks map[string]bool) (bool, error) {
		var failed []string
		for _, name := range slices.Sorted(maps.Keys(checks)) {
			if !checks[name] {
				failed = append(failed, name)
			}
		}
		if len(failed) > 0 {
			return false, fmt.Errorf("the deployed stack fails its validations: %s", strings.Join(failed, ", "))
		}
		return true, nil
	}).(pulumi.BoolOutput)
}

// publicAccessBlocked reports whether all four ways to the public are closed.
func publicAccessBlocked(bucket *components.Bucket) pulumi.BoolOutput {
	block := bucket.PublicAccessBlock
	return all(
		block.BlockPublicAcls.Elem(), block.BlockPublicPolicy.Elem(),
		block.IgnorePublicAcls.Elem(), block.RestrictPublicBuckets.Elem(),
	)
}

// versionsKept reports whether overwritten objects can be restored.
func versionsKept(bucket *components.Bucket) pulumi.BoolOutput {
	return equal(bucket.Versioning.VersioningConfiguration.Status(), pulumi.String("Enabled"))
}

// accessLogged reports whether the access to both buckets is logged to the third.
func accessLogged(p Pipeline) pulumi.BoolOutput {
	return all(
		equal(p.Source.Logging.TargetBucket, p.Logs.Bucket.Bucket),
		equal(p.Destination.Logging.TargetBucket, p.Logs.Bucket.Bucket),
	)
}

// encryptionAtRest reports whether everything that keeps data uses the stack's
// key, and the access logs S3's own.
func encryptionAtRest(p Pipeline) pulumi.BoolOutput {
	return all(
		encryptedWith(p.Source, p.Key.Arn),
		encryptedWith(p.Destination, p.Key.Arn),
		encrypted(p.Logs),
		equal(p.DeadLetterQueue.Queue.KmsMasterKeyId.Elem(), p.Key.Arn),
		equal(p.Monitoring.Topic.KmsMasterKeyId.Elem(), p.Key.Arn),
		equal(p.Thumbnailer.LogGroup.KmsKeyId.Elem(), p.Key.Arn),
		equal(p.Thumbnailer.Function.KmsKeyArn.Elem(), p.Key.Arn),
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

func encrypted(bucket *components.Bucket) pulumi.BoolOutput {
	return bucket.Encryption.Rules.ApplyT(func(rules []s3.BucketServerSideEncryptionConfigurationV2Rule) bool {
		return len(rules) == 1 && rules[0].ApplyServerSideEncryptionByDefault != nil &&
			rules[0].ApplyServerSideEncryptionByDefault.SseAlgorithm == "AES256"
	}).(pulumi.BoolOutput)
}

// namesUnique reports whether the buckets' names differ and all end with the account.
func namesUnique(p Pipeline) pulumi.BoolOutput {
	var names []any
	for _, bucket := range p.buckets() {
		names = append(names, bucket.Bucket.Bucket)
	}
	return pulumi.All(names...).ApplyT(func(names []any) bool {
		seen := map[string]bool{}
		for _, name := range names {
			name := name.(string)
			if seen[name] || !strings.HasSuffix(name, "-"+p.Scope.AccountID) {
				return false
			}
			seen[name] = true
		}
		return true
	}).(pulumi.BoolOutput)
}

// policiesMatch reports whether the ARNs that the policies were written for are
// those of the resources.
func policiesMatch(p Pipeline) pulumi.BoolOutput {
	return all(
		each(p.buckets(), func(bucket *components.Bucket) pulumi.BoolOutput {
			return equal(bucket.Bucket.Arn, pulumi.String(bucket.ExpectedARN))
		}),
		equal(p.DeadLetterQueue.Queue.Arn, pulumi.String(p.DeadLetterQueue.ExpectedARN)),
		equal(p.Thumbnailer.Function.Arn, pulumi.String(p.Thumbnailer.ExpectedARN)),
		equal(p.Monitoring.Topic.Arn, pulumi.String(p.Monitoring.ExpectedTopicARN)),
	)
}

// regionsMatch reports whether everything is in one region: S3 notifies only
// functions of its own region, and so does Lambda with queues.
func regionsMatch(p Pipeline) pulumi.BoolOutput {
	region := func(arn pulumi.StringOutput) pulumi.BoolOutput {
		return arn.ApplyT(func(arn string) bool {
			// arn:partition:service:region:account:resource
			parts := strings.SplitN(arn, ":", 6)
			return len(parts) == 6 && parts[3] == p.Scope.Region
		}).(pulumi.BoolOutput)
	}
	return all(
		each(p.buckets(), func(bucket *components.Bucket) pulumi.BoolOutput {
			return equal(bucket.Bucket.Region, pulumi.String(p.Scope.Region))
		}),
		region(p.Key.Arn), region(p.DeadLetterQueue.Queue.Arn),
		region(p.Thumbnailer.Function.Arn), region(p.Monitoring.Topic.Arn),
	)
}

// failurePathWired reports whether the function's failures go to the queue, once.
func failurePathWired(p Pipeline) pulumi.BoolOutput {
	config, function := p.Thumbnailer.InvokeConfig, p.Thumbnailer.Function
	return all(
		equal(config.FunctionName, function.Name),
		pulumi.All(config.DestinationConfig, p.DeadLetterQueue.Queue.Arn).ApplyT(func(values []any) bool {
			destinations := values[0].(*lambda.FunctionEventInvokeConfigDestinationConfig)
			return destinations != nil && destinations.OnFailure != nil &&
				destinations.OnFailure.Destination == values[1].(string)
		}).(pulumi.BoolOutput),
		notDoubled(p),
	)
}

// notDoubled reports whether the function has no dead-letter target of its own,
// by its arguments and, once it is deployed, by what AWS made of them.
func notDoubled(p Pipeline) pulumi.BoolOutput {
	if p.Preview || p.Thumbnailer.DeadLetterConfig != nil {
		return pulumi.Bool(p.Thumbnailer.DeadLetterConfig == nil).ToBoolOutput()
	}
	return p.Thumbnailer.Function.DeadLetterConfig.ApplyT(func(config *lambda.FunctionDeadLetterConfig) bool {
		return config == nil || config.TargetArn == ""
	}).(pulumi.BoolOutput)
}

// notificationFiltered reports whether only some of the bucket's objects invoke
// the function, and whether it is this function that they invoke.
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

// alarmsWired reports whether every alarm acts, on a topic that someone reads,
// and whether the first ones to fire watch the function and the queue of this
// pipeline.
func alarmsWired(p Pipeline) pulumi.BoolOutput {
	topic, alarms := p.Monitoring.Topic.Arn, p.Monitoring.Alarms
	function, queue := p.Thumbnailer.Function.Name, p.DeadLetterQueue.Queue.Name
	return all(
		each(slices.Collect(maps.Values(alarms)), func(alarm *cloudwatch.MetricAlarm) pulumi.BoolOutput {
			return actsOn(alarm, topic)
		}),
		equal(p.Monitoring.Subscription.Topic, topic),
		equal(alarms["errors"].Dimensions.MapIndex(pulumi.String("FunctionName")), function),
		equal(alarms["dead-letters"].Dimensions.MapIndex(pulumi.String("QueueName")), queue),
	)
}

func actsOn(alarm *cloudwatch.MetricAlarm, topic pulumi.StringOutput) pulumi.BoolOutput {
	return pulumi.All(alarm.ActionsEnabled, alarm.AlarmActions, topic).ApplyT(func(values []any) bool {
		enabled := values[0].(*bool)
		// CloudWatch enables actions by default.
		return (enabled == nil || *enabled) && slices.Contains(values[1].([]string), values[2].(string))
	}).(pulumi.BoolOutput)
}

// each reports whether the check holds for every item.
func each[T any](items []T, check func(T) pulumi.BoolOutput) pulumi.BoolOutput {
	outputs := make([]pulumi.BoolOutput, len(items))
	for i, item := range items {
		outputs[i] = check(item)
	}
	return all(outputs...)
}

// all reports whether every one of the outputs is true.
func all(outputs ...pulumi.BoolOutput) pulumi.BoolOutput {
	inputs := make([]any, len(outputs))
	for i, output := range outputs {
		inputs[i] = output
	}
	return pulumi.All(inputs...).ApplyT(func(values []any) bool {
		return !slices.Contains(values, any(false))
	}).(pulumi.BoolOutput)
}

// equal reports whether both inputs have the same value.
func equal(one, other pulumi.StringInput) pulumi.BoolOutput {
	return pulumi.All(one, other).ApplyT(func(values []any) bool {
		return values[0] == values[1]
	}).(pulumi.BoolOutput)
}

// is reports whether an optional value is present and is the expected one.
func is[T comparable](value *T, want T) bool {
	return value != nil && *value == want
}
