package rule

import (
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// NewKey returns the declaration of a key near a resource which its owner manages. Services named as principals may use
// it for what they send to what it encrypts.
func NewKey(name string, near *graph.Resource, services ...string) *fix.Declaration {
	statements := ownersStatements(&graph.Resource{Type: graph.Key, Inputs: near.Inputs, Provider: near.Provider})
	for _, service := range services {
		statements = append(statements, fix.Object{
			{Name: "Effect", Value: "Allow"},
			{Name: "Principal", Value: fix.Object{{Name: "Service", Value: service}}},
			{Name: "Action", Value: []any{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"}},
			{Name: "Resource", Value: "*"},
		})
	}
	return &fix.Declaration{Type: graph.Key, Name: name, Arguments: fix.Object{
		{Name: "enableKeyRotation", Value: true},
		{Name: "policy", Value: fix.JSON{Value: policyOf(statements...)}},
	}}
}

// AllowRole returns the fix that lets a role take actions on a resource, which is an ARN or an output that holds one. It
// is advice where the role is not part of the stack: role is nil.
func AllowRole(role *graph.Resource, name string, on any, actions ...string) fix.Fix {
	list := make([]any, len(actions))
	for i, action := range actions {
		list[i] = action
	}
	return fix.Add(&fix.Declaration{Type: graph.RolePolicy, Name: name, Arguments: fix.Object{
		{Name: "role", Value: fix.Output{Resource: role, Property: "name"}},
		{Name: "policy", Value: fix.JSON{Value: policyOf(fix.Object{
			{Name: "Effect", Value: "Allow"}, {Name: "Action", Value: list}, {Name: "Resource", Value: on},
		})}},
	}})
}

func policyOf(statements ...any) fix.Object {
	return fix.Object{{Name: "Version", Value: "2012-10-17"}, {Name: "Statement", Value: statements}}
}

// AttachManaged returns the fix that gives a role one of AWS's managed policies.
func AttachManaged(role *graph.Resource, name, policy string) fix.Fix {
	arn := "arn:" + naming.PartitionOf(role.Region().Name).Name + ":iam::aws:policy/" + policy
	return fix.Add(&fix.Declaration{Type: graph.RolePolicyAttachment, Name: name, Arguments: fix.Object{
		{Name: "role", Value: fix.Output{Resource: role, Property: "name"}},
		{Name: "policyArn", Value: arn},
	}})
}

// AddAlarm returns the fix that watches a metric of a resource, which is near if the fix adds it. The alarm sends to a
// topic of the stack that somebody listens to. Where there is none the fix adds one, encrypted with a key that
// CloudWatch may use, and what is left to decide is whom it reaches.
func AddAlarm(stack *aws.Stack, m *aws.Metric, near *graph.Resource, name string, of any) fix.Fix {
	statistic := "Sum"
	if m == aws.QueueDepth {
		statistic = "Maximum"
	}
	alarm := func(topic any) *fix.Declaration {
		return &fix.Declaration{Type: graph.MetricAlarm, Name: name, Arguments: fix.Object{
			{Name: "namespace", Value: m.Namespace},
			{Name: "metricName", Value: m.Name},
			{Name: "dimensions", Value: fix.Object{{Name: m.Dimension, Value: of}}},
			{Name: "statistic", Value: statistic},
			{Name: "period", Value: 60},
			{Name: "evaluationPeriods", Value: 1},
			{Name: "comparisonOperator", Value: "GreaterThanThreshold"},
			{Name: "threshold", Value: 0},
			{Name: "treatMissingData", Value: "notBreaching"},
			{Name: "alarmActions", Value: []any{topic}},
		}}
	}
	if topic := stack.AlarmTopic(near); topic != nil {
		return fix.Add(alarm(fix.Output{Resource: topic, Property: "arn"})).Safely()
	}
	key := NewKey("alarms", near, "cloudwatch.amazonaws.com")
	topic := &fix.Declaration{Type: graph.Topic, Name: "alarms", Arguments: fix.Object{
		{Name: "kmsMasterKeyId", Value: fix.NewOutput{Declaration: key, Property: "id"}},
	}}
	arn := fix.NewOutput{Declaration: topic, Property: "arn"}
	return fix.Add(alarm(arn)).And(fix.Add(topic)).And(fix.Add(key)).And(AddSubscription("oncall", arn))
}

// AddSubscription returns the fix that lets somebody hear what is sent to a topic, which is an output that holds its
// ARN.
func AddSubscription(name string, topic any) fix.Fix {
	return fix.Add(&fix.Declaration{Type: graph.TopicSubscription, Name: name, Arguments: fix.Object{
		{Name: "topic", Value: topic},
		{Name: "protocol", Value: "email"},
		{Name: "endpoint", Value: fix.Choice("the address of whoever is on call")},
	}}).Deciding("choose whom the alarm reaches")
}
