package components_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

func TestDeadLetterQueueKeepsMessagesEncryptedForTwoWeeks(t *testing.T) {
	t.Parallel()
	recorder := run(t, "pipeguard:stack:DeadLetterQueue", func(ctx *pulumi.Context) error {
		queue, err := components.NewDeadLetterQueue(ctx, "letters", &components.DeadLetterQueueArgs{
			Scope:     stacktest.Scope,
			QueueName: "dead-letters",
			KeyArn:    pulumi.String(stacktest.KeyARN),
		})
		assert.Equal(t, "arn:aws:sqs:eu-west-1:123456789012:dead-letters", queue.ExpectedARN)
		return err
	})

	assert.Equal(t, map[string]any{
		"name":                    "dead-letters",
		"messageRetentionSeconds": 1_209_600.0,
		"kmsMasterKeyId":          stacktest.KeyARN,
	}, recorder.One(t, "aws:sqs/queue:Queue", "letters").Inputs)

	queuePolicy := recorder.One(t, "aws:sqs/queuePolicy:QueuePolicy", "letters")
	assert.Equal(t, "https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters", queuePolicy.Inputs["queueUrl"])
	assert.Equal(t, map[string]map[string]any{"DenyPlainText": {
		"Sid":       "DenyPlainText",
		"Effect":    "Deny",
		"Principal": map[string]any{"AWS": []any{"*"}},
		"Action":    []any{"sqs:*"},
		"Resource":  []any{"arn:aws:sqs:eu-west-1:123456789012:dead-letters"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": []any{"false"}}},
	}}, queuePolicy.Statements(t, "policy"))
}
