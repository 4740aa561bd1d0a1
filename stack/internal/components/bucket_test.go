package components_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

// runBuckets declares a bucket of images and the bucket of its access logs.
func runBuckets(t *testing.T) *stacktest.Recorder {
	t.Helper()
	return run(t, "pipeguard:stack:Bucket", func(ctx *pulumi.Context) error {
		logs, err := components.NewBucket(ctx, "logs", &components.BucketArgs{
			Scope: stacktest.Scope, BucketName: "access-logs", LogsOf: []string{"pictures"}, NoncurrentDays: 9,
		})
		if err != nil {
			return err
		}
		_, err = components.NewBucket(ctx, "source", &components.BucketArgs{
			Scope:          stacktest.Scope,
			BucketName:     "pictures",
			KeyArn:         pulumi.String(stacktest.KeyARN),
			LogBucket:      logs,
			ExpirePrefix:   "uploads/",
			ExpireDays:     90,
			NoncurrentDays: 14,
			Protect:        true,
		})
		return err
	})
}

func TestBucketTakesNothingButItsName(t *testing.T) {
	t.Parallel()
	recorder := runBuckets(t)
	source := recorder.One(t, "aws:s3/bucketV2:BucketV2", "source")
	assert.Equal(t, map[string]any{"bucket": "pictures"}, source.Inputs)
	assert.True(t, source.Protect)
	assert.False(t, recorder.One(t, "aws:s3/bucketV2:BucketV2", "logs").Protect)
}

// hardening is what every bucket has, except for its encryption.
var hardening = map[string]map[string]any{
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
		"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
	},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
		"rule": map[string]any{"objectOwnership": "BucketOwnerEnforced"},
	},
	"aws:s3/bucketVersioningV2:BucketVersioningV2": {
		"versioningConfiguration": map[string]any{"status": "Enabled"},
	},
}

func TestBucketIsHardenedByResourcesOfItsOwn(t *testing.T) {
	t.Parallel()
	recorder := runBuckets(t)
	for name, bucket := range map[string]string{"source": "pictures", "logs": "access-logs"} {
		for token, want := range hardening {
			assert.Subset(t, recorder.One(t, token, name).Inputs, want, token)
			assert.Equal(t, bucket, recorder.One(t, token, name).Inputs["bucket"], token)
		}
	}
}

func TestBucketIsEncryptedWithTheKeyOrForLogsWithS3sOwn(t *testing.T) {
	t.Parallel()
	recorder := runBuckets(t)
	const token = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	assert.Equal(t, map[string]any{"bucket": "pictures", "rules": []any{map[string]any{
		"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": stacktest.KeyARN},
		"bucketKeyEnabled":                   true,
	}}}, recorder.One(t, token, "source").Inputs)
	assert.Equal(t, map[string]any{"bucket": "access-logs", "rules": []any{map[string]any{
		"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"},
	}}}, recorder.One(t, token, "logs").Inputs)
}

func TestBucketForgetsWhatNobodyNeeds(t *testing.T) {
	t.Parallel()
	recorder := runBuckets(t)
	rule := func(id, prefix string, rest map[string]any) map[string]any {
		rest["id"], rest["status"], rest["filter"] = id, "Enabled", map[string]any{"prefix": prefix}
		return rest
	}
	rules := func(days float64) []any {
		return []any{
			rule("abort-multipart-uploads", "", map[string]any{
				"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 7.0},
			}),
			rule("expire-old-versions", "", map[string]any{
				"noncurrentVersionExpiration": map[string]any{"noncurrentDays": days},
				"expiration":                  map[string]any{"expiredObjectDeleteMarker": true},
			}),
		}
	}
	const token = "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"
	source := recorder.One(t, token, "source")
	assert.Equal(t, append(rules(14), rule("expire-objects", "uploads/", map[string]any{"expiration": map[string]any{"days": 90.0}})),
		source.Inputs["rules"])
	assertDependsOn(t, source, "aws:s3/bucketVersioningV2:BucketVersioningV2", "source")
	assert.Equal(t, rules(9), recorder.One(t, token, "logs").Inputs["rules"], "without an age nothing expires")
}

func TestBucketRefusesPlainTextAndOtherEncryption(t *testing.T) {
	t.Parallel()
	bucketPolicy := runBuckets(t).One(t, "aws:s3/bucketPolicy:BucketPolicy", "source")
	assert.Equal(t, "pictures", bucketPolicy.Inputs["bucket"])
	statements := bucketPolicy.Statements(t, "policy")
	assert.Len(t, statements, 4)
	assert.Equal(t, map[string]any{
		"Sid":       "DenyPlainText",
		"Effect":    "Deny",
		"Principal": map[string]any{"AWS": []any{"*"}},
		"Action":    []any{"s3:*"},
		"Resource":  []any{"arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": []any{"false"}}},
	}, statements["DenyPlainText"])
	assert.Contains(t, statements, "DenyOtherAlgorithms")
	assert.Contains(t, statements, "DenyCustomerKeys")
	assert.Equal(t, []any{"arn:aws:s3:::pictures/*"}, statements["DenyForeignKeys"]["Resource"])
	assert.Equal(t,
		map[string]any{"s3:x-amz-server-side-encryption-aws-kms-key-id": []any{"arn:aws:kms:eu-west-1:123456789012:key/*"}},
		statements["DenyForeignKeys"]["Condition"].(map[string]any)["StringNotLike"])
	assertDependsOn(t, bucketPolicy, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "source")
}

func TestLogBucketTakesLogsOfTheBucketsNamedAlone(t *testing.T) {
	t.Parallel()
	statements := runBuckets(t).One(t, "aws:s3/bucketPolicy:BucketPolicy", "logs").Statements(t, "policy")
	assert.Len(t, statements, 2)
	assert.Contains(t, statements, "DenyPlainText")
	assert.Equal(t, map[string]any{
		"Sid":       "TakeAccessLogs",
		"Effect":    "Allow",
		"Principal": map[string]any{"Service": []any{"logging.s3.amazonaws.com"}},
		"Action":    []any{"s3:PutObject"},
		"Resource":  []any{"arn:aws:s3:::access-logs/*"},
		"Condition": map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": []any{"123456789012"}},
			"ArnLike":      map[string]any{"aws:SourceArn": []any{"arn:aws:s3:::pictures"}},
		},
	}, statements["TakeAccessLogs"])
}

func TestBucketLogsItsAccessOnceItMay(t *testing.T) {
	t.Parallel()
	logging := runBuckets(t).One(t, "aws:s3/bucketLoggingV2:BucketLoggingV2", "source")
	assert.Equal(t, map[string]any{"bucket": "pictures", "targetBucket": "access-logs", "targetPrefix": "pictures/"}, logging.Inputs)
	assertDependsOn(t, logging, "aws:s3/bucketPolicy:BucketPolicy", "logs")
}
