package components_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

const topicARN = "arn:aws:sns:eu-west-1:123456789012:failures"

func runAlarms(t *testing.T) *stacktest.Recorder {
	t.Helper()
	return run(t, "pipeguard:stack:FailureAlarms", func(ctx *pulumi.Context) error {
		function, err := newFunction(ctx)
		if err != nil {
			return err
		}
		queue, err := newQueue(ctx)
		if err != nil {
			return err
		}
		_, err = components.NewFailureAlarms(ctx, "alarms", &components.FailureAlarmsArgs{
			Scope:           stacktest.Scope,
			TopicName:       "failures",
			Email:           "ops@example.com",
			Function:        function,
			DeadLetterQueue: queue,
			KeyArn:          pulumi.String(stacktest.KeyARN),
		})
		return err
	})
}

func TestFailureAlarmsWatchErrorsAndDeadLetters(t *testing.T) {
	t.Parallel()
	recorder := runAlarms(t)
	for name, want := range map[string]map[string]any{
		"alarms-errors": {
			"name": "image-pipeline-test-errors", "namespace": "AWS/Lambda", "metricName": "Errors", "statistic": "Sum",
			"dimensions": map[string]any{"FunctionName": "given-function"},
		},
		"alarms-dead-letters": {
			"name": "image-pipeline-test-dead-letters", "namespace": "AWS/SQS", "statistic": "Maximum",
			"metricName": "ApproximateNumberOfMessagesVisible",
			"dimensions": map[string]any{"QueueName": "given-queue"},
		},
	} {
		alarm := recorder.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", name)
		assert.NotEmpty(t, alarm.Inputs["alarmDescription"], name)
		assert.Subset(t, alarm.Inputs, want, name)
		assert.Subset(t, alarm.Inputs, map[string]any{
			"period": 300.0, "evaluationPeriods": 1.0, "threshold": 0.0, "comparisonOperator": "GreaterThanThreshold",
			"treatMissingData": "notBreaching", "alarmActions": []any{topicARN},
		}, name)
		// Unset means enabled.
		assert.NotContains(t, alarm.Inputs, "actionsEnabled", name)
		assertDependsOn(t, alarm, "aws:sns/topicPolicy:TopicPolicy", "alarms")
	}
}

func TestFailureAlarmsReachSomeone(t *testing.T) {
	t.Parallel()
	recorder := runAlarms(t)
	assert.Equal(t, map[string]any{"topic": topicARN, "protocol": "email", "endpoint": "ops@example.com"},
		recorder.One(t, "aws:sns/topicSubscription:TopicSubscription", "alarms").Inputs)
	assert.Equal(t, map[string]any{"name": "failures", "kmsMasterKeyId": stacktest.KeyARN},
		recorder.One(t, "aws:sns/topic:Topic", "alarms").Inputs)
}

func TestFailureAlarmsTopicIsForTheAccountsAlarmsAlone(t *testing.T) {
	t.Parallel()
	topicPolicy := runAlarms(t).One(t, "aws:sns/topicPolicy:TopicPolicy", "alarms")
	assert.Equal(t, topicARN, topicPolicy.Inputs["arn"])
	assert.Equal(t, map[string]map[string]any{
		"PublishAlarms": {
			"Sid":       "PublishAlarms",
			"Effect":    "Allow",
			"Principal": map[string]any{"Service": []any{"cloudwatch.amazonaws.com"}},
			"Action":    []any{"sns:Publish"},
			"Resource":  []any{topicARN},
			"Condition": map[string]any{
				"StringEquals": map[string]any{"aws:SourceAccount": []any{"123456789012"}},
				"ArnLike":      map[string]any{"aws:SourceArn": []any{"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"}},
			},
		},
		"DenyPlainText": {
			"Sid":       "DenyPlainText",
			"Effect":    "Deny",
			"Principal": map[string]any{"AWS": []any{"*"}},
			"Action":    []any{"sns:Publish"},
			"Resource":  []any{topicARN},
			"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": []any{"false"}}},
		},
	}, topicPolicy.Statements(t, "policy"))
}
