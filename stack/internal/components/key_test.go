package components_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

func runKey(t *testing.T) *stacktest.Recorder {
	t.Helper()
	return run(t, "pipeguard:stack:Key", func(ctx *pulumi.Context) error {
		_, err := components.NewKey(ctx, "key", &components.KeyArgs{
			Scope:     stacktest.Scope,
			AliasName: "pictures",
			Buckets:   []string{"in", "out"},
			LogGroup:  "/aws/lambda/thumbnailer",
			Protect:   true,
		})
		return err
	})
}

func TestKeyRotatesAndCanBeBroughtBack(t *testing.T) {
	t.Parallel()
	recorder := runKey(t)
	key := recorder.One(t, "aws:kms/key:Key", "key")
	assert.Equal(t, true, key.Inputs["enableKeyRotation"])
	assert.Equal(t, 30.0, key.Inputs["deletionWindowInDays"])
	assert.True(t, key.Protect)
	alias := recorder.One(t, "aws:kms/alias:Alias", "key")
	assert.Equal(t, "alias/pictures", alias.Inputs["name"])
	assert.Equal(t, "key-id", alias.Inputs["targetKeyId"])
}

func TestKeyPolicyNamesExactlyItsUsersAndNarrowsEach(t *testing.T) {
	t.Parallel()
	statements := runKey(t).One(t, "aws:kms/key:Key", "key").Statements(t, "policy")

	account := map[string]any{"aws:SourceAccount": []any{"123456789012"}}
	use := []any{"kms:Decrypt", "kms:GenerateDataKey*"}
	want := map[string]struct {
		principal map[string]any
		actions   []any
		condition any
	}{
		"Administer": {
			map[string]any{"AWS": []any{"arn:aws:iam::123456789012:root"}},
			[]any{"kms:*"},
			nil,
		},
		"Buckets": {
			map[string]any{"Service": []any{"s3.amazonaws.com"}},
			use,
			map[string]any{"StringEquals": account, "ArnLike": map[string]any{"aws:SourceArn": []any{"arn:aws:s3:::in", "arn:aws:s3:::out"}}},
		},
		"Alarms": {
			map[string]any{"Service": []any{"cloudwatch.amazonaws.com"}},
			use,
			map[string]any{"StringEquals": account, "ArnLike": map[string]any{"aws:SourceArn": []any{"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"}}},
		},
		"Topics": {
			map[string]any{"Service": []any{"sns.amazonaws.com"}},
			use,
			map[string]any{"StringEquals": account},
		},
		"Queues": {
			map[string]any{"Service": []any{"sqs.amazonaws.com"}},
			use,
			map[string]any{"StringEquals": account},
		},
		"Logs": {
			map[string]any{"Service": []any{"logs.eu-west-1.amazonaws.com"}},
			[]any{"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"},
			map[string]any{"ArnEquals": map[string]any{
				"kms:EncryptionContext:aws:logs:arn": []any{"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/thumbnailer"},
			}},
		},
	}
	assert.Len(t, statements, len(want))
	for sid, expected := range want {
		statement := statements[sid]
		assert.Equal(t, "Allow", statement["Effect"], sid)
		assert.Equal(t, expected.principal, statement["Principal"], sid)
		assert.Equal(t, expected.actions, statement["Action"], sid)
		assert.Equal(t, []any{"*"}, statement["Resource"], sid)
		assert.Equal(t, expected.condition, statement["Condition"], sid)
	}
}
