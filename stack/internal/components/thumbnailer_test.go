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

func runThumbnailer(t *testing.T) *stacktest.Recorder {
	t.Helper()
	return run(t, "pipeguard:stack:Thumbnailer", func(ctx *pulumi.Context) error {
		queue, err := newQueue(ctx)
		if err != nil {
			return err
		}
		_, err = components.NewThumbnailer(ctx, "maker", &components.ThumbnailerArgs{
			Scope:             stacktest.Scope,
			FunctionName:      "thumbnailer",
			CodeArchive:       "build/thumbnail.zip",
			MemorySize:        1000,
			Timeout:           45,
			LogRetentionDays:  14,
			MaxWidth:          320,
			MaxHeight:         240,
			SourceBucket:      "in",
			SourcePrefix:      "uploads/",
			DestinationBucket: "out",
			DestinationPrefix: "thumbnails/",
			DeadLetterQueue: &components.DeadLetterQueue{
				Queue:       queue,
				ExpectedARN: "arn:aws:sqs:eu-west-1:123456789012:given-queue",
			},
			KeyArn: pulumi.String(stacktest.KeyARN),
		})
		return err
	})
}

func TestThumbnailerDeclaresItsFunctionInFull(t *testing.T) {
	t.Parallel()
	recorder := runThumbnailer(t)
	function := recorder.One(t, "aws:lambda/function:Function", "maker")

	code, ok := function.Inputs["code"].(*resource.Archive)
	require.True(t, ok, "code is %T", function.Inputs["code"])
	assert.Equal(t, "build/thumbnail.zip", code.Path)
	delete(function.Inputs, "code")
	assert.Equal(t, map[string]any{
		"name":          "thumbnailer",
		"description":   "Makes JPEG thumbnails of uploaded images",
		"runtime":       "provided.al2023",
		"architectures": []any{"arm64"},
		"handler":       "bootstrap",
		"role":          "arn:aws:iam::123456789012:role/maker-id",
		"memorySize":    1000.0,
		"timeout":       45.0,
		"environment": map[string]any{"variables": map[string]any{
			"SOURCE_PREFIX":      "uploads/",
			"DESTINATION_BUCKET": "out",
			"DESTINATION_PREFIX": "thumbnails/",
			"KMS_KEY_ARN":        stacktest.KeyARN,
			"MAX_WIDTH":          "320",
			"MAX_HEIGHT":         "240",
			"GOMEMLIMIT":         "900MiB",
		}},
		"deadLetterConfig": map[string]any{"targetArn": "arn:aws:sqs:eu-west-1:123456789012:given-queue"},
		"loggingConfig":    map[string]any{"logFormat": "JSON", "logGroup": "/aws/lambda/thumbnailer"},
	}, function.Inputs)
	// Lambda checks the role when the function is made.
	assertDependsOn(t, function, "aws:iam/rolePolicy:RolePolicy", "maker-work")
	assertDependsOn(t, function, "aws:iam/rolePolicy:RolePolicy", "maker-key")
}

func TestThumbnailerOwnsItsLog(t *testing.T) {
	t.Parallel()
	assert.Equal(t, map[string]any{
		"name":            "/aws/lambda/thumbnailer",
		"retentionInDays": 14.0,
		"kmsKeyId":        stacktest.KeyARN,
	}, runThumbnailer(t).One(t, "aws:cloudwatch/logGroup:LogGroup", "maker").Inputs)
}

func TestThumbnailerMayDoItsWorkAndNothingElse(t *testing.T) {
	t.Parallel()
	recorder := runThumbnailer(t)
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
	}, work.Statements(t, "policy"))

	key := recorder.One(t, "aws:iam/rolePolicy:RolePolicy", "maker-key")
	assert.Equal(t, "maker-id", key.Inputs["role"])
	useKey := allow("UseKey", []any{"kms:Decrypt", "kms:GenerateDataKey"}, stacktest.KeyARN)
	useKey["Condition"] = map[string]any{"StringEquals": map[string]any{
		"kms:ViaService": []any{"s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"},
	}}
	assert.Equal(t, map[string]map[string]any{"UseKey": useKey}, key.Statements(t, "policy"))
}

func TestThumbnailersRoleIsForLambdaAlone(t *testing.T) {
	t.Parallel()
	role := runThumbnailer(t).One(t, "aws:iam/role:Role", "maker")
	assert.Equal(t, map[string]map[string]any{"Assume": {
		"Sid":       "Assume",
		"Effect":    "Allow",
		"Principal": map[string]any{"Service": []any{"lambda.amazonaws.com"}},
		"Action":    []any{"sts:AssumeRole"},
	}}, role.Statements(t, "assumeRolePolicy"))
}
