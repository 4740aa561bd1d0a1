package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/policy"
)

// alarmPeriodSeconds is how long a failure may go unnoticed, at most.
const alarmPeriodSeconds = 300

// FailureAlarmsArgs describes FailureAlarms.
type FailureAlarmsArgs struct {
	// Scope is where the alarms live.
	Scope naming.Scope
	// TopicName is the topic's own name, at most 256 characters.
	TopicName string
	// Email is the address that alarms are sent to.
	Email string
	// Function is the function whose failures count.
	Function *lambda.Function
	// DeadLetterQueue is the queue that ought to be empty.
	DeadLetterQueue *sqs.Queue
	// KeyArn names the key that alarms are encrypted with on their way.
	KeyArn pulumi.StringInput
}

// FailureAlarms tells someone when the function fails, and when an event has
// been given up on.
type FailureAlarms struct {
	pulumi.ResourceState

	// Topic receives the alarms.
	Topic *sns.Topic
	// ExpectedTopicARN is its ARN as policies name it, known beforehand.
	ExpectedTopicARN string
	// Subscription takes them to the address.
	Subscription *sns.TopicSubscription
	// Errors is raised by an invocation that failed; a retry may still succeed.
	Errors *cloudwatch.MetricAlarm
	// DeadLetters is raised as long as an event waits for someone to look at it.
	DeadLetters *cloudwatch.MetricAlarm
}

// NewFailureAlarms declares FailureAlarms.
func NewFailureAlarms(ctx *pulumi.Context, name string, args *FailureAlarmsArgs, opts ...pulumi.ResourceOption) (*FailureAlarms, error) {
	component := &FailureAlarms{}
	if err := ctx.RegisterComponentResource("pipeguard:stack:FailureAlarms", name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering failure alarms %s: %w", name, err)
	}
	parent := pulumi.Parent(component)

	expectedARN := args.Scope.ARN("sns", args.TopicName)
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{
		Name:           pulumi.String(args.TopicName),
		KmsMasterKeyId: args.KeyArn.ToStringOutput(),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("declaring topic %s: %w", name, err)
	}
	topicPolicy, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn:    topic.Arn,
		Policy: policy.JSON(topicStatements(args.Scope, expectedARN)...),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("declaring the policy of topic %s: %w", name, err)
	}
	subscription, err := sns.NewTopicSubscription(ctx, name, &sns.TopicSubscriptionArgs{
		Topic:    topic.Arn,
		Protocol: pulumi.String("email"),
		Endpoint: pulumi.String(args.Email),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("declaring the subscription of topic %s: %w", name, err)
	}

	// An alarm that fires before it may publish is lost.
	afterPolicy := pulumi.DependsOn([]pulumi.Resource{topicPolicy})
	failures, err := cloudwatch.NewMetricAlarm(ctx, name+"-errors", &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(args.Scope.Name("errors")),
		AlarmDescription:   pulumi.String("The thumbnail function failed; see its log for the image and the reason."),
		Namespace:          pulumi.String("AWS/Lambda"),
		MetricName:         pulumi.String("Errors"),
		Dimensions:         pulumi.StringMap{"FunctionName": args.Function.Name},
		Statistic:          pulumi.String("Sum"),
		Period:             pulumi.Int(alarmPeriodSeconds),
		EvaluationPeriods:  pulumi.Int(1),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		// No data means no invocations, and so no failures.
		TreatMissingData: pulumi.String("notBreaching"),
		AlarmActions:     pulumi.Array{topic.Arn},
	}, parent, afterPolicy)
	if err != nil {
		return nil, fmt.Errorf("declaring the errors alarm of %s: %w", name, err)
	}
	deadLetters, err := cloudwatch.NewMetricAlarm(ctx, name+"-dead-letters", &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(args.Scope.Name("dead-letters")),
		AlarmDescription:   pulumi.String("Images were given up on; their events are in the dead-letter queue."),
		Namespace:          pulumi.String("AWS/SQS"),
		MetricName:         pulumi.String("ApproximateNumberOfMessagesVisible"),
		Dimensions:         pulumi.StringMap{"QueueName": args.DeadLetterQueue.Name},
		Statistic:          pulumi.String("Maximum"),
		Period:             pulumi.Int(alarmPeriodSeconds),
		EvaluationPeriods:  pulumi.Int(1),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		// SQS stops reporting on a queue that was idle for six hours.
		TreatMissingData: pulumi.String("notBreaching"),
		AlarmActions:     pulumi.Array{topic.Arn},
	}, parent, afterPolicy)
	if err != nil {
		return nil, fmt.Errorf("declaring the dead-letter alarm of %s: %w", name, err)
	}

	component.Topic, component.ExpectedTopicARN, component.Subscription = topic, expectedARN, subscription
	component.Errors, component.DeadLetters = failures, deadLetters
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"topicArn": topic.Arn})
}

// topicStatements let the account's alarms publish, over TLS, and nobody else.
func topicStatements(scope naming.Scope, topicARN string) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "PublishAlarms",
			Effect:    policy.Allow,
			Principal: policy.Service("cloudwatch.amazonaws.com"),
			Action:    []string{"sns:Publish"},
			Resource:  []string{topicARN},
			Condition: fromAccountAndARN(scope, []string{scope.ARN("cloudwatch", "alarm:*")}),
		},
		{
			// sns:* is no valid action in a topic's policy; publishing is what
			// carries data.
			Sid:       "DenyPlainText",
			Effect:    policy.Deny,
			Principal: policy.Everyone(),
			Action:    []string{"sns:Publish"},
			Resource:  []string{topicARN},
			Condition: policy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
		},
	}
}
