package readiness_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/disintegration/imaging"

	"github.com/pipeguard/pipeguard/stack/internal/outputs"
	"github.com/pipeguard/pipeguard/stack/internal/readiness"
)

const (
	keyARN      = "arn:aws:kms:eu-west-1:123456789012:key/1"
	queueARN    = "arn:aws:sqs:eu-west-1:123456789012:letters"
	topicARN    = "arn:aws:sns:eu-west-1:123456789012:alarms"
	functionARN = "arn:aws:lambda:eu-west-1:123456789012:function:maker"
	tlsOnly     = `{"Statement":[{"Effect":"Deny","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
)

func deployed() outputs.Outputs {
	return outputs.Outputs{
		Region:             "eu-west-1",
		SourceBucket:       "in",
		DestinationBucket:  "out",
		LogBucket:          "logs",
		UploadPrefix:       "uploads/",
		UploadSuffixes:     []string{".webp", ".PNG"},
		ThumbnailPrefix:    "thumbnails/",
		ThumbnailSizes:     []string{"200x200", "1000x1000"},
		FunctionName:       "maker",
		CodeHash:           "aGFzaA==",
		DeadLetterQueueURL: "https://sqs.eu-west-1.amazonaws.com/123456789012/letters",
		DeadLetterQueueARN: queueARN,
		AlarmTopicARN:      topicARN,
		Alarms:             map[string]string{"errors": "maker-errors", "idle": "maker-idle"},
		Dashboard:          "maker",
		KeyARN:             keyARN,
		Validations:        map[string]bool{"keyRotates": true},
	}
}

// account is an AWS account with the stack in it, without a fault until a test
// changes something. It answers as AWS does, and makes thumbnails of uploads.
type account struct {
	block        *types.PublicAccessBlockConfiguration
	encryption   map[string]*types.ServerSideEncryptionConfiguration
	versioning   types.BucketVersioningStatus
	bucketPolicy string
	logging      *types.LoggingEnabled
	notification []types.LambdaFunctionConfiguration
	key          kmstypes.KeyState
	rotates      bool
	queue        map[string]string
	function     *lambdatypes.FunctionConfiguration
	destinations *lambdatypes.DestinationConfig
	topic        map[string]string
	subscribers  []string
	alarms       []cloudwatchtypes.MetricAlarm
	// denied makes every call fail.
	denied error
	// objects are the objects by bucket and key; put triggers what follows from
	// an upload.
	objects map[string]*s3.GetObjectOutput
	put     func(a *account, key string, picture image.Image)
}

func newAccount() *account {
	kmsRule := func() *types.ServerSideEncryptionConfiguration {
		return &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{{
			BucketKeyEnabled: aws.Bool(true),
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
				SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String(keyARN),
			},
		}}}
	}
	notify := func(suffix string) types.LambdaFunctionConfiguration {
		return types.LambdaFunctionConfiguration{
			LambdaFunctionArn: aws.String(functionARN),
			Events:            []types.Event{"s3:ObjectCreated:*"},
			Filter: &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: []types.FilterRule{
				{Name: "Prefix", Value: aws.String("uploads/")}, {Name: "Suffix", Value: aws.String(suffix)},
			}}},
		}
	}
	alarm := func(name string) cloudwatchtypes.MetricAlarm {
		return cloudwatchtypes.MetricAlarm{
			AlarmName: aws.String(name), ActionsEnabled: aws.Bool(true), AlarmActions: []string{topicARN},
			StateValue: cloudwatchtypes.StateValueInsufficientData,
		}
	}
	return &account{
		block: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true),
			IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
		encryption: map[string]*types.ServerSideEncryptionConfiguration{
			"in": kmsRule(), "out": kmsRule(),
			"logs": {Rules: []types.ServerSideEncryptionRule{{
				ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256},
			}}},
		},
		versioning:   types.BucketVersioningStatusEnabled,
		bucketPolicy: tlsOnly,
		logging:      &types.LoggingEnabled{TargetBucket: aws.String("logs")},
		notification: []types.LambdaFunctionConfiguration{notify(".webp"), notify(".PNG")},
		key:          kmstypes.KeyStateEnabled,
		rotates:      true,
		queue: map[string]string{
			"KmsMasterKeyId": keyARN, "MessageRetentionPeriod": "1209600", "ApproximateNumberOfMessages": "0",
			"Policy": strings.Replace(tlsOnly, `"false"`, `["false"]`, 1),
		},
		function: &lambdatypes.FunctionConfiguration{
			State: lambdatypes.StateActive, LastUpdateStatus: lambdatypes.LastUpdateStatusSuccessful,
			CodeSha256: aws.String("aGFzaA=="), KMSKeyArn: aws.String(keyARN),
			TracingConfig: &lambdatypes.TracingConfigResponse{Mode: lambdatypes.TracingModeActive},
			LoggingConfig: &lambdatypes.LoggingConfig{LogFormat: lambdatypes.LogFormatJson},
		},
		destinations: &lambdatypes.DestinationConfig{OnFailure: &lambdatypes.OnFailure{Destination: aws.String(queueARN)}},
		topic:        map[string]string{"KmsMasterKeyId": keyARN},
		subscribers:  []string{topicARN + ":1"},
		alarms:       []cloudwatchtypes.MetricAlarm{alarm("maker-errors"), alarm("maker-idle")},
		objects:      map[string]*s3.GetObjectOutput{},
		put:          makeThumbnails,
	}
}

func (a *account) stack() readiness.Stack {
	return readiness.Stack{
		Outputs: deployed(), ID: "test", Poll: time.Millisecond,
		Clients: readiness.Clients{S3: a, KMS: a, SQS: a, Lambda: a, CloudWatch: a, SNS: a},
	}
}

// makeThumbnails does the function's work: a box that is larger than the image
// leaves the image unchanged.
func makeThumbnails(a *account, key string, picture image.Image) {
	name := strings.TrimPrefix(key, "uploads/")
	a.write("thumbnails/200x200/"+name, imaging.Fit(picture, 200, 200, imaging.Box))
	a.write("thumbnails/1000x1000/"+name, picture)
}

// write stores an image in the destination bucket, as the function does.
func (a *account) write(key string, picture image.Image) *s3.GetObjectOutput {
	var content bytes.Buffer
	if err := jpeg.Encode(&content, picture, nil); err != nil {
		panic(err)
	}
	object := &s3.GetObjectOutput{
		Body: io.NopCloser(&content), ContentType: aws.String("image/jpeg"),
		ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: aws.String(keyARN),
	}
	a.objects["out/"+key] = object
	return object
}

func (a *account) GetPublicAccessBlock(context.Context, *s3.GetPublicAccessBlockInput, ...func(*s3.Options)) (*s3.GetPublicAccessBlockOutput, error) {
	return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: a.block}, a.denied
}

func (a *account) GetBucketEncryption(_ context.Context, input *s3.GetBucketEncryptionInput, _ ...func(*s3.Options)) (*s3.GetBucketEncryptionOutput, error) {
	return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: a.encryption[aws.ToString(input.Bucket)]}, a.denied
}

func (a *account) GetBucketVersioning(context.Context, *s3.GetBucketVersioningInput, ...func(*s3.Options)) (*s3.GetBucketVersioningOutput, error) {
	return &s3.GetBucketVersioningOutput{Status: a.versioning}, a.denied
}

func (a *account) GetBucketPolicy(context.Context, *s3.GetBucketPolicyInput, ...func(*s3.Options)) (*s3.GetBucketPolicyOutput, error) {
	return &s3.GetBucketPolicyOutput{Policy: aws.String(a.bucketPolicy)}, a.denied
}

func (a *account) GetBucketLogging(context.Context, *s3.GetBucketLoggingInput, ...func(*s3.Options)) (*s3.GetBucketLoggingOutput, error) {
	return &s3.GetBucketLoggingOutput{LoggingEnabled: a.logging}, a.denied
}

func (a *account) GetBucketNotificationConfiguration(context.Context, *s3.GetBucketNotificationConfigurationInput, ...func(*s3.Options)) (*s3.GetBucketNotificationConfigurationOutput, error) {
	return &s3.GetBucketNotificationConfigurationOutput{LambdaFunctionConfigurations: a.notification}, a.denied
}

func (a *account) PutObject(_ context.Context, input *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if a.denied != nil {
		return nil, a.denied
	}
	key := aws.ToString(input.Key)
	a.objects[aws.ToString(input.Bucket)+"/"+key] = &s3.GetObjectOutput{}
	picture, _, err := image.Decode(input.Body)
	if err != nil {
		return nil, fmt.Errorf("uploaded %s: %w", key, err)
	}
	a.put(a, key, picture)
	return &s3.PutObjectOutput{}, nil
}

func (a *account) GetObject(_ context.Context, input *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	if object, there := a.objects[aws.ToString(input.Bucket)+"/"+aws.ToString(input.Key)]; there {
		return object, nil
	}
	return nil, &types.NoSuchKey{}
}

func (a *account) ListObjectVersions(_ context.Context, input *s3.ListObjectVersionsInput, _ ...func(*s3.Options)) (*s3.ListObjectVersionsOutput, error) {
	output := &s3.ListObjectVersionsOutput{}
	for _, key := range slices.Sorted(maps.Keys(a.objects)) {
		if rest, ok := strings.CutPrefix(key, aws.ToString(input.Bucket)+"/"); ok && strings.HasPrefix(rest, aws.ToString(input.Prefix)) {
			output.Versions = append(output.Versions, types.ObjectVersion{Key: aws.String(rest), VersionId: aws.String("v1")})
		}
	}
	return output, a.denied
}

func (a *account) DeleteObject(ctx context.Context, input *s3.DeleteObjectInput, _ ...func(*s3.Options)) (*s3.DeleteObjectOutput, error) {
	if aws.ToString(input.VersionId) == "v1" && ctx.Err() == nil {
		delete(a.objects, aws.ToString(input.Bucket)+"/"+aws.ToString(input.Key))
	}
	return &s3.DeleteObjectOutput{}, ctx.Err()
}

func (a *account) DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{KeyState: a.key}}, a.denied
}

func (a *account) GetKeyRotationStatus(context.Context, *kms.GetKeyRotationStatusInput, ...func(*kms.Options)) (*kms.GetKeyRotationStatusOutput, error) {
	return &kms.GetKeyRotationStatusOutput{KeyRotationEnabled: a.rotates}, a.denied
}

func (a *account) GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	return &sqs.GetQueueAttributesOutput{Attributes: a.queue}, a.denied
}

func (a *account) GetFunction(context.Context, *lambda.GetFunctionInput, ...func(*lambda.Options)) (*lambda.GetFunctionOutput, error) {
	return &lambda.GetFunctionOutput{Configuration: a.function}, a.denied
}

func (a *account) GetFunctionEventInvokeConfig(context.Context, *lambda.GetFunctionEventInvokeConfigInput, ...func(*lambda.Options)) (*lambda.GetFunctionEventInvokeConfigOutput, error) {
	return &lambda.GetFunctionEventInvokeConfigOutput{DestinationConfig: a.destinations}, a.denied
}

func (a *account) GetTopicAttributes(context.Context, *sns.GetTopicAttributesInput, ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error) {
	return &sns.GetTopicAttributesOutput{Attributes: a.topic}, a.denied
}

// ListSubscriptionsByTopic returns one subscription per page.
func (a *account) ListSubscriptionsByTopic(_ context.Context, input *sns.ListSubscriptionsByTopicInput, _ ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error) {
	page := len(aws.ToString(input.NextToken))
	output := &sns.ListSubscriptionsByTopicOutput{}
	if page < len(a.subscribers) {
		output.Subscriptions = []snstypes.Subscription{{SubscriptionArn: aws.String(a.subscribers[page])}}
	}
	if page+1 < len(a.subscribers) {
		output.NextToken = aws.String(strings.Repeat("n", page+1))
	}
	return output, a.denied
}

func (a *account) DescribeAlarms(_ context.Context, input *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	output := &cloudwatch.DescribeAlarmsOutput{}
	for _, alarm := range a.alarms {
		if slices.Contains(input.AlarmNames, aws.ToString(alarm.AlarmName)) {
			output.MetricAlarms = append(output.MetricAlarms, alarm)
		}
	}
	return output, a.denied
}
