package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/policy"
)

// MonitoringArgs describes Monitoring.
type MonitoringArgs struct {
	// Scope is where the pipeline lives.
	Scope naming.Scope
	// TopicName is the topic's own name, at most 256 characters.
	TopicName string
	// Email is the address that alarms are sent to.
	Email string
	// Source is the bucket whose uploads are counted.
	Source *Bucket
	// UploadPrefix is the folder of uploads, with its slash.
	UploadPrefix string
	// Thumbnailer is the function to watch.
	Thumbnailer *Thumbnailer
	// Timeout is how long its invocations may take, in seconds.
	Timeout int
	// DeadLetterQueue is the queue that should be empty.
	DeadLetterQueue *DeadLetterQueue
	// KeyArn names the key that alarms are encrypted with in transit.
	KeyArn pulumi.StringInput
}

// Monitoring notifies someone when images are not processed, and shows how the
// pipeline is doing.
type Monitoring struct {
	pulumi.ResourceState

	// Topic receives the alarms.
	Topic *sns.Topic
	// ExpectedTopicARN is its ARN as policies name it, known in advance.
	ExpectedTopicARN string
	// Subscription delivers them to the address.
	Subscription *sns.TopicSubscription
	// Alarms are the alarms, by the roles in their names, such as "errors".
	Alarms map[string]*cloudwatch.MetricAlarm
	// Dashboard shows what the alarms watch.
	Dashboard *cloudwatch.Dashboard
}

// NewMonitoring declares Monitoring.
func NewMonitoring(ctx *pulumi.Context, name string, args *MonitoringArgs, opts ...pulumi.ResourceOption) (*Monitoring, error) {
	component := &Monitoring{
		ExpectedTopicARN: args.Scope.ARN("sns", args.TopicName),
		Alarms:           map[string]*cloudwatch.MetricAlarm{},
	}
	if err := ctx.RegisterComponentResource("pipeguard:stack:Monitoring", name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering monitoring %s: %w", name, err)
	}
	for _, declare := range []func(*pulumi.Context, string, *MonitoringArgs) error{
		component.announce, component.countUploads, component.show,
	} {
		if err := declare(ctx, name, args); err != nil {
			return nil, err
		}
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"topicArn": component.Topic.Arn})
}

// announce declares the topic, its reader, and the alarms that publish to it.
func (m *Monitoring) announce(ctx *pulumi.Context, name string, args *MonitoringArgs) (err error) {
	parent := pulumi.Parent(m)
	m.Topic, err = sns.NewTopic(ctx, name, &sns.TopicArgs{
		Name:           pulumi.String(args.TopicName),
		KmsMasterKeyId: args.KeyArn.ToStringOutput(),
	}, parent)
	if err != nil {
		return fmt.Errorf("declaring topic %s: %w", name, err)
	}
	arn := deferredARN(m.Topic.Name, m.ExpectedTopicARN)
	topicPolicy, err := sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{
		Arn:    arn,
		Policy: policy.JSON(topicStatements(args.Scope, m.ExpectedTopicARN)...),
	}, parent)
	if err != nil {
		return fmt.Errorf("declaring the policy of topic %s: %w", name, err)
	}
	m.Subscription, err = sns.NewTopicSubscription(ctx, name, &sns.TopicSubscriptionArgs{
		Topic:    arn,
		Protocol: pulumi.String("email"),
		Endpoint: pulumi.String(args.Email),
	}, parent)
	if err != nil {
		return fmt.Errorf("declaring the subscription of topic %s: %w", name, err)
	}

	// An alarm that fires before it may publish is lost.
	afterPolicy := pulumi.DependsOn([]pulumi.Resource{topicPolicy})
	for _, alarm := range alarms(args) {
		alarm.args.Name = pulumi.String(args.Scope.Name(alarm.role))
		alarm.args.AlarmActions = pulumi.Array{arn}
		m.Alarms[alarm.role], err = cloudwatch.NewMetricAlarm(ctx, name+"-"+alarm.role, &alarm.args, parent, afterPolicy)
		if err != nil {
			return fmt.Errorf("declaring alarm %s of %s: %w", alarm.role, name, err)
		}
	}
	return nil
}

// topicStatements lets the account's alarms publish, over TLS, and nobody else.
func topicStatements(scope naming.Scope, topicARN string) []policy.Statement {
	return []policy.Statement{
		{
			Sid:       "PublishAlarms",
			Effect:    policy.Allow,
			Principal: policy.Service("cloudwatch.amazonaws.com"),
			Action:    []string{"sns:Publish"},
			Resource:  []string{topicARN},
			Condition: policy.FromAccountAndARN(scope.AccountID, scope.ARN("cloudwatch", "alarm:*")),
		},
		{
			// sns:* is not a valid action in a topic's policy; publishing is
			// what carries data.
			Sid:       "DenyPlainText",
			Effect:    policy.Deny,
			Principal: policy.Everyone(),
			Action:    []string{"sns:Publish"},
			Resource:  []string{topicARN},
			Condition: policy.Condition{"Bool": {"aws:SecureTransport": {"false"}}},
		},
	}
}

// countUploads enables the metrics that show whether anything is uploaded at
// all: S3 has none of them by default. CloudWatch charges each of the filter's
// metrics that has data as a custom metric: at the prices of 2025, about 16 of
// them at 0.30 US dollars, which is less than 5 dollars a month.
func (m *Monitoring) countUploads(ctx *pulumi.Context, name string, args *MonitoringArgs) error {
	_, err := s3.NewBucketMetric(ctx, name, &s3.BucketMetricArgs{
		Bucket: args.Source.Bucket.Bucket,
		Name:   pulumi.String(uploadsFilter),
		Filter: &s3.BucketMetricFilterArgs{Prefix: pulumi.String(args.UploadPrefix)},
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("declaring the upload metrics of %s: %w", name, err)
	}
	return nil
}

// show declares the dashboard.
func (m *Monitoring) show(ctx *pulumi.Context, name string, args *MonitoringArgs) (err error) {
	m.Dashboard, err = cloudwatch.NewDashboard(ctx, name, &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(args.Scope.Name("pipeline")),
		DashboardBody: dashboard(args),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("declaring dashboard %s: %w", name, err)
	}
	return nil
}
