package components_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

const topicARN = "arn:aws:sns:eu-west-1:123456789012:failures"

func runMonitoring(t *testing.T) *stacktest.Recorder {
	t.Helper()
	return run(t, "pipeguard:stack:Monitoring", func(ctx *pulumi.Context) error {
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
		_, err = components.NewMonitoring(ctx, "watch", &components.MonitoringArgs{
			Scope:           stacktest.Scope,
			TopicName:       "failures",
			Email:           "ops@example.com",
			Source:          bucket,
			UploadPrefix:    "uploads/",
			Thumbnailer:     thumbnailer,
			Timeout:         30,
			DeadLetterQueue: queue,
			KeyArn:          pulumi.String(stacktest.KeyARN),
		})
		return err
	})
}

func TestMonitoringAlarmsOnEachWayToFail(t *testing.T) {
	t.Parallel()
	recorder := runMonitoring(t)
	watch := func(namespace, metric, statistic, dimension, of string, threshold, periods float64) map[string]any {
		return map[string]any{
			"namespace": namespace, "metricName": metric, "statistic": statistic, "dimensions": map[string]any{dimension: of},
			"threshold": threshold, "period": 300.0, "evaluationPeriods": periods,
		}
	}
	function := func(metric, statistic string, threshold, periods float64) map[string]any {
		return watch("AWS/Lambda", metric, statistic, "FunctionName", "given-function", threshold, periods)
	}
	queue := func(metric string, threshold float64) map[string]any {
		return watch("AWS/SQS", metric, "Maximum", "QueueName", "given-queue", threshold, 1)
	}
	for role, want := range map[string]map[string]any{
		"errors":          function("Errors", "Sum", 0, 1),
		"throttles":       function("Throttles", "Sum", 0, 3),
		"slow":            function("Duration", "Maximum", 24_000, 1), // 80 % of 30 s, in ms
		"lost-events":     function("DestinationDeliveryFailures", "Sum", 0, 1),
		"dead-letters":    queue("ApproximateNumberOfMessagesVisible", 0),
		"dead-letter-age": queue("ApproximateAgeOfOldestMessage", 604_800), // a week, in s
		"idle":            {"threshold": 0.0, "evaluationPeriods": 1.0},
	} {
		alarm := recorder.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "watch-"+role)
		assert.NotEmpty(t, alarm.Inputs["alarmDescription"], role)
		assert.Subset(t, alarm.Inputs, want, role)
		assert.Subset(t, alarm.Inputs, map[string]any{
			"name": "image-pipeline-test-" + role, "comparisonOperator": "GreaterThanThreshold",
			"treatMissingData": "notBreaching", "alarmActions": []any{topicARN},
		}, role)
		// Unset means enabled.
		assert.NotContains(t, alarm.Inputs, "actionsEnabled", role)
		assertDependsOn(t, alarm, "aws:sns/topicPolicy:TopicPolicy", "watch")
	}
}

func TestMonitoringComparesUploadsWithInvocations(t *testing.T) {
	t.Parallel()
	recorder := runMonitoring(t)
	counted := recorder.One(t, "aws:s3/bucketMetric:BucketMetric", "watch")
	assert.Equal(t, map[string]any{"bucket": "given-bucket", "name": "uploads", "filter": map[string]any{"prefix": "uploads/"}}, counted.Inputs)

	sum := func(id, namespace, metric string, dimensions map[string]any) map[string]any {
		return map[string]any{"id": id, "metric": map[string]any{
			"namespace": namespace, "metricName": metric, "dimensions": dimensions, "stat": "Sum", "period": 3600.0,
		}}
	}
	uploads := map[string]any{"BucketName": "given-bucket", "FilterId": "uploads"}
	queries := recorder.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", "watch-idle").Inputs["metricQueries"].([]any)
	assert.Equal(t, []any{
		sum("puts", "AWS/S3", "PutRequests", uploads),
		sum("posts", "AWS/S3", "PostRequests", uploads),
		sum("invocations", "AWS/Lambda", "Invocations", map[string]any{"FunctionName": "given-function"}),
	}, queries[:3])
	assert.Subset(t, queries[3], map[string]any{
		"expression": "IF(FILL(puts, 0) + FILL(posts, 0) > 0 AND FILL(invocations, 0) == 0, 1, 0)", "returnData": true,
	})
}

func TestMonitoringShowsEveryAlarmAndMetricOnOneDashboard(t *testing.T) {
	t.Parallel()
	recorder := runMonitoring(t)
	dashboard := recorder.One(t, "aws:cloudwatch/dashboard:Dashboard", "watch")
	assert.Equal(t, "image-pipeline-test-pipeline", dashboard.Inputs["dashboardName"])
	var body struct {
		Widgets []struct {
			Type          string
			X, Y          int
			Width, Height int
			Properties    struct {
				Region  string
				Metrics [][]any
				Alarms  []string
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(dashboard.Inputs["dashboardBody"].(string)), &body))

	shown, taken := map[string]bool{}, map[[2]int]bool{}
	for _, widget := range body.Widgets {
		for _, alarm := range widget.Properties.Alarms {
			shown[alarm] = true
		}
		for _, metric := range widget.Properties.Metrics {
			assert.Equal(t, "eu-west-1", widget.Properties.Region)
			shown[metric[1].(string)] = true
		}
		assert.LessOrEqual(t, widget.X+widget.Width, 24, "a dashboard's width")
		for x := widget.X; x < widget.X+widget.Width; x++ {
			for y := widget.Y; y < widget.Y+widget.Height; y++ {
				assert.False(t, taken[[2]int{x, y}], "widgets overlap at %d, %d", x, y)
				taken[[2]int{x, y}] = true
			}
		}
	}
	for _, resource := range recorder.Resources() {
		if resource.Type != "aws:cloudwatch/metricAlarm:MetricAlarm" {
			continue
		}
		assert.True(t, shown["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"+resource.Inputs["name"].(string)], resource.Name)
		if metric, ok := resource.Inputs["metricName"].(string); ok {
			assert.True(t, shown[metric], metric)
		}
	}
}

func TestMonitoringReachSomeone(t *testing.T) {
	t.Parallel()
	recorder := runMonitoring(t)
	assert.Equal(t, map[string]any{"topic": topicARN, "protocol": "email", "endpoint": "ops@example.com"},
		recorder.One(t, "aws:sns/topicSubscription:TopicSubscription", "watch").Inputs)
	assert.Equal(t, map[string]any{"name": "failures", "kmsMasterKeyId": stacktest.KeyARN},
		recorder.One(t, "aws:sns/topic:Topic", "watch").Inputs)
}

func TestMonitoringTopicIsForTheAccountsAlarmsAlone(t *testing.T) {
	t.Parallel()
	topicPolicy := runMonitoring(t).One(t, "aws:sns/topicPolicy:TopicPolicy", "watch")
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
