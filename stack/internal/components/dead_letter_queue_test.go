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
			Protect:   true,
		})
		assert.Equal(t, "arn:aws:sqs:eu-west-1:123456789012:dead-letters", queue.ExpectedARN)
		if err != nil {
			return err
		}
		arn, err := stacktest.Await(ctx, queue.Arn)
		assert.Equal(t, queue.ExpectedARN, arn)
		return err
	})

	queue := recorder.One(t, "aws:sqs/queue:Queue", "letters")
	assert.True(t, queue.Protect)
	assert.Equal(t, map[string]any{
		"name":                    "dead-letters",
		"messageRetentionSeconds": 1_209_600.0,
		"kmsMasterKeyId":          stacktest.KeyARN,
	}, queue.Inputs)

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
