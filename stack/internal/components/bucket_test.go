package components_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

func runBucket(t *testing.T) *stacktest.Recorder {
	t.Helper()
	return run(t, "pipeguard:stack:Bucket", func(ctx *pulumi.Context) error {
		_, err := components.NewBucket(ctx, "source", &components.BucketArgs{
			Scope:      stacktest.Scope,
			BucketName: "pictures",
			KeyArn:     pulumi.String(stacktest.KeyARN),
		})
		return err
	})
}

func TestBucketTakesNothingButItsName(t *testing.T) {
	t.Parallel()
	bucket := runBucket(t).One(t, "aws:s3/bucketV2:BucketV2", "source")
	assert.Equal(t, map[string]any{"bucket": "pictures"}, bucket.Inputs)
}

func TestBucketIsHardenedByResourcesOfItsOwn(t *testing.T) {
	t.Parallel()
	recorder := runBucket(t)
	for token, want := range map[string]map[string]any{
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
			"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
		},
		"aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
			"rule": map[string]any{"objectOwnership": "BucketOwnerEnforced"},
		},
		"aws:s3/bucketVersioningV2:BucketVersioningV2": {
			"versioningConfiguration": map[string]any{"status": "Enabled"},
		},
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {
			"rules": []any{map[string]any{
				"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": stacktest.KeyARN},
				"bucketKeyEnabled":                   true,
			}},
		},
	} {
		want["bucket"] = "pictures"
		assert.Equal(t, want, recorder.One(t, token, "source").Inputs, token)
	}
}

func TestBucketRefusesPlainText(t *testing.T) {
	t.Parallel()
	bucketPolicy := runBucket(t).One(t, "aws:s3/bucketPolicy:BucketPolicy", "source")
	assert.Equal(t, "pictures", bucketPolicy.Inputs["bucket"])
	assert.Equal(t, map[string]map[string]any{"DenyPlainText": {
		"Sid":       "DenyPlainText",
		"Effect":    "Deny",
		"Principal": map[string]any{"AWS": []any{"*"}},
		"Action":    []any{"s3:*"},
		"Resource":  []any{"arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": []any{"false"}}},
	}}, bucketPolicy.Statements(t, "policy"))
	assertDependsOn(t, bucketPolicy, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "source")
}
