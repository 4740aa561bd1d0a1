package components_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

func runThumbnailer(t *testing.T, concurrency int) *stacktest.Recorder {
	t.Helper()
	return run(t, "pipeguard:stack:Thumbnailer", func(ctx *pulumi.Context) error {
		queue, err := newQueue(ctx)
		if err != nil {
			return err
		}
		_, err = components.NewThumbnailer(ctx, "maker", &components.ThumbnailerArgs{
			Scope:               stacktest.Scope,
			FunctionName:        "thumbnailer",
			CodeArchive:         "build/thumbnail.zip",
			CodeHash:            "aGFzaA==",
			MemorySize:          1000,
			EphemeralStorage:    600,
			Timeout:             45,
			ReservedConcurrency: concurrency,
			RetryAttempts:       1,
			MaximumEventAge:     120,
			LogRetentionDays:    14,
			LogLevel:            "WARN",
			Environment:         map[string]string{"JPEG_QUALITY": "70"},
			SourceBucket:        "in",
			SourcePrefix:        "uploads/",
			DestinationBucket:   "out",
			DestinationPrefix:   "thumbnails/",
			DeadLetterQueue:     queue,
			KeyArn:              pulumi.String(stacktest.KeyARN),
		})
		return err
	})
}

func TestThumbnailerDeclaresItsFunctionInFull(t *testing.T) {
	t.Parallel()
	recorder := runThumbnailer(t, 5)
	function := recorder.One(t, "aws:lambda/function:Function", "maker")

	code, ok := function.Inputs["code"].(*resource.Archive)
	require.True(t, ok, "code is %T", function.Inputs["code"])
	assert.Equal(t, "build/thumbnail.zip", code.Path)
	delete(function.Inputs, "code")
	assert.Equal(t, map[string]any{
		"name":                         "thumbnailer",
		"description":                  "Makes JPEG thumbnails of uploaded images",
		"runtime":                      "provided.al2023",
		"architectures":                []any{"arm64"},
		"handler":                      "bootstrap",
		"role":                         "arn:aws:iam::123456789012:role/maker-id",
		"memorySize":                   1000.0,
		"timeout":                      45.0,
		"sourceCodeHash":               "aGFzaA==",
		"ephemeralStorage":             map[string]any{"size": 600.0},
		"reservedConcurrentExecutions": 5.0,
		"kmsKeyArn":                    stacktest.KeyARN,
		"tracingConfig":                map[string]any{"mode": "Active"},
		"environment": map[string]any{"variables": map[string]any{
			"SOURCE_PREFIX":      "uploads/",
			"DESTINATION_BUCKET": "out",
			"DESTINATION_PREFIX": "thumbnails/",
			"KMS_KEY_ARN":        stacktest.KeyARN,
			"JPEG_QUALITY":       "70",
			"GOMEMLIMIT":         "900MiB",
		}},
		"loggingConfig": map[string]any{
			"logFormat": "JSON", "applicationLogLevel": "WARN", "systemLogLevel": "INFO", "logGroup": "/aws/lambda/thumbnailer",
		},
	}, function.Inputs)
	// Lambda checks the role when the function is created.
	assertDependsOn(t, function, "aws:iam/rolePolicy:RolePolicy", "maker-work")
	assertDependsOn(t, function, "aws:iam/rolePolicy:RolePolicy", "maker-key")
}

// The function's own deadLetterConfig would store every event a second time.
func TestThumbnailerSendsWhatFailsToTheQueueOnce(t *testing.T) {
	t.Parallel()
	recorder := runThumbnailer(t, 5)
	assert.Equal(t, map[string]any{
		"functionName":             "thumbnailer",
		"maximumRetryAttempts":     1.0,
		"maximumEventAgeInSeconds": 120.0,
		"destinationConfig": map[string]any{"onFailure": map[string]any{
			"destination": "arn:aws:sqs:eu-west-1:123456789012:given-queue",
		}},
	}, recorder.One(t, "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "maker").Inputs)
	assert.NotContains(t, recorder.One(t, "aws:lambda/function:Function", "maker").Inputs, "deadLetterConfig")
}

func TestThumbnailerReservesNothingWhenConfiguredSo(t *testing.T) {
	t.Parallel()
	function := runThumbnailer(t, 0).One(t, "aws:lambda/function:Function", "maker")
	assert.Equal(t, -1.0, function.Inputs["reservedConcurrentExecutions"], "0 would stop the function")
}

func TestThumbnailerOwnsItsLog(t *testing.T) {
	t.Parallel()
	assert.Equal(t, map[string]any{
		"name":            "/aws/lambda/thumbnailer",
		"retentionInDays": 14.0,
		"kmsKeyId":        stacktest.KeyARN,
	}, runThumbnailer(t, 5).One(t, "aws:cloudwatch/logGroup:LogGroup", "maker").Inputs)
}

func TestThumbnailerMayDoItsWorkAndNothingElse(t *testing.T) {
	t.Parallel()
	recorder := runThumbnailer(t, 5)
	allow := func(sid string, actions []any, resource string) map[string]any {
		return map[string]any{"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": []any{resource}}
	}
	work := recorder.One(t, "aws:iam/rolePolicy:RolePolicy", "maker-work")
	assert.Equal(t, "maker-id", work.Inputs["role"])
	assert.Equal(t, map[string]map[string]any{
		"ReadOriginals":   allow("ReadOriginals", []any{"s3:GetObject", "s3:GetObjectVersion"}, "arn:aws:s3:::in/uploads/*"),
		"WriteThumbnails": allow("WriteThumbnails", []any{"s3:PutObject"}, "arn:aws:s3:::out/thumbnails/*"),
		"SendDeadLetters": allow("SendDeadLetters", []any{"sqs:SendMessage"}, "arn:aws:sqs:eu-west-1:123456789012:given-queue"),
		"WriteLog": allow(
			"WriteLog", []any{"logs:CreateLogStream", "logs:PutLogEvents"},
			"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/thumbnailer:*",
		),
		"SendTraces": allow("SendTraces", []any{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}, "*"),
	}, work.Statements(t, "policy"))

	key := recorder.One(t, "aws:iam/rolePolicy:RolePolicy", "maker-key")
	assert.Equal(t, "maker-id", key.Inputs["role"])
	useKey := allow("UseKey", []any{"kms:Decrypt", "kms:GenerateDataKey"}, stacktest.KeyARN)
	useKey["Condition"] = map[string]any{"StringEquals": map[string]any{
		"kms:ViaService": []any{"lambda.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"},
	}}
	assert.Equal(t, map[string]map[string]any{"UseKey": useKey}, key.Statements(t, "policy"))
}

func TestThumbnailersRoleIsForLambdaAlone(t *testing.T) {
	t.Parallel()
	role := runThumbnailer(t, 5).One(t, "aws:iam/role:Role", "maker")
	assert.Equal(t, map[string]map[string]any{"Assume": {
		"Sid":       "Assume",
		"Effect":    "Allow",
		"Principal": map[string]any{"Service": []any{"lambda.amazonaws.com"}},
		"Action":    []any{"sts:AssumeRole"},
	}}, role.Statements(t, "assumeRolePolicy"))
}
