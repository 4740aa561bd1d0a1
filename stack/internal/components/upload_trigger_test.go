package components_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

func TestUploadTriggerInvokesTheFunctionForUploadsOfThisBucketAlone(t *testing.T) {
	t.Parallel()
	recorder := run(t, "pipeguard:stack:UploadTrigger", func(ctx *pulumi.Context) error {
		bucket, err := newBucket(ctx)
		if err != nil {
			return err
		}
		queue, err := newQueue(ctx)
		if err != nil {
			return err
		}
		thumbnailer, err := newThumbnailer(ctx, queue)
		if err != nil {
			return err
		}
		_, err = components.NewUploadTrigger(ctx, "uploads", &components.UploadTriggerArgs{
			Scope:       stacktest.Scope,
			Bucket:      bucket,
			Thumbnailer: thumbnailer,
			Prefix:      "uploads/",
			Suffixes:    []string{".jpg", ".png"},
		})
		return err
	})

	assert.Equal(t, map[string]any{
		"action":        "lambda:InvokeFunction",
		"function":      "given-function",
		"principal":     "s3.amazonaws.com",
		"sourceArn":     "arn:aws:s3:::given-bucket",
		"sourceAccount": "123456789012",
	}, recorder.One(t, "aws:lambda/permission:Permission", "uploads").Inputs)

	notification := recorder.One(t, "aws:s3/bucketNotification:BucketNotification", "uploads")
	target := func(suffix string) map[string]any {
		return map[string]any{
			"lambdaFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:given-function",
			"events":            []any{"s3:ObjectCreated:*"},
			"filterPrefix":      "uploads/",
			"filterSuffix":      suffix,
		}
	}
	assert.Equal(t, map[string]any{
		"bucket":          "given-bucket",
		"lambdaFunctions": []any{target(".jpg"), target(".png")},
	}, notification.Inputs)
	assertDependsOn(t, notification, "aws:lambda/permission:Permission", "uploads")
	// An event that fails must have somewhere to go from the first one on.
	assertDependsOn(t, notification, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "given")
}
