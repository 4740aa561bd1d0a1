package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/settings"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
	"github.com/pipeguard/pipeguard/stack/internal/validation"
)

// defaults returns the configuration as the engine passes it on: Pulumi.yaml's
// defaults, the address, which has no default, and an existing archive.
func defaults(t *testing.T) map[string]string {
	t.Helper()
	project, err := workspace.LoadProject("Pulumi.yaml")
	require.NoError(t, err)
	config := map[string]string{}
	for key, declared := range project.Config {
		if declared.Default != nil {
			value, err := json.Marshal(declared.Default)
			require.NoError(t, err)
			config["image-pipeline:"+key] = strings.Trim(string(value), `"`)
		}
	}
	archive := filepath.Join(t.TempDir(), "thumbnail.zip")
	require.NoError(t, os.WriteFile(archive, nil, 0o600))
	config["image-pipeline:alarmEmail"] = "ops@example.com"
	config["image-pipeline:codeArchive"] = archive
	return config
}

func TestProgramDeclaresThePipelineFromItsDefaults(t *testing.T) {
	t.Parallel()
	recorder, err := stacktest.Run(t, defaults(t), program)
	require.NoError(t, err)

	tokens := map[string]int{}
	for _, resource := range recorder.Resources() {
		tokens[resource.Type]++
	}
	assert.Equal(t, map[string]int{
		"pipeguard:stack:Key":                                    1,
		"pipeguard:stack:Bucket":                                 3,
		"pipeguard:stack:DeadLetterQueue":                        1,
		"pipeguard:stack:Thumbnailer":                            1,
		"pipeguard:stack:UploadTrigger":                          1,
		"pipeguard:stack:Monitoring":                             1,
		"aws:kms/key:Key":                                        1,
		"aws:kms/alias:Alias":                                    1,
		"aws:s3/bucketV2:BucketV2":                               3,
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 3,
		"aws:s3/bucketOwnershipControls:BucketOwnershipControls": 3,
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": 3,
		"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               3,
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       3,
		"aws:s3/bucketPolicy:BucketPolicy":                                                           3,
		"aws:s3/bucketLoggingV2:BucketLoggingV2":                                                     2,
		"aws:s3/bucketMetric:BucketMetric":                                                           1,
		"aws:s3/bucketNotification:BucketNotification":                                               1,
		"aws:sqs/queue:Queue":                                                                        1,
		"aws:sqs/queuePolicy:QueuePolicy":                                                            1,
		"aws:cloudwatch/logGroup:LogGroup":                                                           1,
		"aws:cloudwatch/metricAlarm:MetricAlarm":                                                     7,
		"aws:cloudwatch/dashboard:Dashboard":                                                         1,
		"aws:iam/role:Role":                                                                          1,
		"aws:iam/rolePolicy:RolePolicy":                                                              2,
		"aws:lambda/function:Function":                                                               1,
		"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig":                             1,
		"aws:lambda/permission:Permission":                                                           1,
		"aws:sns/topic:Topic":                                                                        1,
		"aws:sns/topicPolicy:TopicPolicy":                                                            1,
		"aws:sns/topicSubscription:TopicSubscription":                                                1,
	}, tokens)

	function := recorder.One(t, "aws:lambda/function:Function", "thumbnailer").Inputs
	assert.Equal(t, 1024.0, function["memorySize"])
	assert.Equal(t, 60.0, function["timeout"])
	assert.Subset(t, function["environment"].(map[string]any)["variables"], map[string]any{
		"DESTINATION_BUCKET": "image-pipeline-test-acme-thumbnails-123456789012", "THUMBNAIL_SIZES": "200x200", "JPEG_QUALITY": "85", "BACKGROUND_COLOR": "#ffffff",
	})
	assert.Equal(t, 30.0, recorder.One(t, "aws:cloudwatch/logGroup:LogGroup", "thumbnailer").Inputs["retentionInDays"])
	notification := recorder.One(t, "aws:s3/bucketNotification:BucketNotification", "uploads").Inputs
	assert.Equal(t, "image-pipeline-test-acme-source-123456789012", notification["bucket"])
	targets := notification["lambdaFunctions"].([]any)
	assert.Len(t, targets, 11)
	assert.Subset(t, targets[0], map[string]any{"filterPrefix": "uploads/", "filterSuffix": ".jpg"})
}

func TestProgramProtectsWhatCannotBeReplacedInProduction(t *testing.T) {
	t.Parallel()
	config := defaults(t)
	for pattern, want := range map[string][]string{
		"prod*": nil,
		stacktest.Scope.Stack: {
			"aws:kms/key:Key key",
			"aws:s3/bucketV2:BucketV2 destination", "aws:s3/bucketV2:BucketV2 logs", "aws:s3/bucketV2:BucketV2 source",
			"aws:sqs/queue:Queue dead-letters",
		},
	} {
		config["image-pipeline:protectedStacks"] = pattern
		recorder, err := stacktest.Run(t, config, program)
		require.NoError(t, err)
		var protected []string
		for _, resource := range recorder.Resources() {
			if resource.Protect {
				protected = append(protected, resource.Type+" "+resource.Name)
			}
		}
		assert.Equal(t, want, protected, pattern)
	}
}

func TestProgramsChecksAllHold(t *testing.T) {
	t.Parallel()
	_, err := stacktest.Run(t, defaults(t), func(ctx *pulumi.Context) error {
		config, err := settings.Load(ctx)
		if err != nil {
			return err
		}
		scope, err := naming.Lookup(ctx)
		if err != nil {
			return err
		}
		pipeline, err := declare(ctx, config, scope)
		if err != nil {
			return err
		}
		for name, check := range validation.Checks(pipeline) {
			holds, err := stacktest.Await(ctx, check.ToBoolOutput())
			if err != nil {
				return err
			}
			assert.Equal(t, true, holds, name)
		}
		return nil
	})
	require.NoError(t, err)
}

func TestProgramStopsAtAWrongSettingBeforeItDeclaresAnything(t *testing.T) {
	t.Parallel()
	config := defaults(t)
	config["image-pipeline:timeout"] = "3600"
	recorder, err := stacktest.Run(t, config, program)
	require.ErrorContains(t, err, "configuration timeout")
	require.ErrorContains(t, err, "1 to 900")
	assert.Empty(t, recorder.Resources())
}

// The example configuration must be enough for a preview.
func TestDevStackSetsEveryKeyWithoutADefault(t *testing.T) {
	t.Parallel()
	project, err := workspace.LoadProject("Pulumi.yaml")
	require.NoError(t, err)
	content, err := os.ReadFile("Pulumi.dev.yaml")
	require.NoError(t, err)
	for key, declared := range project.Config {
		if declared.Default == nil {
			assert.Contains(t, string(content), "\n  "+project.Name.String()+":"+key+": ", key)
		}
		assert.NotEmpty(t, declared.Description, key)
		assert.True(t, declared.IsExplicitlyTyped(), key)
	}
}
