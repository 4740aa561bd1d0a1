package validation_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
	"github.com/pipeguard/pipeguard/stack/internal/validation"
)

// declare declares a pipeline without a fault.
func declare(ctx *pulumi.Context) (p validation.Pipeline, err error) {
	scope := stacktest.Scope
	p.Scope, p.CodeHash, p.Preview = scope, "aGFzaA==", ctx.DryRun()
	bucket := func(name string, logs *components.Bucket, key pulumi.StringInput) *components.Bucket {
		if err != nil {
			return nil
		}
		var declared *components.Bucket
		declared, err = components.NewBucket(ctx, name, &components.BucketArgs{
			Scope: scope, BucketName: scope.Bucket(name), KeyArn: key, LogBucket: logs, NoncurrentDays: 1,
		})
		return declared
	}
	p.Key, err = components.NewKey(ctx, "key", &components.KeyArgs{
		Scope: scope, AliasName: "key", Buckets: []string{scope.Bucket("in"), scope.Bucket("out")}, LogGroup: "/aws/lambda/maker",
	})
	if err != nil {
		return p, err
	}
	p.Logs = bucket("logs", nil, nil)
	p.Source = bucket("in", p.Logs, p.Key.Arn)
	p.Destination = bucket("out", p.Logs, p.Key.Arn)
	if err != nil {
		return p, err
	}
	p.DeadLetterQueue, err = components.NewDeadLetterQueue(ctx, "letters", &components.DeadLetterQueueArgs{Scope: scope, QueueName: "letters", KeyArn: p.Key.Arn})
	if err != nil {
		return p, err
	}
	p.Thumbnailer, err = components.NewThumbnailer(ctx, "maker", &components.ThumbnailerArgs{
		Scope: scope, FunctionName: "maker", CodeArchive: "maker.zip", CodeHash: p.CodeHash, DeadLetterQueue: p.DeadLetterQueue, KeyArn: p.Key.Arn,
	})
	if err != nil {
		return p, err
	}
	p.Monitoring, err = components.NewMonitoring(ctx, "alarms", &components.MonitoringArgs{
		Scope: scope, TopicName: "alarms", Email: "ops@example.com", Source: p.Source, UploadPrefix: "uploads/",
		Thumbnailer: p.Thumbnailer, DeadLetterQueue: p.DeadLetterQueue, KeyArn: p.Key.Arn,
	})
	if err != nil {
		return p, err
	}
	p.Trigger, err = components.NewUploadTrigger(ctx, "uploads", &components.UploadTriggerArgs{
		Scope: scope, Bucket: p.Source, Thumbnailer: p.Thumbnailer, Prefix: "uploads/", Suffixes: []string{".jpg"},
	})
	return p, err
}

// check returns the names of the checks that fail when something is changed.
func check(t *testing.T, change func(*pulumi.Context, *validation.Pipeline) error) (failed []string) {
	t.Helper()
	_, err := stacktest.Run(t, nil, checking(t, change, &failed))
	require.NoError(t, err)
	return failed
}

// checkPreview does the work of check for a preview, in which all of them have to be known.
func checkPreview(t *testing.T, change func(*pulumi.Context, *validation.Pipeline) error) (failed []string) {
	t.Helper()
	_, err := stacktest.Preview(t, checking(t, change, &failed))
	require.NoError(t, err)
	return failed
}

func checking(t *testing.T, change func(*pulumi.Context, *validation.Pipeline) error, failed *[]string) pulumi.RunFunc {
	t.Helper()
	return func(ctx *pulumi.Context) error {
		pipeline, err := declare(ctx)
		if err != nil {
			return err
		}
		if err := change(ctx, &pipeline); err != nil {
			return err
		}
		checks := validation.Checks(pipeline)
		assert.Len(t, checks, 13)
		for name, output := range checks {
			holds, err := stacktest.Await(ctx, output.ToBoolOutput())
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if !holds.(bool) {
				*failed = append(*failed, name)
			}
		}
		return nil
	}
}

func TestChecksHoldForTheFaultlessPipeline(t *testing.T) {
	t.Parallel()
	faultless := func(*pulumi.Context, *validation.Pipeline) error { return nil }
	assert.Empty(t, check(t, faultless))
	assert.Empty(t, checkPreview(t, faultless), "and are known before anything is deployed")
}

// At preview, the function's own output does not show whether it has a
// dead-letter target: the arguments do.
func TestChecksCatchAtPreviewWhatIsNotWired(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"failurePathWired"}, checkPreview(t, func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
		p.Thumbnailer.InvokeConfig, err = lambda.NewFunctionEventInvokeConfig(ctx, "bad", &lambda.FunctionEventInvokeConfigArgs{
			FunctionName: p.Thumbnailer.Function.Name,
			DestinationConfig: &lambda.FunctionEventInvokeConfigDestinationConfigArgs{
				OnFailure: &lambda.FunctionEventInvokeConfigDestinationConfigOnFailureArgs{Destination: p.Monitoring.Topic.Arn},
			},
		})
		return err
	}), "failed events go elsewhere")
	assert.Equal(t, []string{"failurePathWired"}, checkPreview(t, func(ctx *pulumi.Context, p *validation.Pipeline) error {
		return replaceFunction(ctx, p, lambda.FunctionArgs{
			SourceCodeHash:   pulumi.String(p.CodeHash),
			KmsKeyArn:        p.Key.Arn,
			DeadLetterConfig: &lambda.FunctionDeadLetterConfigArgs{TargetArn: p.DeadLetterQueue.Queue.Arn},
		})
	}), "failed events are stored twice")
	assert.Equal(t, []string{"alarmsWired"}, checkPreview(t, func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
		p.Monitoring.Alarms["idle"], err = cloudwatch.NewMetricAlarm(ctx, "bad", &cloudwatch.MetricAlarmArgs{
			ComparisonOperator: pulumi.String("GreaterThanThreshold"), EvaluationPeriods: pulumi.Int(1),
			AlarmActions: pulumi.Array{p.Monitoring.Topic.Arn}, ActionsEnabled: pulumi.Bool(false),
		})
		return err
	}), "an alarm's actions are off")
}

// replaceFunction puts another function of the same name into the pipeline.
func replaceFunction(ctx *pulumi.Context, p *validation.Pipeline, args lambda.FunctionArgs) (err error) {
	args.Name, args.Role = pulumi.String("maker"), pulumi.String("arn:aws:iam::123456789012:role/maker")
	p.Thumbnailer.DeadLetterConfig = args.DeadLetterConfig
	p.Thumbnailer.Function, err = lambda.NewFunction(ctx, "bad", &args)
	return err
}

// Each fault is caught, by exactly the check for it.
func TestChecksCatchFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want   string
		change func(*pulumi.Context, *validation.Pipeline) error
	}{
		"a flag of a public access block is off": {"publicAccessBlocked", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Destination.PublicAccessBlock, err = s3.NewBucketPublicAccessBlock(ctx, "bad", &s3.BucketPublicAccessBlockArgs{
				Bucket:          p.Destination.Bucket.ID(),
				BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true), IgnorePublicAcls: pulumi.Bool(true),
			})
			return err
		}},
		"a bucket uses Amazon's key": {"encryptionAtRest", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Source.Encryption, err = s3.NewBucketServerSideEncryptionConfigurationV2(ctx, "bad", &s3.BucketServerSideEncryptionConfigurationV2Args{
				Bucket: p.Source.Bucket.ID(),
				Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
					ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
						SseAlgorithm: pulumi.String("aws:kms"),
					},
					BucketKeyEnabled: pulumi.Bool(true),
				}},
			})
			return err
		}},
		"the queue is not encrypted": {"encryptionAtRest", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.DeadLetterQueue.Queue, err = sqs.NewQueue(ctx, "bad", &sqs.QueueArgs{Name: pulumi.String("letters")})
			return err
		}},
		"the topic is not encrypted": {"encryptionAtRest", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Monitoring.Topic, err = sns.NewTopic(ctx, "bad", &sns.TopicArgs{Name: pulumi.String("alarms")})
			return err
		}},
		"the log is not encrypted": {"encryptionAtRest", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Thumbnailer.LogGroup, err = cloudwatch.NewLogGroup(ctx, "bad", nil)
			return err
		}},
		"the environment is not encrypted": {"encryptionAtRest", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			return replaceFunction(ctx, p, lambda.FunctionArgs{SourceCodeHash: pulumi.String(p.CodeHash)})
		}},
		"the access logs are not encrypted": {"encryptionAtRest", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Logs.Encryption, err = s3.NewBucketServerSideEncryptionConfigurationV2(ctx, "bad", &s3.BucketServerSideEncryptionConfigurationV2Args{
				Bucket: p.Logs.Bucket.ID(), Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{},
			})
			return err
		}},
		"the buckets are one": {"namesUnique", func(_ *pulumi.Context, p *validation.Pipeline) error {
			p.Destination = p.Source
			return nil
		}},
		"the names lack the account": {"namesUnique", func(_ *pulumi.Context, p *validation.Pipeline) error {
			p.Scope.AccountID = "999999999999"
			return nil
		}},
		"a policy is for another queue": {"policiesMatch", func(_ *pulumi.Context, p *validation.Pipeline) error {
			p.DeadLetterQueue.ExpectedARN = "arn:aws:sqs:eu-west-1:123456789012:other"
			return nil
		}},
		"a policy is for another function": {"policiesMatch", func(_ *pulumi.Context, p *validation.Pipeline) error {
			p.Thumbnailer.ExpectedARN = "arn:aws:lambda:eu-west-1:123456789012:function:other"
			return nil
		}},
		"the function has another code": {"codeDeployed", func(_ *pulumi.Context, p *validation.Pipeline) error {
			p.CodeHash = "b3RoZXI="
			return nil
		}},
		"the stack was meant for another region": {"regionsMatch", func(_ *pulumi.Context, p *validation.Pipeline) error {
			p.Scope.Region = "us-east-1"
			return nil
		}},
		"the key does not rotate": {"keyRotates", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Key.Key, err = kms.NewKey(ctx, "bad", &kms.KeyArgs{EnableKeyRotation: pulumi.Bool(false)})
			return err
		}},
		"versions are not kept": {"versionsKept", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Source.Versioning, err = s3.NewBucketVersioningV2(ctx, "bad", &s3.BucketVersioningV2Args{
				Bucket:                  p.Source.Bucket.ID(),
				VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Suspended")},
			})
			return err
		}},
		"access is logged elsewhere": {"accessLogged", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Source.Logging, err = s3.NewBucketLoggingV2(ctx, "bad", &s3.BucketLoggingV2Args{
				Bucket: p.Source.Bucket.ID(), TargetBucket: pulumi.String("elsewhere"), TargetPrefix: pulumi.String(""),
			})
			return err
		}},
		"failed events have nowhere to go": {"failurePathWired", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Thumbnailer.InvokeConfig, err = lambda.NewFunctionEventInvokeConfig(ctx, "bad", &lambda.FunctionEventInvokeConfigArgs{
				FunctionName: p.Thumbnailer.Function.Name,
			})
			return err
		}},
		"failed events are stored twice": {"failurePathWired", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			return replaceFunction(ctx, p, lambda.FunctionArgs{
				SourceCodeHash:   pulumi.String(p.CodeHash),
				KmsKeyArn:        p.Key.Arn,
				DeadLetterConfig: &lambda.FunctionDeadLetterConfigArgs{TargetArn: p.DeadLetterQueue.Queue.Arn},
			})
		}},
		"failed events are stored twice, by what AWS has": {"failurePathWired", func(ctx *pulumi.Context, p *validation.Pipeline) error {
			defer func() { p.Thumbnailer.DeadLetterConfig = nil }()
			return replaceFunction(ctx, p, lambda.FunctionArgs{
				SourceCodeHash:   pulumi.String(p.CodeHash),
				KmsKeyArn:        p.Key.Arn,
				DeadLetterConfig: &lambda.FunctionDeadLetterConfigArgs{TargetArn: p.DeadLetterQueue.Queue.Arn},
			})
		}},
		"the notification has no suffix": {"notificationFiltered", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Trigger.Notification, err = s3.NewBucketNotification(ctx, "bad", &s3.BucketNotificationArgs{
				Bucket: p.Source.Bucket.ID(),
				LambdaFunctions: s3.BucketNotificationLambdaFunctionArray{&s3.BucketNotificationLambdaFunctionArgs{
					LambdaFunctionArn: p.Thumbnailer.Function.Arn,
					Events:            pulumi.ToStringArray([]string{"s3:ObjectCreated:*"}),
					FilterPrefix:      pulumi.String("uploads/"),
				}},
			})
			return err
		}},
		"the notification has no function": {"notificationFiltered", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Trigger.Notification, err = s3.NewBucketNotification(ctx, "bad", &s3.BucketNotificationArgs{Bucket: p.Source.Bucket.ID()})
			return err
		}},
		"every bucket may invoke": {"notificationPermitted", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Trigger.Permission, err = lambda.NewPermission(ctx, "bad", &lambda.PermissionArgs{
				Action:    pulumi.String("lambda:InvokeFunction"),
				Function:  p.Thumbnailer.Function.Name,
				Principal: pulumi.String("s3.amazonaws.com"),
			})
			return err
		}},
		"an alarm's actions are off": {"alarmsWired", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Monitoring.Alarms["errors"], err = cloudwatch.NewMetricAlarm(ctx, "bad", &cloudwatch.MetricAlarmArgs{
				ComparisonOperator: pulumi.String("GreaterThanThreshold"), EvaluationPeriods: pulumi.Int(1),
				Dimensions:     pulumi.StringMap{"FunctionName": p.Thumbnailer.Function.Name},
				AlarmActions:   pulumi.Array{p.Monitoring.Topic.Arn},
				ActionsEnabled: pulumi.Bool(false),
			})
			return err
		}},
		"an alarm that comes later has no action": {"alarmsWired", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Monitoring.Alarms["idle"], err = cloudwatch.NewMetricAlarm(ctx, "bad", &cloudwatch.MetricAlarmArgs{
				ComparisonOperator: pulumi.String("GreaterThanThreshold"), EvaluationPeriods: pulumi.Int(1),
			})
			return err
		}},
		"an alarm has no action": {"alarmsWired", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Monitoring.Alarms["dead-letters"], err = cloudwatch.NewMetricAlarm(ctx, "bad", &cloudwatch.MetricAlarmArgs{
				ComparisonOperator: pulumi.String("GreaterThanThreshold"), EvaluationPeriods: pulumi.Int(1),
				Dimensions: pulumi.StringMap{"QueueName": p.DeadLetterQueue.Queue.Name},
			})
			return err
		}},
		"an alarm watches another function": {"alarmsWired", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Monitoring.Alarms["errors"], err = cloudwatch.NewMetricAlarm(ctx, "bad", &cloudwatch.MetricAlarmArgs{
				ComparisonOperator: pulumi.String("GreaterThanThreshold"), EvaluationPeriods: pulumi.Int(1),
				Dimensions:   pulumi.StringMap{"FunctionName": pulumi.String("another")},
				AlarmActions: pulumi.Array{p.Monitoring.Topic.Arn},
			})
			return err
		}},
		"nobody reads the topic": {"alarmsWired", func(ctx *pulumi.Context, p *validation.Pipeline) (err error) {
			p.Monitoring.Subscription, err = sns.NewTopicSubscription(ctx, "bad", &sns.TopicSubscriptionArgs{
				Topic:    pulumi.String("arn:aws:sns:eu-west-1:123456789012:another"),
				Protocol: pulumi.String("email"),
				Endpoint: pulumi.String("ops@example.com"),
			})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, []string{test.want}, check(t, test.change))
		})
	}
}

func TestRequireFailsWithTheNamesOfAllThatDoNotHold(t *testing.T) {
	t.Parallel()
	_, err := stacktest.Run(t, nil, func(ctx *pulumi.Context) error {
		ctx.Export("ready", validation.Require(pulumi.BoolMap{
			"good": pulumi.Bool(true), "worse": pulumi.Bool(false), "bad": pulumi.Bool(false),
		}))
		return nil
	})
	require.ErrorContains(t, err, "the deployed stack fails its validations: bad, worse")
}

func TestRequireIsTrueWhenAllHold(t *testing.T) {
	t.Parallel()
	_, err := stacktest.Run(t, nil, func(ctx *pulumi.Context) error {
		ready, err := stacktest.Await(ctx, validation.Require(pulumi.BoolMap{"good": pulumi.Bool(true)}))
		assert.Equal(t, true, ready)
		return err
	})
	require.NoError(t, err)
}
