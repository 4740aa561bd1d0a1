package aws_test

import (
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// stackOf returns the stack that a Pulumi YAML program declares, before it is deployed.
func stackOf(t *testing.T, resources string) *aws.Stack {
	t.Helper()
	g, err := ruletest.Graph("name: images\nruntime: yaml\nresources:\n"+resources, ruletest.Preview)
	require.NoError(t, err)
	return aws.NewStack(g)
}

const pipeline = `
  role: {type: aws:iam:Role, properties: {assumeRolePolicy: "{}"}}
  thumbs:
    type: aws:lambda:Function
    properties: {name: thumbs, role: "${role.arn}", deadLetterConfig: {targetArn: "${failed.arn}"}}
  failed: {type: aws:sqs:Queue}
  uploads: {type: aws:s3:Bucket, properties: {bucket: uploads}}
  notify:
    type: aws:s3:BucketNotification
    properties:
      bucket: ${uploads.id}
      lambdaFunctions: [{lambdaFunctionArn: "${thumbs.arn}", events: ["s3:ObjectCreated:*"]}]
  log: {type: aws:cloudwatch:LogGroup, properties: {name: "/aws/lambda/${thumbs.name}"}}
  oncall: {type: aws:sns:Topic}
  email: {type: aws:sns:TopicSubscription, properties: {topic: "${oncall.arn}", protocol: email, endpoint: a@example.com}}
  errors:
    type: aws:cloudwatch:MetricAlarm
    properties:
      namespace: AWS/Lambda
      metricName: Errors
      dimensions: {FunctionName: "${thumbs.name}"}
      comparisonOperator: GreaterThanThreshold
      alarmActions: ["${oncall.arn}"]
`

// Run it with -race: rules run in parallel.
func TestAStackIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	stack := stackOf(t, pipeline)
	var asking sync.WaitGroup
	for range 16 {
		asking.Go(func() {
			f := stack.Functions()[0]
			assert.Equal(t, answer.Yes, stack.Watch(f.Resource, aws.FunctionErrors).Answer)
			assert.Equal(t, answer.No, stack.Watch(stack.Queues()[0].Resource, aws.QueueDepth).Answer)
			assert.Equal(t, aws.AsyncGiven, f.Async(f.DeadLetterTarget().IsGiven(), func(*aws.InvokeConfig) answer.Answer { return answer.No }).State)
			assert.Equal(t, "thumbs", stack.LogGroups()[0].Function().Name)
			assert.Equal(t, "role", f.Role().Name)
		})
	}
	asking.Wait()
}

func TestWhatARoleHasToAllowFollowsFromTheWiringOfItsFunction(t *testing.T) {
	t.Parallel()
	needs, unsettled := stackOf(t, pipeline).Functions()[0].Needs()
	var purposes []aws.Purpose
	for _, n := range needs {
		purposes = append(purposes, n.Purpose)
	}
	assert.Equal(t, []aws.Purpose{aws.ReadObjects, aws.SendFailures, aws.WriteLogs}, purposes)
	assert.Equal(t, []string{"s3:GetObject"}, needs[0].Actions)
	assert.Equal(t, "*", needs[0].Objects)
	assert.Equal(t, "failed", needs[1].Target.Name)
	assert.Empty(t, unsettled)
}

func TestAnAlarmReachesWhoeverACompositeAlarmOnItReaches(t *testing.T) {
	t.Parallel()
	const alarm = `
  a: {type: aws:cloudwatch:MetricAlarm, properties: {name: a, comparisonOperator: GreaterThanThreshold}}
  oncall: {type: aws:sns:Topic}
  email: {type: aws:sns:TopicSubscription, properties: {topic: "${oncall.arn}", protocol: email, endpoint: a@example.com}}
`
	for name, c := range map[string]struct {
		composites string
		want       aws.Reach
	}{
		"none": {"", aws.Reach{Answer: answer.No, Silence: aws.NoAction}},
		"one that reaches nobody": {
			`  one: {type: aws:cloudwatch:CompositeAlarm, properties: {alarmName: one, alarmRule: ALARM(a)}}`,
			aws.Reach{Answer: answer.No, Silence: aws.NoAction},
		},
		"two that name each other": {
			`  one: {type: aws:cloudwatch:CompositeAlarm, properties: {alarmName: one, alarmRule: ALARM(a) OR ALARM(two)}}
  two: {type: aws:cloudwatch:CompositeAlarm, properties: {alarmName: two, alarmRule: ALARM(one), alarmActions: ["${oncall.arn}"]}}`,
			aws.Reach{Answer: answer.Yes, Silence: aws.NoAction},
		},
		"one that is not known": {
			`  one: {type: aws:cloudwatch:CompositeAlarm, properties: {alarmName: one, alarmRule: {"fn::unknown": 1}}}`,
			aws.Reach{Answer: answer.Unknown, Silence: aws.NoAction},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, stackOf(t, alarm+c.composites).Alarms()[0].Reach())
		})
	}
}

func TestAFunctionByItselfKnowsWhatNamesTheRoleOfItsArgument(t *testing.T) {
	t.Parallel()
	urn := resource.URN("urn:pulumi:dev::images::aws:iam/role:Role::thumbs-role")
	f := aws.FunctionOf(&graph.Resource{
		Type: graph.Function, Inputs: resource.PropertyMap{"role": resource.MakeComputed(resource.NewProperty(""))},
		PropertyDependencies: map[resource.PropertyKey][]resource.URN{"role": {urn}},
	})
	assert.Equal(t, "Role 'thumbs-role'", f.Role().String())
	assert.Nil(t, aws.FunctionOf(&graph.Resource{Type: graph.Function, Inputs: resource.PropertyMap{}}).Role())
}

func TestOpeningOfAPermissionFollowsFromItsArguments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arguments map[string]any
		want      aws.Opening
		unknown   string
	}{
		"an account":                    {map[string]any{"principal": "123456789012"}, aws.ToNamedCallers, ""},
		"everyone":                      {map[string]any{"principal": "*"}, aws.ToEveryone, ""},
		"a service alone":               {map[string]any{"principal": "sns.amazonaws.com"}, aws.ToAnySource, ""},
		"a service for any ARN":         {map[string]any{"principal": "sns.amazonaws.com", "sourceArn": "*"}, aws.ToAnyARN, ""},
		"S3 for a bucket of anyone":     {map[string]any{"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::b"}, aws.ToAnyAccount, ""},
		"Alexa for every skill":         {map[string]any{"principal": "alexa-appkit.amazon.com"}, aws.ToEverySkill, ""},
		"nobody knows whom":             {map[string]any{"principal": resource.MakeComputed(resource.NewProperty(""))}, 0, "principal"},
		"S3, for nobody knows whose":    {map[string]any{"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::b", "sourceAccount": resource.MakeComputed(resource.NewProperty(""))}, 0, "sourceAccount"},
		"Config, for all of an account": {map[string]any{"principal": "config.amazonaws.com", "sourceAccount": "123456789012"}, aws.ToNamedCallers, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opening, unknown := aws.PermissionOf(&graph.Resource{Type: graph.Permission, Inputs: resource.NewPropertyMapFromMap(c.arguments)}).Opening()
			assert.Equal(t, c.unknown, unknown)
			assert.Equal(t, c.want, opening)
		})
	}
}
