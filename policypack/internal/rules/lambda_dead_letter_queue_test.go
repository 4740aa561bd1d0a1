package rules_test

import (
	"fmt"
	"strings"
	"testing"
)

// triggered is a function that a bucket notification invokes, with more
// arguments in YAML's flow form.
func triggered(args string) string {
	return "f: {type: aws:lambda:Function, properties: {name: thumbnailer" + args + "}}\n" + notifies("${f.arn}")
}

func notifies(arn string) string {
	return `uploads: {type: aws:s3:BucketV2}
n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.id}", lambdaFunctions: [{lambdaFunctionArn: "` + arn +
		`", events: ["s3:ObjectCreated:*"]}]}}
`
}

// role is a role whose policy allows an action on a resource.
func role(action, on string) string {
	return `role: {type: aws:iam:Role, properties: {name: thumbnailer}}
may:
  type: aws:iam:RolePolicy
  properties:
    role: "${role.name}"
    policy: {"fn::toJSON": {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "` + action + `", Resource: "` + on + `"}]}}
`
}

const (
	thumbnailerARN = "arn:aws:lambda:us-east-1:123456789012:function:thumbnailer"
	failedARN      = "arn:aws:sqs:us-east-1:123456789012:failed"
	failed         = "failed: {type: aws:sqs:Queue, properties: {name: failed}}\n"
	deadLetters    = `, deadLetterConfig: {targetArn: "${failed.arn}"}`
	withRole       = `, role: "${role.arn}"`
)

func TestLambdaDeadLetterQueueAsksFunctionsInvokedAsynchronously(t *testing.T) {
	t.Parallel()
	const (
		f     = "f: {type: aws:lambda:Function, properties: {name: thumbnailer}}\n"
		alias = `live: {type: aws:lambda:Alias, properties: {name: live, functionName: "${f.name}", functionVersion: "7"}}
`
	)
	bad := fires("f deadLetterConfig")
	permission := func(principal string) string {
		return f + `p: {type: aws:lambda:Permission, properties: {function: "${f.name}", action: "lambda:InvokeFunction", principal: ` + principal + `}}`
	}
	testRule(t, "lambda-dead-letter-queue", []ruleCase{
		{name: "invoked by nothing", resources: f, want: clean},
		{
			name: "a notification", resources: f + notifies("${f.arn}"), want: bad,
			says: "Function 'f' is invoked asynchronously (by BucketNotification 'n') and has neither a deadLetterConfig nor an " +
				"onFailure destination: events it fails on are lost.\n" +
				"  fix: set deadLetterConfig: {targetArn: the ARN of an SQS queue} and allow the role sqs:SendMessage on it",
		},
		{name: "a notification, by an ARN built by hand", resources: f + notifies("arn:aws:lambda:us-east-1:123456789012:function:${f.name}"), want: bad},
		{name: "a notification in snake_case", resources: f + `n: {type: aws:s3:BucketNotification, properties: {bucket: b, lambdaFunctions: [{lambda_function_arn: "${f.arn}"}]}}`, want: bad},
		{name: "a notification of a version", resources: f + notifies(thumbnailerARN+":7"), want: bad},
		{
			name: "a notification of an alias", resources: f + alias + notifies("${live.arn}"), want: bad,
		},
		{name: "a notification of an alias that is not in the program", resources: f + notifies(thumbnailerARN+":live"), want: bad},
		{name: "a notification of another function", resources: f + "g: {type: aws:lambda:Function, get: {name: g}}\n" + notifies("${g.arn}"), want: clean},
		{name: "a notification of nobody knows what", resources: f + `n: {type: aws:s3:BucketNotification, properties: {bucket: b, lambdaFunctions: {"fn::unknown": 1}}}`, want: undecided("f")},
		{name: "a notification of a queue", resources: f + `n: {type: aws:s3:BucketNotification, properties: {bucket: b, queues: [{queueArn: "${f.arn}"}]}}`, want: clean},
		{name: "a subscription", resources: f + `s: {type: aws:sns:TopicSubscription, properties: {topic: t, protocol: lambda, endpoint: "${f.arn}"}}`, want: bad},
		{name: "a subscription of a queue", resources: f + `s: {type: aws:sns:TopicSubscription, properties: {topic: t, protocol: sqs, endpoint: "` + failedARN + `"}}`, want: clean},
		{
			name: "a subscription of unknown protocol", want: undecided("f"),
			resources: f + `g: {type: aws:lambda:Function}
s: {type: aws:sns:TopicSubscription, properties: {topic: t, protocol: {"fn::unknown": 1}, endpoint: "${f.arn}"}}`,
			says: "whether TopicSubscription 's' invokes Function 'f' asynchronously is not known yet",
		},
		{name: "an EventBridge target", resources: f + `e: {type: aws:cloudwatch:EventTarget, properties: {rule: r, arn: "${f.arn}"}}`, want: bad},
		{name: "an EventBridge target that is a queue", resources: f + `e: {type: aws:cloudwatch:EventTarget, properties: {rule: r, arn: "` + failedARN + `"}}`, want: clean},
		{
			name: "a schedule", want: bad,
			resources: f + `s: {type: aws:scheduler:Schedule, properties: {target: {arn: "${f.arn}", roleArn: "` + thumbnailerARN + `"}}}`,
		},
		{name: "a permission for S3", resources: permission("s3.amazonaws.com"), want: bad},
		{name: "a permission for SNS", resources: permission("sns.amazonaws.com"), want: bad},
		{name: "a permission for EventBridge", resources: permission("events.amazonaws.com"), want: bad},
		{name: "a permission for schedules", resources: permission("scheduler.amazonaws.com"), want: bad},
		{name: "a secret permission", resources: permission(`{"fn::secret": s3.amazonaws.com}`), want: bad},
		{
			name: "a permission for S3 on an alias", want: bad,
			resources: f + alias + `p: {type: aws:lambda:Permission, properties: {function: "${f.name}", qualifier: "${live.name}", principal: s3.amazonaws.com}}`,
		},
		{name: "a permission for API Gateway", resources: permission("apigateway.amazonaws.com"), want: clean},
		{name: "a permission for a load balancer", resources: permission("elasticloadbalancing.amazonaws.com"), want: clean},
		{name: "a permission for an account", resources: permission(`"123456789012"`), want: clean},
		{
			name: "a permission for an unknown service concerns its own function only", want: undecided("f"),
			resources: permission(`{"fn::unknown": 1}`) + "\ng: {type: aws:lambda:Function}",
		},
		{
			name: "polled from a queue with a dead-letter queue of its own", want: clean,
			resources: f + failed + `jobs: {type: aws:sqs:Queue, properties: {redrivePolicy: {"fn::toJSON": {deadLetterTargetArn: "${failed.arn}", maxReceiveCount: 5}}}}
m: {type: aws:lambda:EventSourceMapping, properties: {eventSourceArn: "${jobs.arn}", functionName: "${f.arn}"}}`,
		},
		{name: "a function URL", resources: f + `u: {type: aws:lambda:FunctionUrl, properties: {functionName: "${f.name}", authorizationType: AWS_IAM}}`, want: clean},
		{
			name: "a function that is only read", want: clean,
			resources: "f: {type: aws:lambda:Function, get: {name: thumbnailer}}\n" + notifies("${f.arn}"),
		},
		{
			name: "functions of one name in two regions, one of them invoked", want: bad,
			resources: f + `elsewhere: {type: aws:lambda:Function, properties: {name: thumbnailer, arn: "arn:aws:lambda:eu-west-1:123456789012:function:thumbnailer"}}
` + notifies(thumbnailerARN+":7"),
		},
	})
}

func TestLambdaDeadLetterQueueJudgesWhereFailuresGo(t *testing.T) {
	t.Parallel()
	onFailure := func(destinations string) string {
		return triggered(withRole) + `c: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: "${f.name}", destinationConfig: ` + destinations + `}}
`
	}
	destination := func(arn string) string { return `{onFailure: {destination: "` + arn + `"}}` }
	literal := func(arn string) string { return `, deadLetterConfig: {targetArn: "` + arn + `"}` }
	sends := role("sqs:SendMessage", "*")
	cases := []ruleCase{
		{name: "a queue", resources: triggered(deadLetters+withRole) + failed + sends, want: clean},
		{name: "one queue for two functions", want: clean, resources: triggered(deadLetters+withRole) + failed + sends +
			`g: {type: aws:lambda:Function, properties: {role: "${role.arn}"` + deadLetters + `}}
m: {type: aws:s3:BucketNotification, properties: {bucket: b, lambdaFunctions: [{lambdaFunctionArn: "${g.arn}"}]}}`},
		{name: "a topic", resources: triggered(`, deadLetterConfig: {targetArn: "${t.arn}"}`+withRole) + "t: {type: aws:sns:Topic}\n" + role("sns:Publish", "*"), want: clean},
		{name: "a queue by an ARN built by hand", resources: triggered(literal("arn:aws:sqs:us-east-1:123456789012:${failed.name}")+withRole) + failed + sends, want: clean},
		{name: "an empty target", resources: triggered(`, deadLetterConfig: {targetArn: ""}`), want: fires("f deadLetterConfig")},
		{name: "an empty deadLetterConfig", resources: triggered(`, deadLetterConfig: {}`), want: fires("f deadLetterConfig")},
		{name: "an unknown target", resources: triggered(`, deadLetterConfig: {targetArn: {"fn::unknown": 1}}`), want: undecided("f"), says: "the dead-letter target of Function 'f' is not known yet"},
		{name: "an unknown deadLetterConfig", resources: triggered(`, deadLetterConfig: {"fn::unknown": 1}`), want: undecided("f")},
		{
			name: "an unknown target of a function that nothing invokes", want: clean,
			resources: `f: {type: aws:lambda:Function, properties: {deadLetterConfig: {"fn::unknown": 1}}}`,
		},
		{
			name: "a FIFO queue", resources: triggered(literal(failedARN + ".fifo")), want: fires("f deadLetterConfig.targetArn"),
			says: `deadLetterConfig.targetArn of Function 'f' is "` + failedARN + `.fifo", which is not a standard SQS queue or SNS topic.` +
				"\n  fix: use the ARN of a standard SQS queue or SNS topic",
		},
		{
			name: "a FIFO queue of the program", want: fires("f deadLetterConfig.targetArn"), preview: undecided("f"),
			resources: triggered(`, deadLetterConfig: {targetArn: "${fifo.arn}"}`) + "fifo: {type: aws:sqs:Queue, properties: {name: failed.fifo, fifoQueue: true}}",
		},
		{name: "a bucket", resources: triggered(literal("arn:aws:s3:::failed")), want: fires("f deadLetterConfig.targetArn")},
		{name: "a queue's URL", resources: triggered(literal("https://sqs.us-east-1.amazonaws.com/123456789012/failed")), want: fires("f deadLetterConfig.targetArn")},
		{name: "a function", resources: triggered(literal(thumbnailerARN)), want: fires("f deadLetterConfig.targetArn")},
		{
			name: "a bucket of the program", want: fires("f deadLetterConfig.targetArn"), preview: undecided("f"),
			resources: triggered(`, deadLetterConfig: {targetArn: "${uploads.arn}"}`),
		},
		{
			name: "a wrong target without a trigger", want: fires("f deadLetterConfig.targetArn"),
			resources: "f: {type: aws:lambda:Function, properties: {name: thumbnailer" + literal("arn:aws:s3:::failed") + "}}",
		},
		{
			name: "a secret wrong target", want: fires("f deadLetterConfig.targetArn"), says: "is [secret], which is not",
			resources: triggered(`, deadLetterConfig: {targetArn: {"fn::secret": "arn:aws:s3:::` + hush + `"}}`),
		},
		{name: "a secret right target", resources: triggered(`, deadLetterConfig: {targetArn: {"fn::secret": "`+failedARN+hush+`"}}`+withRole) + sends, want: clean},

		{name: "onFailure to an unknown place", resources: onFailure(`{onFailure: {destination: {"fn::unknown": 1}}}`) + sends, want: undecided("f")},
		{name: "an unknown destinationConfig", resources: onFailure(`{"fn::unknown": 1}`) + sends, want: undecided("f")},
		{name: "onSuccess alone", resources: onFailure(`{onSuccess: {destination: "`+failedARN+`"}}`) + sends, want: fires("f deadLetterConfig")},
		{
			name: "onFailure beside onSuccess", want: clean, preview: undecided("f"),
			resources: onFailure(`{onFailure: {destination: "${failed.arn}"}, onSuccess: {destination: "${done.arn}"}}`) + failed + sends +
				"done: {type: aws:sqs:Queue}",
		},
		{
			name: "onFailure of another function", want: fires("f deadLetterConfig"),
			resources: triggered(withRole) + failed + sends + `g: {type: aws:lambda:Function, properties: {role: "${role.arn}"}}
c: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: "${g.name}", destinationConfig: ` + destination("${failed.arn}") + `}}`,
		},
		{
			name: "onFailure of an unknown function", want: undecided("f"),
			resources: triggered(withRole) + failed + sends +
				`c: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: {"fn::unknown": 1}, destinationConfig: ` + destination("${failed.arn}") + `}}`,
			says: "FunctionEventInvokeConfig 'c' may give Function 'f' an on-failure destination: its function is not known yet",
		},
		{
			name: "onFailure of an alias, of a function invoked itself", want: fires("f deadLetterConfig"), preview: undecided("f"),
			resources: triggered(withRole) + failed + sends + `live: {type: aws:lambda:Alias, properties: {name: live, functionName: "${f.name}"}}
c: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: "${live.arn}", destinationConfig: ` + destination("${failed.arn}") + `}}`,
		},
		{
			name: "onFailure to a FIFO topic", resources: onFailure(destination("arn:aws:sns:us-east-1:123456789012:failed.fifo")) + sends, want: fires("c destinationConfig.onFailure.destination"),
			says: "destinationConfig.onFailure.destination of FunctionEventInvokeConfig 'c' is ",
		},
		{name: "onFailure to a state machine", resources: onFailure(destination("arn:aws:states:us-east-1:123456789012:stateMachine:x")) + sends, want: fires("c destinationConfig.onFailure.destination")},
		{
			name: "onFailure of a configuration that is only read", want: clean,
			resources: triggered("") + `c: {type: aws:lambda:FunctionEventInvokeConfig, get: {functionName: "${f.name}", destinationConfig: ` + destination("x") + `}}`,
		},
	}
	for kind, c := range map[string]struct{ action, arn, declared string }{
		"queue":    {"sqs:SendMessage", failedARN, "aws:sqs:Queue"},
		"topic":    {"sns:Publish", "arn:aws:sns:us-east-1:123456789012:failed", "aws:sns:Topic"},
		"bus":      {"events:PutEvents", "arn:aws:events:us-east-1:123456789012:event-bus/failed", "aws:cloudwatch:EventBus"},
		"function": {"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:failed", "aws:lambda:Function"},
		"bucket":   {"s3:PutObject", "arn:aws:s3:::failed", "aws:s3:BucketV2"},
	} {
		declared := "target: {type: " + c.declared + "}\n"
		cases = append(
			cases,
			ruleCase{name: "onFailure to a " + kind, want: clean, resources: onFailure(destination("${target.arn}")) + declared + role(c.action, "*")},
			ruleCase{name: "onFailure to a known " + kind, want: clean, resources: onFailure(destination(c.arn)) + role(c.action, "*")},
			ruleCase{
				name: "onFailure to a " + kind + " that the role may not send to", want: fires("f role"),
				resources: onFailure(destination("${target.arn}")) + declared + role("logs:PutLogEvents", "*"),
				says:      fmt.Sprintf("but Role 'role' does not allow %s there: they are lost.", c.action),
			},
		)
	}
	testRule(t, "lambda-dead-letter-queue", cases)
}

func TestLambdaDeadLetterQueueAsksWhatOnFailureIsFor(t *testing.T) {
	t.Parallel()
	// invoked is a function with an alias, which may send to the queue of
	// failures, and a notification.
	invoked := func(arn string) string {
		return `f: {type: aws:lambda:Function, properties: {name: thumbnailer` + withRole + `}}
live: {type: aws:lambda:Alias, properties: {name: live, functionName: "${f.name}", functionVersion: "7"}}
` + failed + role("sqs:SendMessage", "*") + notifies(arn)
	}
	config := func(name, arguments string) string {
		return name + `: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: "${f.name}", ` + arguments +
			`destinationConfig: {onFailure: {destination: "${failed.arn}"}}}}
`
	}
	const (
		itself  = "${f.arn}"
		alias   = "${live.arn}"
		version = thumbnailerARN + ":7"
	)
	var (
		ofItself  = config("own", "")
		ofLatest  = config("own", `qualifier: "$LATEST", `)
		ofAlias   = config("alias", `qualifier: "${live.name}", `)
		ofVersion = config("version", `qualifier: "7", `)
		ofUnknown = config("unknown", `qualifier: {"fn::unknown": 1}, `)
		bad       = fires("f deadLetterConfig")
	)
	testRule(t, "lambda-dead-letter-queue", []ruleCase{
		{name: "the function's own", resources: invoked(itself) + ofItself, want: clean},
		{name: "the function's own, by name", resources: invoked(itself) + ofLatest, want: clean},
		{name: "the function's own, of a known ARN", resources: invoked(thumbnailerARN) + ofItself, want: clean},
		{
			name: "an alias is invoked, the function has one", resources: invoked(alias) + ofItself, want: bad,
			says: "Function 'f' is invoked asynchronously (by BucketNotification 'n') and has no deadLetterConfig, and no onFailure " +
				"destination of it is for the version or alias that is invoked: events it fails on are lost.",
		},
		{name: "an alias is invoked, $LATEST has one", resources: invoked(alias) + ofLatest, want: bad},
		{
			name: "an alias is invoked, an unknown qualifier has one", resources: invoked(alias) + ofUnknown, want: undecided("f"),
			says: "whether an onFailure destination of Function 'f' is for what BucketNotification 'n' invokes is not known yet",
		},
		{name: "an alias is invoked and has one", resources: invoked(alias) + ofAlias, want: clean},
		{name: "an alias is invoked by a known ARN and has one", resources: invoked(thumbnailerARN+":live") + ofAlias, want: clean},
		{name: "another alias is invoked", resources: invoked(thumbnailerARN+":beta") + ofAlias, want: bad},
		{name: "the function is invoked, an alias has one", resources: invoked(itself) + ofAlias, want: bad, preview: undecided("f")},
		{name: "a version is invoked and has one", resources: invoked(version) + ofVersion, want: clean},
		{name: "another version is invoked", resources: invoked(thumbnailerARN+":8") + ofVersion, want: bad},
		{name: "an alias is invoked, a version has one, perhaps its own", resources: invoked(alias) + ofVersion, want: undecided("f")},
		{name: "all have one", resources: invoked(alias) + ofItself + ofAlias, want: clean},
		{
			name: "both are invoked, one has none", want: bad,
			resources: invoked(itself) + ofItself + `e: {type: aws:cloudwatch:EventTarget, properties: {rule: r, arn: "${live.arn}"}}`,
		},
		{
			name: "a deadLetterConfig is for all versions", want: clean,
			resources: strings.Replace(invoked(alias), withRole, withRole+deadLetters, 1) + ofItself,
		},
		{
			name: "a permission does not say what is invoked", want: clean,
			resources: invoked(alias) + ofAlias +
				`p: {type: aws:lambda:Permission, properties: {function: "${f.name}", action: "lambda:InvokeFunction", principal: s3.amazonaws.com}}`,
		},
	})
}

func TestLambdaDeadLetterQueueJudgesTheRole(t *testing.T) {
	t.Parallel()
	f := triggered(deadLetters+withRole) + failed
	testRule(t, "lambda-dead-letter-queue", []ruleCase{
		{name: "able, on that queue", resources: f + role("sqs:SendMessage", "${failed.arn}"), want: clean, preview: undecided("f")},
		{name: "able, on a queue by a hand-built ARN", resources: f + role("sqs:SendMessage", "arn:aws:sqs:*:*:failed"), want: clean},
		{name: "able, by a wildcard", resources: f + role("sqs:*", "*"), want: clean},
		{
			name: "able, but shut out by the queue's policy", want: fires("f role"), preview: undecided("f"),
			resources: f + role("sqs:*", "*") + "\n" + `shut: {type: aws:sqs:QueuePolicy, properties: {queueUrl: "${failed.url}", policy: ` +
				policyOf(`{Effect: Deny, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}`) + `}}`,
			says: "sends failed events to Queue 'failed', but the policy of QueuePolicy 'shut' denies sqs:SendMessage: they are lost.\n" +
				"  fix: remove what denies it there",
		},
		{
			name: "unable", resources: f + role("s3:GetObject", "*"), want: fires("f role"),
			says: "Function 'f' sends failed events to Queue 'failed', but Role 'role' does not allow sqs:SendMessage there: they are lost.\n" +
				"  fix: allow sqs:SendMessage on Queue 'failed' in a policy of Role 'role'",
		},
		{name: "able, on another queue", resources: f + role("sqs:SendMessage", "arn:aws:sqs:*:*:other"), want: fires("f role")},
		{name: "a role without any policy", resources: f + "role: {type: aws:iam:Role}", want: fires("f role")},
		{
			name: "a role with the basic AWS-managed policy", want: fires("f role"),
			resources: f + `role: {type: aws:iam:Role}
basic: {type: aws:iam:RolePolicyAttachment, properties: {role: "${role.name}", policyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}}`,
		},
		{
			name: "a role with an AWS-managed policy that is not in the table", want: undecided("f"),
			resources: f + `role: {type: aws:iam:Role}
a: {type: aws:iam:RolePolicyAttachment, properties: {role: "${role.name}", policyArn: "arn:aws:iam::aws:policy/AWSBatchFullAccess"}}`,
		},
		{
			name: "a queue whose own policy lets the role send", want: undecided("f"),
			resources: f + `role: {type: aws:iam:Role}
open: {type: aws:sqs:QueuePolicy, properties: {queueUrl: "${failed.id}", policy: {"fn::toJSON": {Statement: [{Effect: Allow, Principal: {AWS: "${role.arn}"}, Action: "sqs:SendMessage", Resource: "*"}]}}}}`,
		},
		{name: "an unknown policy", resources: f + "role: {type: aws:iam:Role, properties: {inlinePolicies: [{name: a, policy: {\"fn::unknown\": 1}}]}}", want: undecided("f")},
		{
			name: "a secret policy that does not allow it", want: fires("f role"),
			resources: f + `role: {type: aws:iam:Role, properties: {inlinePolicies: [{name: a, policy: {"fn::secret": '{"Statement": [{"Sid": "` + hush + `", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'}}]}}`,
		},
		{
			name: "a role from elsewhere", resources: triggered(deadLetters+`, role: "arn:aws:iam::123456789012:role/theirs"`) + failed, want: undecided("f"),
			says: "the role of Function 'f' is not declared in this stack, or not known yet",
		},
		{name: "an unknown role", resources: triggered(deadLetters+`, role: {"fn::unknown": 1}`) + failed, want: undecided("f")},
		{name: "a role that is only read", resources: f + "role: {type: aws:iam:Role, get: {name: theirs}}", want: undecided("f")},
		{
			name: "a queue from elsewhere that the role may send to", want: clean,
			resources: triggered(`, deadLetterConfig: {targetArn: "`+failedARN+`"}`+withRole) + role("sqs:SendMessage", failedARN),
		},
		{
			name: "a queue from elsewhere that the role may not send to", want: undecided("f"),
			resources: triggered(`, deadLetterConfig: {targetArn: "`+failedARN+`"}`+withRole) + role("s3:GetObject", "*"),
			says:      "the dead-letter target of Function 'f' is not in this stack, and may itself allow what Role 'role' does not: sqs:SendMessage",
		},
		{
			name: "a queue from another stack, unknown in a first preview", want: undecided("f"),
			resources: triggered(`, deadLetterConfig: {targetArn: {"fn::unknown": "${platform.id}"}}`+withRole) + role("s3:GetObject", "*") +
				`platform: {type: "pulumi:pulumi:StackReference"}`,
		},
		{
			name: "a queue inside a component, by the component's output", want: fires("f deadLetterConfig.targetArn"), preview: clean,
			resources: triggered(`, deadLetterConfig: {targetArn: "${dlq.id}"}`+withRole) + role("sqs:SendMessage", "*") + `dlq: {type: images:index:DeadLetters}
failed: {type: aws:sqs:Queue, options: {parent: "${dlq}"}}`,
		},
	})
}
