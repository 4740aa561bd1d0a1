package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

const (
	watched  = "f: {type: aws:lambda:Function}\n"
	oncall   = "oncall: {type: aws:sns:Topic}\nemail: {type: aws:sns:TopicSubscription, properties: {topic: \"${oncall.arn}\", protocol: email, endpoint: a@example.com}}\n"
	toOncall = `, alarmActions: ["${oncall.arn}"]`
	onErrors = `namespace: AWS/Lambda, metricName: Errors, dimensions: {FunctionName: "${f.name}"}`
	onDepth  = `namespace: AWS/SQS, metricName: ApproximateNumberOfMessagesVisible, dimensions: {QueueName: "${failed.name}"}`
)

// alarm is a MetricAlarm with arguments in YAML's flow form.
func alarm(name, args string) string {
	return name + ": {type: aws:cloudwatch:MetricAlarm, properties: {" + args + "}}\n"
}

// composite is a CompositeAlarm.
func composite(name, rule, args string) string {
	return name + ": {type: aws:cloudwatch:CompositeAlarm, properties: {alarmName: " + name + ", alarmRule: '" + rule + "'" + args + "}}\n"
}

// Alarms watch the metrics of their own region. The region of a resource is its own
// argument, as pulumi-aws has it since version 7, or that of its provider.
func TestLambdaFailureAlarmsAreInTheRegionOfWhatTheyWatch(t *testing.T) {
	t.Parallel()
	const (
		there  = "there: {type: pulumi:providers:aws, properties: {region: eu-west-1}}\n"
		nobody = "nobody: {type: pulumi:providers:aws, properties: {region: us-east-1, 'pipeguard:assumedRegion': us-east-1}}\n"
	)
	topic := func(more string) string {
		return strings.Replace(oncall, "aws:sns:Topic}", "aws:sns:Topic, "+more+"}", 1)
	}
	west := "f: {type: aws:lambda:Function, properties: {region: eu-west-1}}\n" + topic("properties: {region: eu-west-1}")
	// The topic is where the alarm is, but the function is not.
	apart := "f: {type: aws:lambda:Function, properties: {region: eu-west-1}}\n" + topic("properties: {region: us-east-1}")
	in := func(alarm, provider string) string {
		return strings.TrimSuffix(alarm, "}\n") + `, options: {provider: "${` + provider + `}"}}` + "\n"
	}
	testRule(t, "lambda-failure-alarms", []ruleCase{
		{name: "the same region", resources: west + alarm("a", onErrors+toOncall+", region: eu-west-1"), want: clean},
		{name: "the same region, by the provider", resources: west + there + in(alarm("a", onErrors+toOncall), "there"), want: clean},
		{
			name: "another region", resources: apart + alarm("a", onErrors+toOncall+", region: us-east-1"), want: fires("f"),
			says: "Function 'f' has no alarm on its Errors metric: nobody learns that it fails. MetricAlarm 'a' names it, but is in another region, where it has no metrics.",
		},
		{name: "another region, by the provider", resources: apart + there + in(alarm("a", onErrors+toOncall+", region: us-east-1"), "there"), want: fires("f")},
		{
			name: "another region, once the alarm has an ARN", resources: apart + alarm("a", onErrors+toOncall), want: fires("f"), preview: clean,
		},
		{
			name: "a region that is assumed", resources: west + nobody + in(alarm("a", onErrors+toOncall), "nobody"), want: undecided("f"),
			says: "MetricAlarm 'a' may watch Function 'f': whether it is in the same region is not known yet",
		},
		{
			name: "both in the region that is assumed", want: clean,
			resources: nobody + in(watched, "nobody") + topic(`options: {provider: "${nobody}"}`) + in(alarm("a", onErrors+toOncall), "nobody"),
		},
		{name: "a region not known yet", resources: west + alarm("a", onErrors+toOncall+`, region: {"fn::unknown": 1}`), want: undecided("f")},
		{
			name: "a topic in another region", want: fires("a alarmActions"),
			says: "MetricAlarm 'a', the alarm for Function 'f', sends to Topic 'oncall' in another region: CloudWatch refuses it.\n" +
				"  fix: set alarmActions to the ARN of an SNS topic in the alarm's own region",
			resources: strings.Replace(west, "aws:sns:Topic, properties: {region: eu-west-1", "aws:sns:Topic, properties: {region: us-east-1", 1) + alarm("a", onErrors+toOncall+", region: eu-west-1"),
		},
		{name: "all functions of the same region", resources: west + alarm("a", "namespace: AWS/Lambda, metricName: Errors, region: eu-west-1"+toOncall), want: clean},
		{name: "all functions of another region", resources: apart + alarm("a", "namespace: AWS/Lambda, metricName: Errors, region: us-east-1"+toOncall), want: fires("f")},
		{name: "all functions of an assumed region", resources: west + nobody + in(alarm("a", "namespace: AWS/Lambda, metricName: Errors"+toOncall), "nobody"), want: undecided("f")},
	})
}

func TestLambdaFailureAlarmsOnErrors(t *testing.T) {
	t.Parallel()
	queries := func(list string) string { return alarm("a", "metricQueries: ["+list+"]"+toOncall) }
	metric := func(function string) string {
		return `{id: e, metric: {namespace: AWS/Lambda, metricName: Errors, period: 60, stat: Sum, dimensions: {FunctionName: "` + function + `"}}}`
	}
	const two = watched + "g: {type: aws:lambda:Function}\n" + oncall
	testRule(t, "lambda-failure-alarms", []ruleCase{
		{
			name: "no alarm", resources: watched, want: fires("f"),
			says: "Function 'f' has no alarm on its Errors metric: nobody learns that it fails.\n" +
				"  fix: declare an aws.cloudwatch.MetricAlarm with namespace AWS/Lambda, metricName Errors, " +
				"dimensions {FunctionName: this function's name} and alarmActions",
		},
		{name: "an alarm", resources: watched + alarm("a", onErrors+toOncall) + oncall, want: clean},
		{
			name: "an alarm by the same literal", want: clean,
			resources: "f: {type: aws:lambda:Function, properties: {name: thumbnailer}}\n" + oncall +
				alarm("a", "namespace: AWS/Lambda, metricName: Errors, dimensions: {FunctionName: thumbnailer}"+toOncall),
		},
		{
			name: "an alarm by a secret literal", want: clean,
			resources: "f: {type: aws:lambda:Function, properties: {name: {\"fn::secret\": " + hush + "}}}\n" + oncall +
				alarm("a", "namespace: AWS/Lambda, metricName: Errors, dimensions: {FunctionName: "+hush+"}"+toOncall),
		},
		{name: "an alarm of another function", resources: watched + oncall + alarm("a", "namespace: AWS/Lambda, metricName: Errors, dimensions: {FunctionName: g}"+toOncall), want: fires("f")},
		{name: "an alarm on another metric", resources: watched + oncall + alarm("a", `namespace: AWS/Lambda, metricName: Throttles, dimensions: {FunctionName: "${f.name}"}`+toOncall), want: fires("f")},
		{name: "an alarm on Errors of another namespace", resources: watched + oncall + alarm("a", `namespace: Custom, metricName: Errors, dimensions: {FunctionName: "${f.name}"}`+toOncall), want: fires("f")},
		{
			name: "a dimension that holds the ARN, which no metric has", want: fires("f"), preview: clean,
			resources: watched + oncall + alarm("a", `namespace: AWS/Lambda, metricName: Errors, dimensions: {FunctionName: "${f.arn}"}`+toOncall),
		},
		{name: "a further dimension", resources: watched + oncall + alarm("a", `namespace: AWS/Lambda, metricName: Errors, dimensions: {FunctionName: "${f.name}", Resource: "${f.name}:live"}`+toOncall), want: clean},
		{name: "no dimension: all functions", resources: two + alarm("a", "namespace: AWS/Lambda, metricName: Errors"+toOncall), want: clean},
		{name: "no dimension, no action", resources: two + alarm("a", "namespace: AWS/Lambda, metricName: Errors"), want: fires("a alarmActions")},
		{name: "metric math", resources: watched + oncall + queries(metric("${f.name}")+", {id: r, expression: e * 100, returnData: true}"), want: clean},
		{name: "metric math over two functions", resources: two + queries(metric("${f.name}")+", "+metric("${g.name}")+", {id: r, expression: SUM(METRICS())}"), want: clean},
		{name: "metric math over one of two functions", resources: two + queries(metric("${f.name}")+", {id: r, expression: e}"), want: fires("g")},
		{
			name: "metric math without a dimension", want: clean,
			resources: two + queries("{id: e, metric: {namespace: AWS/Lambda, metricName: Errors, period: 60, stat: Sum}}"),
		},
		{
			name: "a SEARCH expression", want: clean,
			resources: two + queries(`{id: r, expression: "SUM(SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum'))"}`),
		},
		{
			name: "a SEARCH expression on another metric", want: fires("f", "g"),
			resources: two + queries(`{id: r, expression: "SUM(SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Duration\"', 'Sum'))"}`),
		},
		{name: "an unknown expression", resources: watched + oncall + queries(`{id: r, expression: {"fn::unknown": 1}}`), want: undecided("f")},
		{name: "unknown queries", resources: watched + oncall + alarm("a", `metricQueries: {"fn::unknown": 1}`+toOncall), want: undecided("f")},
		{name: "unknown dimensions", resources: watched + oncall + alarm("a", `namespace: AWS/Lambda, metricName: Errors, dimensions: {"fn::unknown": 1}`+toOncall), want: undecided("f")},
		{
			name: "an unknown metric concerns the function of its dimension only", want: fires("g").and("f"),
			resources: two + alarm("a", `namespace: AWS/Lambda, metricName: {"fn::unknown": 1}, dimensions: {FunctionName: "${f.name}"}`+toOncall),
			says:      "MetricAlarm 'a' may watch Function 'f': what it watches is not known yet",
		},
		{name: "an unknown metric without a dimension", resources: watched + oncall + alarm("a", `namespace: AWS/Lambda, metricName: {"fn::unknown": 1}`+toOncall), want: undecided("f")},
		{name: "an unknown metric of another namespace", resources: watched + oncall + alarm("a", `namespace: AWS/SNS, metricName: {"fn::unknown": 1}`+toOncall), want: fires("f")},
		{
			name: "function and alarm named from one random id", want: clean, preview: undecided("f"),
			resources: `id: {type: random:index:RandomId}
f: {type: aws:lambda:Function, properties: {name: "thumbnailer-${id.hex}"}}
` + oncall + alarm("a", `namespace: AWS/Lambda, metricName: Errors, dimensions: {FunctionName: "thumbnailer-${id.hex}"}`+toOncall),
		},
		{
			name: "function named from a random id, alarm by its output", want: clean,
			resources: `id: {type: random:index:RandomId}
f: {type: aws:lambda:Function, properties: {name: "thumbnailer-${id.hex}"}}
` + oncall + alarm("a", onErrors+toOncall),
		},
		{name: "a function that is only read", resources: "f: {type: aws:lambda:Function, get: {name: theirs}}", want: clean},
		{
			name: "an alarm that is only read", want: undecided("f"),
			resources: watched + "a: {type: aws:cloudwatch:MetricAlarm, get: {" + onErrors + "}}\n",
		},
		{
			name: "an alarm inside a component", want: clean,
			resources: watched + oncall + `alarms: {type: images:index:Alarms}
a: {type: aws:cloudwatch:MetricAlarm, properties: {` + onErrors + toOncall + `}, options: {parent: "${alarms}"}}`,
		},
	})
}

func TestLambdaFailureAlarmsThatReachNobody(t *testing.T) {
	t.Parallel()
	const silent = "quiet: {type: aws:sns:Topic}\n"
	actions := func(list string) string { return watched + alarm("a", onErrors+", alarmActions: "+list) }
	testRule(t, "lambda-failure-alarms", []ruleCase{
		{
			name: "actions disabled", resources: watched + oncall + alarm("a", onErrors+toOncall+", actionsEnabled: false"), want: fires("a actionsEnabled"),
			says: "MetricAlarm 'a', the alarm for Function 'f', has its actions disabled: it reaches nobody.\n" +
				"  fix: remove actionsEnabled, or set it to true",
		},
		{name: "actions enabled", resources: watched + oncall + alarm("a", onErrors+toOncall+", actionsEnabled: true"), want: clean},
		{name: "actions secretly disabled", resources: watched + oncall + alarm("a", onErrors+toOncall+`, actionsEnabled: {"fn::secret": false}`), want: fires("a actionsEnabled")},
		{name: "actions enabled or not", resources: watched + oncall + alarm("a", onErrors+toOncall+`, actionsEnabled: {"fn::unknown": 1}`), want: undecided("f")},
		{name: "no action, enabled or not", resources: watched + alarm("a", onErrors+`, actionsEnabled: {"fn::unknown": 1}`), want: fires("a alarmActions")},
		{
			name: "no action", resources: watched + alarm("a", onErrors), want: fires("a alarmActions"),
			says: "MetricAlarm 'a', the alarm for Function 'f', has no action: it reaches nobody.\n" +
				"  fix: set alarmActions to the ARN of an SNS topic that has a subscription",
		},
		{
			name: "fires on no errors", resources: watched + oncall + alarm("a", onErrors+toOncall+", comparisonOperator: LessThanThreshold, threshold: 1"),
			want: fires("a comparisonOperator"),
			says: "MetricAlarm 'a', the alarm for Function 'f', fires below its threshold: failures end it.\n" +
				"  fix: set comparisonOperator: GreaterThanThreshold",
		},
		{name: "fires on errors", resources: watched + oncall + alarm("a", onErrors+toOncall+", comparisonOperator: GreaterThanThreshold, threshold: 0"), want: clean},
		{
			name:      "fires on no errors, and tells when that ends",
			resources: watched + oncall + alarm("a", onErrors+toOncall+`, comparisonOperator: LessThanThreshold, threshold: 1, okActions: ["${oncall.arn}"]`), want: clean,
		},
		{
			name: "fires below a threshold of an expression", want: clean,
			resources: watched + oncall + alarm("a", `comparisonOperator: LessThanThreshold, metricQueries: [{id: e, expression: "100 - m"}, {id: m, metric: {`+onErrors+`}}]`+toOncall),
		},
		{
			name: "fires on no errors, in a composite alarm", want: undecided("f"),
			resources: watched + oncall + alarm("a", onErrors+", comparisonOperator: LessThanThreshold, threshold: 1") +
				`c: {type: aws:cloudwatch:CompositeAlarm, properties: {alarmName: c, alarmRule: 'NOT ALARM("${a.name}")', alarmActions: ["${oncall.arn}"]}}`,
		},
		{name: "an empty list of actions", resources: actions("[]"), want: fires("a alarmActions")},
		{name: "an empty action", resources: actions(`[""]`), want: fires("a alarmActions")},
		{name: "okActions alone", resources: watched + oncall + alarm("a", onErrors+`, okActions: ["${oncall.arn}"]`), want: fires("a alarmActions")},
		{
			name: "a topic without a subscription", resources: actions(`["${quiet.arn}"]`) + silent, want: fires("a alarmActions"),
			says: "MetricAlarm 'a', the alarm for Function 'f', sends to Topic 'quiet', which has no subscription: it reaches nobody.\n" +
				"  fix: declare an aws.sns.TopicSubscription for Topic 'quiet'",
		},
		{name: "a topic without a subscription, by a hand-built ARN", resources: actions(`["arn:aws:sns:us-east-1:123456789012:${quiet.name}"]`) + silent, want: fires("a alarmActions")},
		{
			name: "two alarms on one topic without a subscription", want: fires("a alarmActions", "b alarmActions"),
			resources: actions(`["${quiet.arn}"]`) + silent + "g: {type: aws:lambda:Function}\n" +
				alarm("b", `namespace: AWS/Lambda, metricName: Errors, dimensions: {FunctionName: "${g.name}"}, alarmActions: ["${quiet.arn}"]`),
		},
		{name: "one topic of two has a subscription", resources: actions(`["${quiet.arn}", "${oncall.arn}"]`) + silent + oncall, want: clean},
		{name: "one alarm of two reaches somebody", resources: watched + alarm("a", onErrors) + alarm("b", onErrors+toOncall) + oncall, want: clean},
		{
			name: "a subscription of another topic", want: fires("a alarmActions"),
			resources: actions(`["${quiet.arn}"]`) + silent + oncall,
		},
		{
			name: "a subscription of an unknown topic", want: undecided("f"),
			resources: actions(`["${quiet.arn}"]`) + silent + `s: {type: aws:sns:TopicSubscription, properties: {topic: {"fn::unknown": 1}, protocol: email}}`,
		},
		{
			name: "a subscription that is only read", want: clean,
			resources: actions(`["${quiet.arn}"]`) + silent + `s: {type: aws:sns:TopicSubscription, get: {topic: "${quiet.arn}"}}`,
		},
		{
			name: "a Slack channel", want: clean,
			resources: actions(`["${quiet.arn}"]`) + silent + `s: {type: aws:chatbot:SlackChannelConfiguration, properties: {snsTopicArns: ["${quiet.arn}"]}}`,
		},
		{
			name: "a Teams channel with unknown topics", want: undecided("f"),
			resources: actions(`["${quiet.arn}"]`) + silent + `s: {type: aws:chatbot:TeamsChannelConfiguration, properties: {snsTopicArns: {"fn::unknown": 1}}}`,
		},
		{
			name: "a topic from elsewhere", resources: actions(`["arn:aws:sns:us-east-1:123456789012:oncall"]`), want: undecided("f"),
			says: "whether the alarm for Function 'f' reaches anybody is not known yet, or is settled outside this stack",
		},
		{
			name: "a topic of the same name in another account", want: undecided("f"), preview: fires("a alarmActions"),
			resources: actions(`["arn:aws:sns:us-east-1:999999999999:quiet"]`) + "quiet: {type: aws:sns:Topic, properties: {name: quiet}}",
		},
		{name: "a topic that is only read", resources: actions(`["${theirs.arn}"]`) + "theirs: {type: aws:sns:Topic, get: {name: oncall}}", want: undecided("f")},
		{
			name: "a topic of another stack, in a first preview", want: undecided("f"),
			resources: actions(`[{"fn::unknown": "${platform.id}"}]`) + `platform: {type: "pulumi:pulumi:StackReference"}`,
		},
		{name: "an unknown action", resources: actions(`[{"fn::unknown": 1}]`), want: undecided("f")},
		{name: "unknown actions", resources: actions(`{"fn::unknown": 1}`), want: undecided("f")},
		{name: "a secret topic from elsewhere", resources: actions(`[{"fn::secret": "arn:aws:sns:us-east-1:123456789012:` + hush + `"}]`), want: undecided("f")},
		{name: "a function as the action", resources: actions(`["arn:aws:lambda:us-east-1:123456789012:function:pager"]`), want: clean},
		{name: "an OpsItem as the action", resources: actions(`["arn:aws:ssm:us-east-1:123456789012:opsitem:1"]`), want: clean},
		{name: "an action that is no ARN", resources: actions(`[oncall]`), want: fires("a alarmActions")},
	})
}

func TestLambdaFailureAlarmsBehindCompositeAlarms(t *testing.T) {
	t.Parallel()
	const quiet = watched + oncall
	a := alarm("a", "name: errors, "+onErrors)
	testRule(t, "lambda-failure-alarms", []ruleCase{
		{name: "by name", resources: quiet + a + composite("c", `ALARM(errors) OR ALARM("other")`, toOncall), want: clean},
		{name: "by quoted name", resources: quiet + a + composite("c", `ALARM("errors")`, toOncall), want: clean},
		{
			name: "by a name with parentheses", want: clean,
			resources: quiet + alarm("a", `name: "errors (all)", `+onErrors) + composite("c", `ALARM("errors (all)")`, toOncall),
		},
		{name: "by the name that Pulumi gives", resources: quiet + alarm("a", onErrors) + composite("c", `ALARM("${a.name}")`, toOncall), want: clean},
		{name: "by ARN", resources: quiet + a + composite("c", `ALARM(${a.arn})`, toOncall), want: clean},
		{name: "a circle of composite alarms", resources: quiet + a + composite("c", "ALARM(errors) OR ALARM(d)", "") + composite("d", "ALARM(c)", ""), want: fires("a alarmActions")},
		{name: "another alarm", resources: quiet + a + composite("c", `ALARM("other")`, toOncall), want: fires("a alarmActions")},
		{name: "its OK state", resources: quiet + a + composite("c", `OK("errors")`, toOncall), want: fires("a alarmActions")},
		{name: "without an action", resources: quiet + a + composite("c", `ALARM("errors")`, ""), want: fires("a alarmActions")},
		{name: "with actions disabled", resources: quiet + a + composite("c", `ALARM("errors")`, toOncall+", actionsEnabled: false"), want: fires("a alarmActions")},
		{name: "with a topic from elsewhere", resources: quiet + a + composite("c", `ALARM("errors")`, `, alarmActions: ["arn:aws:sns:us-east-1:123456789012:o"]`), want: undecided("f")},
		{name: "only read", resources: quiet + a + `c: {type: aws:cloudwatch:CompositeAlarm, get: {alarmRule: ALARM(errors)}}`, want: undecided("f")},
		{name: "an unknown rule", resources: quiet + a + `c: {type: aws:cloudwatch:CompositeAlarm, properties: {alarmRule: {"fn::unknown": 1}` + toOncall + `}}`, want: undecided("f")},
		{name: "a wildcard", resources: quiet + a + composite("c", `ALARM(err*)`, toOncall), want: undecided("f")},
		{name: "AT_LEAST of a list", resources: quiet + a + composite("c", `AT_LEAST(1, ALARM, (errors, other))`, toOncall), want: undecided("f")},
		{name: "an alarm with an action of its own", resources: quiet + alarm("a", "name: errors, "+onErrors+toOncall) + composite("c", `ALARM("errors")`, ""), want: clean},
		{
			name: "a composite alarm of composite alarms", want: clean,
			resources: quiet + a + composite("c", `ALARM("errors")`, "") + composite("d", `ALARM(${c.arn})`, toOncall),
		},
		{
			name: "a composite alarm of composite alarms, by name", want: clean,
			resources: quiet + a + composite("c", `ALARM("errors")`, "") + composite("d", `ALARM(c)`, toOncall),
		},
	})
}

func TestLambdaFailureAlarmsOnDeadLetterQueues(t *testing.T) {
	t.Parallel()
	base := oncall + failed + "all: {type: aws:cloudwatch:MetricAlarm, properties: {namespace: AWS/Lambda, metricName: Errors" + toOncall + "}}\n"
	redrive := func(arn string) string {
		return `{"fn::toJSON": {deadLetterTargetArn: "` + arn + `", maxReceiveCount: 5}}`
	}
	var cases []ruleCase
	for origin, sender := range map[string]string{
		"deadLetterConfig":       `s: {type: aws:lambda:Function, properties: {deadLetterConfig: {targetArn: "${failed.arn}"}}}`,
		"a hand-built ARN":       `s: {type: aws:lambda:Function, properties: {deadLetterConfig: {targetArn: "arn:aws:sqs:us-east-1:123456789012:failed"}}}`,
		"onFailure":              `s: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: f, destinationConfig: {onFailure: {destination: "${failed.arn}"}}}}`,
		"onFailure of a poller":  `s: {type: aws:lambda:EventSourceMapping, properties: {functionName: f, destinationConfig: {onFailure: {destinationArn: "${failed.arn}"}}}}`,
		"an EventBridge target":  `s: {type: aws:cloudwatch:EventTarget, properties: {rule: r, arn: a, deadLetterConfig: {arn: "${failed.arn}"}}}`,
		"a queue's redrive":      `s: {type: aws:sqs:Queue, properties: {redrivePolicy: ` + redrive("${failed.arn}") + `}}`,
		"a redrive, literal":     `s: {type: aws:sqs:Queue, properties: {redrivePolicy: ` + redrive("arn:aws:sqs:us-east-1:123456789012:failed") + `}}`,
		"a secret redrive":       `s: {type: aws:sqs:Queue, properties: {redrivePolicy: {"fn::secret": ` + redrive("arn:aws:sqs:us-east-1:123456789012:failed") + `}}}`,
		"a RedrivePolicy":        `s: {type: aws:sqs:RedrivePolicy, properties: {queueUrl: u, redrivePolicy: ` + redrive("${failed.arn}") + `}}`,
		"a subscription's":       `s: {type: aws:sns:TopicSubscription, properties: {topic: t, redrivePolicy: ` + redrive("${failed.arn}") + `}}`,
		"a sender only read":     `s: {type: aws:lambda:Function, get: {deadLetterConfig: {targetArn: "${failed.arn}"}}}`,
		"a queue only read":      `s: {type: aws:sqs:Queue, get: {redrivePolicy: ` + redrive("${failed.arn}") + `}}`,
		"a component's function": "c: {type: images:index:Pipeline}\n" + `s: {type: aws:lambda:Function, properties: {deadLetterConfig: {targetArn: "${failed.arn}"}}, options: {parent: "${c}"}}`,
	} {
		cases = append(
			cases,
			ruleCase{
				name: origin + ", no alarm", resources: base + sender, want: fires("failed"),
				says: "Queue 'failed' is a dead-letter queue without an alarm on its depth: failed events expire unseen.",
			},
			ruleCase{name: origin + ", an alarm", resources: base + sender + "\n" + alarm("d", onDepth+toOncall), want: clean},
			ruleCase{name: origin + ", an alarm without an action", resources: base + sender + "\n" + alarm("d", onDepth), want: fires("d alarmActions")},
		)
	}
	const sender = `s: {type: aws:lambda:Function, properties: {deadLetterConfig: {targetArn: "${failed.arn}"}}}` + "\n"
	cases = append(
		cases,
		ruleCase{name: "a queue that is no dead-letter queue", resources: base, want: clean},
		ruleCase{name: "a dead-letter queue that is only read", resources: oncall + sender + "failed: {type: aws:sqs:Queue, get: {name: failed}}\n" + alarm("a", "namespace: AWS/Lambda, metricName: Errors"+toOncall), want: clean},
		ruleCase{name: "a topic as dead-letter target", resources: base + `s: {type: aws:lambda:Function, properties: {deadLetterConfig: {targetArn: "${oncall.arn}"}}}`, want: clean},
		ruleCase{
			name: "one queue for two functions, one alarm", want: clean,
			resources: base + sender + `g: {type: aws:lambda:Function, properties: {deadLetterConfig: {targetArn: "${failed.arn}"}}}` + "\n" + alarm("d", onDepth+toOncall),
		},
		ruleCase{
			name: "no dimension: SQS has no depth of all queues", want: fires("failed"),
			resources: base + sender + alarm("d", "namespace: AWS/SQS, metricName: ApproximateNumberOfMessagesVisible"+toOncall),
		},
		ruleCase{
			name: "an alarm on messages sent, which dead letters are not counted as", want: fires("failed"),
			resources: base + sender + alarm("d", `namespace: AWS/SQS, metricName: NumberOfMessagesSent, dimensions: {QueueName: "${failed.name}"}`+toOncall),
		},
		ruleCase{
			name: "a dimension that holds the URL, which no metric has", want: fires("failed"), preview: clean,
			resources: base + sender + alarm("d", `namespace: AWS/SQS, metricName: ApproximateNumberOfMessagesVisible, dimensions: {QueueName: "${failed.id}"}`+toOncall),
		},
		ruleCase{
			name: "metric math over visible and invisible messages", want: clean,
			resources: base + sender + alarm("d", `metricQueries: [{id: v, metric: {`+onDepth+`}}, {id: s, expression: v + n}]`+toOncall),
		},
		ruleCase{
			name: "an unknown target", resources: base + `s: {type: aws:lambda:Function, properties: {deadLetterConfig: {targetArn: {"fn::unknown": 1}}}}`, want: undecided("failed"),
			says: "Queue 'failed' may be the dead-letter queue of Function 's', whose target is not known yet",
		},
		ruleCase{
			name: "an unknown target, and an alarm in any case", want: clean,
			resources: base + `s: {type: aws:lambda:Function, properties: {deadLetterConfig: {targetArn: {"fn::unknown": 1}}}}` + "\n" + alarm("d", onDepth+toOncall),
		},
		ruleCase{name: "a redrive policy that is no JSON", resources: base + "s: {type: aws:sqs:Queue, properties: {redrivePolicy: x}}", want: clean},
		ruleCase{
			name: "the onSuccess queue is no dead-letter queue", want: fires("failed"), preview: undecided("done", "failed"),
			resources: base + `done: {type: aws:sqs:Queue}
s: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: f, destinationConfig: {onFailure: {destination: "${failed.arn}"}, onSuccess: {destination: "${done.arn}"}}}}`,
		},
		ruleCase{
			name: "a known onSuccess destination leaves onFailure plain", want: fires("failed"),
			resources: base + `s: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: f, destinationConfig: {onFailure: {destination: "${failed.arn}"}, onSuccess: {destination: "arn:aws:sqs:us-east-1:123456789012:done"}}}}`,
		},
		ruleCase{
			name: "a composite alarm over errors and depth", want: clean,
			resources: base + sender + alarm("d", "name: depth, "+onDepth) + composite("c", "ALARM(depth)", toOncall),
		},
	)
	testRule(t, "lambda-failure-alarms", cases)
}

// A stack of n functions, each with a broken alarm of its own and one that
// covers all functions, is judged in time that grows with n alone.
func TestLambdaFailureAlarmsReportEachAlarmOnce(t *testing.T) {
	t.Parallel()
	const n = 2000
	var resources strings.Builder
	for i := range n {
		fmt.Fprintf(&resources, "f%d: {type: aws:lambda:Function}\n", i)
		fmt.Fprintf(&resources, "a%d: {type: aws:cloudwatch:MetricAlarm, properties: {namespace: AWS/Lambda, metricName: Errors}}\n", i)
	}
	g, err := ruletest.Graph(ruleCase{resources: resources.String()}.program(), ruletest.Preview)
	require.NoError(t, err)
	res := checkGraph(t, g, only("lambda-failure-alarms"))
	assert.Len(t, res.Findings, n)
	assert.Len(t, g.All(graph.MetricAlarm), n)
}
