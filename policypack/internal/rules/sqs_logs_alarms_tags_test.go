package rules_test

import (
	"strings"
	"testing"
)

func TestSQSDeadLetterRetention(t *testing.T) {
	t.Parallel()
	const retention = "dlq messageRetentionSeconds"
	queue := func(arguments string) string { return "dlq: {type: aws:sqs:Queue, properties: {" + arguments + "}}\n" }
	byFunction := func(arguments string) string {
		return queue(arguments) + lambdaFunction(`deadLetterConfig: {targetArn: "${dlq.arn}"}`)
	}
	byQueue := func(source, arguments string) string {
		return queue(arguments) + `jobs: {type: aws:sqs:Queue, properties: {` + source + `, redrivePolicy: {"fn::toJSON": {deadLetterTargetArn: "${dlq.arn}", maxReceiveCount: 3}}}}`
	}
	aWeek := map[string]any{"minimumDays": 7}
	testRule(t, "sqs-dead-letter-retention", []ruleCase{
		{name: "14 days", resources: byFunction("messageRetentionSeconds: 1209600"), want: clean},
		{
			name: "4 days", resources: byFunction("messageRetentionSeconds: 345600"), want: fires(retention),
			says: "Queue 'dlq', where Function 'f' sends what failed, keeps a message for 345600 s: less than 14 days.\n  fix: set messageRetentionSeconds: 1209600",
		},
		{name: "the default", resources: byFunction(""), want: fires(retention)},
		{name: "a week, which is allowed", resources: byFunction("messageRetentionSeconds: 604800"), params: aWeek, want: clean},
		{name: "no dead-letter queue", resources: queue(""), want: clean},
		{name: "unknown", resources: byFunction(`messageRetentionSeconds: {"fn::unknown": 1}`), want: undecided("dlq")},
		{name: "secret", resources: byFunction(`messageRetentionSeconds: {"fn::secret": 1209600}`), want: clean},
		{name: "of a queue", resources: byQueue("name: jobs", ""), want: fires(retention)},
		{
			name: "less than its source", resources: byQueue("messageRetentionSeconds: 1209600", "messageRetentionSeconds: 604800"),
			params: aWeek, want: fires(retention), says: "less than Queue 'jobs' does",
		},
		{name: "as long as its source", resources: byQueue("messageRetentionSeconds: 604800", "messageRetentionSeconds: 604800"), params: aWeek, want: clean},
		{
			name:      "of an onFailure destination",
			resources: queue("") + `c: {type: aws:lambda:FunctionEventInvokeConfig, properties: {functionName: f, destinationConfig: {onFailure: {destination: "${dlq.arn}"}}}}`,
			want:      fires(retention),
		},
		{
			name:      "of a queue, by a resource of its own",
			resources: queue("messageRetentionSeconds: 604800") + "jobs: {type: aws:sqs:Queue, properties: {messageRetentionSeconds: 1209600}}\n" + `r: {type: aws:sqs:RedrivePolicy, properties: {queueUrl: "${jobs.url}", redrivePolicy: {"fn::toJSON": {deadLetterTargetArn: "${dlq.arn}", maxReceiveCount: 3}}}}`,
			params:    aWeek, want: fires(retention), says: "less than Queue 'jobs' does",
		},
		{
			name: "of a queue that keeps messages for an unknown time", resources: byQueue(`messageRetentionSeconds: {"fn::unknown": 1}`, "messageRetentionSeconds: 604800"),
			params: aWeek, want: undecided("dlq"), says: "whether Queue 'jobs' keeps messages for longer than Queue 'dlq' is not known yet",
		},
		{name: "longest, of a queue that keeps messages for an unknown time", resources: byQueue(`messageRetentionSeconds: {"fn::unknown": 1}`, "messageRetentionSeconds: 1209600"), params: aWeek, want: clean},
		{
			name:      "of a schedule",
			resources: queue("") + `s: {type: aws:scheduler:Schedule, properties: {target: {arn: f, deadLetterConfig: {arn: "${dlq.arn}"}}}}`,
			want:      fires(retention),
		},
		{
			name:      "of an event bus",
			resources: queue("") + `bus: {type: aws:cloudwatch:EventBus, properties: {deadLetterConfig: {arn: "${dlq.arn}"}}}`,
			want:      fires(retention),
		},
		{name: "maybe a dead-letter queue", resources: queue("") + lambdaFunction(`deadLetterConfig: {targetArn: {"fn::unknown": 1}}`), want: undecided("dlq")},
		{name: "maybe a dead-letter queue, long enough", resources: queue("messageRetentionSeconds: 1209600") + lambdaFunction(`deadLetterConfig: {targetArn: {"fn::unknown": 1}}`), want: clean},
		{name: "a queue that is only read", resources: `dlq: {type: aws:sqs:Queue, get: {name: theirs, arn: "arn:aws:sqs:us-east-1:123456789012:theirs"}}` + "\n" + lambdaFunction(`deadLetterConfig: {targetArn: "${dlq.arn}"}`), want: clean},
	})
}

func TestLogGroups(t *testing.T) {
	t.Parallel()
	const f = "f: {type: aws:lambda:Function, properties: {name: thumbs, role: r}}\n"
	group := func(arguments string) string {
		return f + "g: {type: aws:cloudwatch:LogGroup, properties: {name: /aws/lambda/thumbs, " + arguments + "}}\n"
	}
	testRule(t, "logs-retention", []ruleCase{
		{name: "days", resources: group("retentionInDays: 30"), want: clean},
		{name: "no group", resources: f, want: fires("f"), says: "has no declared log group"},
		{name: "no retention", resources: group("tags: {}"), want: fires("g retentionInDays"), says: "LogGroup 'g', the log group of Function 'f', keeps logs for ever"},
		{name: "0 days are none", resources: group("retentionInDays: 0"), want: fires("g retentionInDays")},
		{name: "unknown retention", resources: group(`retentionInDays: {"fn::unknown": 1}`), want: undecided("g")},
		{name: "secret retention", resources: group(`retentionInDays: {"fn::secret": 30}`), want: clean},
		{name: "a group of something else", resources: f + "g: {type: aws:cloudwatch:LogGroup, properties: {name: /acme/web}}", want: fires("f")},
		{name: "only a group of something else", resources: "g: {type: aws:cloudwatch:LogGroup, properties: {name: /aws/lambda/theirs}}", want: clean},
		{
			name: "named after an output of the function",
			resources: `f: {type: aws:lambda:Function, properties: {namePrefix: thumbs, role: r}}
g: {type: aws:cloudwatch:LogGroup, properties: {name: "/aws/lambda/${f.id}", retentionInDays: 30}}`,
			want: clean,
		},
		{
			name: "named by the function",
			resources: `f: {type: aws:lambda:Function, properties: {role: r, loggingConfig: {logFormat: JSON, logGroup: "${g.name}"}}}
g: {type: aws:cloudwatch:LogGroup, properties: {name: /acme/thumbs}}`,
			want: fires("g retentionInDays"),
		},
		{
			name: "named by two functions",
			resources: `f: {type: aws:lambda:Function, properties: {role: r, loggingConfig: {logGroup: "${g.name}"}}}
h: {type: aws:lambda:Function, properties: {role: r, loggingConfig: {logGroup: "${g.name}"}}}
g: {type: aws:cloudwatch:LogGroup, properties: {name: /acme/thumbs}}`,
			want: fires("g retentionInDays"),
		},
		{
			name:      "named by the function, of another stack",
			resources: lambdaFunction("loggingConfig: {logFormat: JSON, logGroup: /acme/thumbs}"),
			want:      undecided("f"),
		},
		{
			name:      "named by the function as Lambda would",
			resources: "f: {type: aws:lambda:Function, properties: {name: thumbs, role: r, loggingConfig: {logFormat: JSON, logGroup: /aws/lambda/thumbs}}}",
			want:      fires("f"),
		},
		{name: "named by nobody knows", resources: lambdaFunction(`loggingConfig: {logGroup: {"fn::unknown": 1}}`), want: undecided("f")},
		{name: "a group whose name is not known", resources: f + `g: {type: aws:cloudwatch:LogGroup, properties: {name: {"fn::unknown": 1}}}`, want: undecided("f")},
		{name: "a group that is only read", resources: f + "g: {type: aws:cloudwatch:LogGroup, get: {name: /aws/lambda/thumbs}}", want: clean},
		{name: "a function that is only read", resources: "f: {type: aws:lambda:Function, get: {name: thumbs}}", want: clean},
	})
	testRule(t, "logs-encryption", []ruleCase{
		{name: "key", resources: group(`kmsKeyId: "${key.arn}"`) + "key: {type: aws:kms:Key}", want: clean},
		{name: "key of another stack", resources: group("kmsKeyId: arn:aws:kms:us-east-1:123456789012:key/1"), want: clean},
		{name: "no key", resources: group("retentionInDays: 30"), want: fires("g kmsKeyId"), says: "has no KMS key"},
		{name: "unknown key", resources: group(`kmsKeyId: {"fn::unknown": 1}`), want: undecided("g")},
		{name: "secret key", resources: group(`kmsKeyId: {"fn::secret": ` + hush + `}`), want: clean},
		{name: "no group", resources: f, want: clean},
		{name: "a group of something else", resources: "g: {type: aws:cloudwatch:LogGroup, properties: {name: /acme/web}}", want: clean},
	})
}

func TestAlarmTreatsMissingData(t *testing.T) {
	t.Parallel()
	alarm := func(arguments string) string {
		return "a: {type: aws:cloudwatch:MetricAlarm, properties: {" + arguments + "}}\n"
	}
	const below, missing = "comparisonOperator: LessThanThreshold", "a treatMissingData"
	const topic = "t: {type: aws:sns:Topic}\n"
	const scaling = "s: {type: \"aws:autoscaling/policy:Policy\", properties: {name: down}}\n"
	testRule(t, "alarm-treats-missing-data", []ruleCase{
		{name: "below, not breaching", resources: alarm(below + ", treatMissingData: notBreaching"), want: fires(missing), says: "fix: set treatMissingData: breaching"},
		{name: "below, ignored", resources: alarm("comparisonOperator: LessThanOrEqualToThreshold, treatMissingData: ignore"), want: fires(missing)},
		{name: "below the band, not breaching", resources: alarm("comparisonOperator: LessThanLowerThreshold, treatMissingData: notBreaching"), want: fires(missing)},
		{name: "below, breaching", resources: alarm(below + ", treatMissingData: breaching"), want: clean},
		{name: "below, missing", resources: alarm(below + ", treatMissingData: missing"), want: clean},
		{name: "below, absent", resources: alarm(below), want: clean},
		{name: "above, not breaching", resources: alarm("comparisonOperator: GreaterThanThreshold, treatMissingData: notBreaching"), want: clean},
		{name: "outside of the band", resources: alarm("comparisonOperator: LessThanLowerOrGreaterThanUpperThreshold, treatMissingData: notBreaching"), want: clean},
		{name: "unknown operator", resources: alarm(`comparisonOperator: {"fn::unknown": 1}, treatMissingData: ignore`), want: undecided("a")},
		{name: "unknown operator where it does not matter", resources: alarm(`comparisonOperator: {"fn::unknown": 1}, treatMissingData: breaching`), want: clean},
		{name: "unknown treatment", resources: alarm(below + `, treatMissingData: {"fn::unknown": 1}`), want: undecided("a")},
		{name: "secret treatment", resources: alarm(below + `, treatMissingData: {"fn::secret": ignore}`), want: fires(missing), says: "[secret]"},
		{name: "tells somebody", resources: alarm(below+`, treatMissingData: ignore, alarmActions: ["${t.arn}"]`) + topic, want: fires(missing)},
		{name: "scales", resources: alarm(below+`, treatMissingData: ignore, alarmActions: ["${s.arn}"]`) + scaling, want: clean},
		{name: "scales by a literal", resources: alarm(below + `, treatMissingData: ignore, alarmActions: ["arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1"]`), want: clean},
		{name: "stops an instance", resources: alarm(below + `, treatMissingData: ignore, alarmActions: ["arn:aws:automate:us-east-1:ec2:stop"]`), want: clean},
		{name: "an expression that fills gaps", resources: alarm(below + `, treatMissingData: ignore, metricQueries: [{id: e, expression: "FILL(m, 0)"}, {id: m, metric: {metricName: Invocations}}]`), want: clean},
		{name: "an expression that fills no gaps", resources: alarm(below + `, treatMissingData: ignore, metricQueries: [{id: e, expression: "m * 2"}, {id: m, metric: {metricName: Invocations}}]`), want: fires(missing)},
		{name: "unknown expression", resources: alarm(below + `, treatMissingData: ignore, metricQueries: [{id: e, expression: {"fn::unknown": 1}}]`), want: undecided("a")},
		{name: "unknown queries", resources: alarm(below + `, treatMissingData: ignore, metricQueries: {"fn::unknown": 1}`), want: undecided("a")},
		{name: "scales and tells", resources: alarm(below+`, treatMissingData: ignore, alarmActions: ["${s.arn}", "${t.arn}"]`) + scaling + topic, want: fires(missing)},
		{name: "unknown action", resources: alarm(below + `, treatMissingData: ignore, alarmActions: [{"fn::unknown": 1}]`), want: undecided("a")},
		{name: "unknown actions", resources: alarm(below + `, treatMissingData: ignore, alarmActions: {"fn::unknown": 1}`), want: undecided("a")},
	})
}

func TestRequiredTags(t *testing.T) {
	t.Parallel()
	both := map[string]any{"requiredTags": []any{"owner", "stage"}}
	bucket := func(arguments string) string {
		return "b: {type: aws:s3:BucketV2, properties: {" + arguments + "}}\n"
	}
	provided := func(tags, arguments string) string {
		return strings.ReplaceAll(bucket(arguments), "}}\n", "}, options: {provider: \"${aws}\"}}\n") +
			`aws: {type: "pulumi:providers:aws", properties: {` + tags + `}}`
	}
	testRule(t, "required-tags", []ruleCase{
		{name: "off by default", resources: bucket(""), want: clean},
		{name: "all", resources: bucket("tags: {owner: images, stage: dev}"), params: both, want: clean},
		{name: "none", resources: bucket(""), params: both, want: fires("b tags"), says: "BucketV2 'b' has no tag owner, stage."},
		{name: "one", resources: bucket("tags: {owner: images}"), params: both, want: fires("b tags"), says: "has no tag stage."},
		{name: "case differs", resources: bucket("tags: {Owner: images, stage: dev}"), params: both, want: fires("b tags"), says: "has no tag owner."},
		{name: "empty value", resources: bucket("tags: {owner: '', stage: dev}"), params: both, want: clean},
		{name: "unknown value", resources: bucket(`tags: {owner: {"fn::unknown": 1}, stage: dev}`), params: both, want: clean},
		{name: "unknown tags", resources: bucket(`tags: {"fn::unknown": 1}`), params: both, want: undecided("b")},
		{name: "secret tags", resources: bucket(`tags: {"fn::secret": {owner: ` + hush + `, stage: dev}}`), params: both, want: clean},
		{name: "by the provider", resources: provided(`defaultTags: {tags: {owner: images, stage: dev}}`, ""), params: both, want: clean},
		{name: "by the provider, as JSON", resources: provided(`defaultTags: '{"tags": {"owner": "images"}}'`, "tags: {stage: dev}"), params: both, want: clean},
		{name: "by the provider, in part", resources: provided(`defaultTags: {tags: {owner: images}}`, ""), params: both, want: fires("b tags")},
		{name: "by the provider, unknown", resources: provided(`defaultTags: {"fn::unknown": 1}`, ""), params: both, want: undecided("b")},
		{name: "by the provider, no JSON", resources: provided(`defaultTags: '{'`, ""), params: both, want: undecided("b")},
		{name: "a type that takes no tags", resources: "b: {type: aws:s3:BucketPolicy, properties: {bucket: x}}", params: both, want: clean},
		{name: "a bucket that is only read", resources: "b: {type: aws:s3:BucketV2, get: {bucket: theirs}}", params: both, want: clean},
	})
}
