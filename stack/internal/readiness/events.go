package readiness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// retentionSeconds is 14 days, the longest that SQS keeps a message.
const retentionSeconds = 14 * 24 * 60 * 60

func (s Stack) queueChecks() []Check {
	return []Check{
		{
			Name: "dead-letter queue: encryption, retention and TLS", Remedy: redeploy,
			Run: func(ctx context.Context) error {
				attributes, err := s.queueAttributes(ctx)
				if err != nil {
					return err
				}
				return errors.Join(
					want("key", attributes[string(sqstypes.QueueAttributeNameKmsMasterKeyId)], s.KeyARN),
					want("retention", attributes[string(sqstypes.QueueAttributeNameMessageRetentionPeriod)], strconv.Itoa(retentionSeconds)),
					deniesPlainText(attributes[string(sqstypes.QueueAttributeNamePolicy)]),
				)
			},
		},
		{
			Name:   "dead-letter queue: empty",
			Remedy: "find out why in the function's log, fix it, then `make redrive`",
			Run: func(ctx context.Context) error {
				attributes, err := s.queueAttributes(ctx)
				if err != nil {
					return err
				}
				return want("number of messages", attributes[string(sqstypes.QueueAttributeNameApproximateNumberOfMessages)], "0")
			},
		},
	}
}

func (s Stack) queueAttributes(ctx context.Context) (map[string]string, error) {
	output, err := s.SQS.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       aws.String(s.DeadLetterQueueURL),
		AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if err != nil {
		return nil, fmt.Errorf("getting the queue's attributes: %w", err)
	}
	return output.Attributes, nil
}

func (s Stack) functionChecks() []Check {
	return []Check{
		{
			Name:   "function: active, with the code deployed",
			Remedy: "build with `make package` and deploy again; Lambda's console shows why a function is not active",
			Run:    s.function,
		},
		{Name: "function: failure path", Remedy: redeploy, Run: s.failurePath},
	}
}

func (s Stack) function(ctx context.Context) error {
	output, err := s.Lambda.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String(s.FunctionName)})
	if err != nil {
		return fmt.Errorf("getting the function: %w", err)
	}
	config := output.Configuration
	if config == nil {
		return errors.New("it has no configuration")
	}
	tracing := lambdatypes.TracingModePassThrough
	if config.TracingConfig != nil {
		tracing = config.TracingConfig.Mode
	}
	format := lambdatypes.LogFormatText
	if config.LoggingConfig != nil {
		format = config.LoggingConfig.LogFormat
	}
	return errors.Join(
		want("state", config.State, lambdatypes.StateActive),
		want("last update", config.LastUpdateStatus, lambdatypes.LastUpdateStatusSuccessful),
		want("hash of the code", aws.ToString(config.CodeSha256), s.CodeHash),
		want("key", aws.ToString(config.KMSKeyArn), s.KeyARN),
		want("tracing", tracing, lambdatypes.TracingModeActive),
		want("log format", format, lambdatypes.LogFormatJson),
	)
}

// failurePath checks that events the function fails on go to the queue.
func (s Stack) failurePath(ctx context.Context) error {
	output, err := s.Lambda.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{
		FunctionName: aws.String(s.FunctionName),
	})
	if err != nil {
		return fmt.Errorf("getting its invocation settings: %w", err)
	}
	if output.DestinationConfig == nil || output.DestinationConfig.OnFailure == nil {
		return errors.New("it has no on-failure destination")
	}
	return want("on-failure destination", aws.ToString(output.DestinationConfig.OnFailure.Destination), s.DeadLetterQueueARN)
}

// functionName returns the name in a function's ARN, qualified or not:
// arn:partition:lambda:region:account:function:name[:qualifier].
func functionName(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 6 {
		return parts[6]
	}
	return ""
}

func (s Stack) alarmChecks() []Check {
	return []Check{
		{Name: "alarm topic: encryption", Remedy: redeploy, Run: s.topic},
		{
			Name: "alarm topic: subscription confirmed",
			Remedy: "follow the link in the e-mail that Amazon SNS sent to the address in alarmEmail; if it expired, " +
				"request a new one in the SNS console",
			Run: s.subscriptions,
		},
		{Name: "alarms: all present, and connected to the topic", Remedy: redeploy, Run: s.alarmsWired},
		{
			Name:   "alarms: quiet",
			Remedy: "the alarm's description in CloudWatch explains it and what to do",
			Run:    s.alarmsQuiet,
		},
	}
}

func (s Stack) topic(ctx context.Context) error {
	output, err := s.SNS.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(s.AlarmTopicARN)})
	if err != nil {
		return fmt.Errorf("getting the topic's attributes: %w", err)
	}
	return want("key", output.Attributes["KmsMasterKeyId"], s.KeyARN)
}

// subscriptions checks that somebody reads the topic, and that no subscription
// is waiting for confirmation.
func (s Stack) subscriptions(ctx context.Context) error {
	confirmed, pending := 0, 0
	var token *string
	for {
		output, err := s.SNS.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{
			TopicArn: aws.String(s.AlarmTopicARN), NextToken: token,
		})
		if err != nil {
			return fmt.Errorf("listing the topic's subscriptions: %w", err)
		}
		for _, subscription := range output.Subscriptions {
			// In place of an ARN, SNS returns PendingConfirmation, or Deleted.
			switch arn := aws.ToString(subscription.SubscriptionArn); {
			case strings.HasPrefix(arn, "arn:"):
				confirmed++
			case arn == "PendingConfirmation":
				pending++
			}
		}
		if token = output.NextToken; aws.ToString(token) == "" {
			break
		}
	}
	switch {
	case pending > 0:
		return fmt.Errorf("%d of %d subscriptions are not confirmed", pending, pending+confirmed)
	case confirmed == 0:
		return errors.New("nobody subscribes to the topic")
	}
	return nil
}

func (s Stack) describeAlarms(ctx context.Context) (map[string]cloudwatchtypes.MetricAlarm, error) {
	var names []string
	for _, role := range sortedKeys(s.Alarms) {
		names = append(names, s.Alarms[role])
	}
	// The stack has far fewer alarms than the 100 that one answer holds.
	output, err := s.CloudWatch.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: names})
	if err != nil {
		return nil, fmt.Errorf("describing the alarms: %w", err)
	}
	alarms := map[string]cloudwatchtypes.MetricAlarm{}
	for _, alarm := range output.MetricAlarms {
		alarms[aws.ToString(alarm.AlarmName)] = alarm
	}
	return alarms, nil
}

func (s Stack) alarmsWired(ctx context.Context) error {
	alarms, err := s.describeAlarms(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, role := range sortedKeys(s.Alarms) {
		alarm, there := alarms[s.Alarms[role]]
		switch {
		case !there:
			errs = append(errs, fmt.Errorf("%s does not exist", s.Alarms[role]))
		case !aws.ToBool(alarm.ActionsEnabled):
			errs = append(errs, fmt.Errorf("%s has its actions disabled", s.Alarms[role]))
		case !slices.Contains(alarm.AlarmActions, s.AlarmTopicARN):
			errs = append(errs, fmt.Errorf("%s does not publish to the topic", s.Alarms[role]))
		}
	}
	return errors.Join(errs...)
}

// alarmsQuiet checks that no alarm is raised. Those without data yet are quiet.
func (s Stack) alarmsQuiet(ctx context.Context) error {
	alarms, err := s.describeAlarms(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range sortedKeys(alarms) {
		if alarms[name].StateValue == cloudwatchtypes.StateValueAlarm {
			errs = append(errs, fmt.Errorf("%s is raised", name))
		}
	}
	return errors.Join(errs...)
}
