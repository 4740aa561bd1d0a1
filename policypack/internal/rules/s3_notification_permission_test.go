package rules_test

import (
	"strings"
	"testing"
)

// S3 notifies targets of the bucket's own region only.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
func TestS3NotificationPermissionWantsTargetsInTheBucketsRegion(t *testing.T) {
	t.Parallel()
	in := func(bucket, function, permission string) string {
		return "uploads: {type: aws:s3:Bucket, properties: {bucket: acme-uploads" + bucket + "}}\n" +
			"f: {type: aws:lambda:Function, properties: {role: r, name: thumb" + function + "}}\n" +
			`may: {type: aws:lambda:Permission, properties: {action: lambda:InvokeFunction, function: "${f.name}", principal: s3.amazonaws.com, sourceArn: "${uploads.arn}"` + permission + "}}\n" +
			`n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.id}", lambdaFunctions: [{lambdaFunctionArn: "${f.arn}", events: ["s3:ObjectCreated:*"]}]}, options: {dependsOn: ["${may}"]}}` + "\n"
	}
	const (
		west   = ", region: eu-west-1"
		entry  = "n lambdaFunctions[0]"
		nobody = "nobody: {type: pulumi:providers:aws, properties: {region: us-east-1, 'pipeguard:assumedRegion': us-east-1}}\n"
	)
	testRule(t, "s3-notification-permission", []ruleCase{
		{name: "both", resources: in(west, west, west), want: clean},
		{
			name: "the bucket elsewhere", resources: in(", region: us-east-1", west, west), want: fires(entry),
			says: "lambdaFunctions[0] of BucketNotification 'n' is for Function 'f', which is in another region than the bucket: S3 refuses it.\n  fix: use a target in the bucket's region",
		},
		{name: "the function elsewhere, once its ARN is known", resources: in(west, "", ""), want: fires(entry), preview: clean},
		{
			name: "a permission in another region", resources: in(west, west, ", region: us-east-1"), want: fires(entry),
			says: "to which S3 may not deliver: no aws.lambda.Permission for it names principal s3.amazonaws.com.",
		},
		{name: "a bucket whose region is assumed", resources: nobody + strings.Replace(in("", west, west), "acme-uploads}", `acme-uploads}, options: {provider: "${nobody}"}`, 1), want: undecided("n")},
	})
}

func TestS3NotificationPermissionOfFunctions(t *testing.T) {
	t.Parallel()
	const (
		base = `uploads: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}
f: {type: aws:lambda:Function, properties: {role: r}}
`
		permission   = "may: {type: aws:lambda:Permission, properties: {action: lambda:InvokeFunction, function: \"${f.name}\", principal: s3.amazonaws.com, sourceArn: \"${uploads.arn}\"}}\n"
		notification = "n: {type: aws:s3:BucketNotification, properties: {bucket: \"${uploads.id}\", lambdaFunctions: [{lambdaFunctionArn: \"${f.arn}\", events: [\"s3:ObjectCreated:*\"]}]}, options: {dependsOn: [\"${may}\"]}}\n"
	)
	// swapped is the program with one part of the permission changed.
	swapped := func(old, by string) string { return base + strings.ReplaceAll(permission, old, by) + notification }
	unordered := strings.ReplaceAll(notification, `dependsOn: ["${may}"]`, "")
	const entry = "n lambdaFunctions[0]"
	testRule(t, "s3-notification-permission", []ruleCase{
		{name: "permission", resources: base + permission + notification, want: clean},
		{
			name: "none", resources: base + unordered, want: fires(entry),
			says: "to which S3 may not deliver: no aws.lambda.Permission for it names principal s3.amazonaws.com.",
		},
		{name: "not ordered", resources: base + permission + unordered, want: fires(entry), says: "fix: add Permission 'may' to its dependsOn"},
		{name: "other principal", resources: swapped("s3.amazonaws.com", "events.amazonaws.com"), want: fires(entry), says: "the principal of Permission 'may' does not match"},
		{name: "everyone", resources: swapped("s3.amazonaws.com", `"*"`), want: clean},
		{name: "other action", resources: swapped("lambda:InvokeFunction,", "lambda:GetFunction,"), want: fires(entry)},
		{name: "all actions", resources: swapped("lambda:InvokeFunction,", `"lambda:*",`), want: clean},
		{name: "no source", resources: swapped(`, sourceArn: "${uploads.arn}"`, ""), want: clean},
		{name: "source by literal", resources: swapped("${uploads.arn}", "arn:aws:s3:::acme-uploads"), want: clean},
		{name: "source by pattern", resources: swapped("${uploads.arn}", "arn:aws:s3:::acme-*"), want: clean},
		{
			name: "other source", resources: swapped("${uploads.arn}", "arn:aws:s3:::acme-archive"), want: fires(entry),
			says: "the sourceArn of Permission 'may' does not match",
		},
		{
			name:      "another bucket of the stack",
			resources: swapped("${uploads.arn}", "${other.arn}") + "other: {type: aws:s3:BucketV2}",
			want:      fires(entry), preview: undecided("n"),
		},
		{name: "the bucket's name for its ARN", resources: swapped("${uploads.arn}", "${uploads.bucket}"), want: fires(entry)},
		{name: "source by a pattern of all segments", resources: swapped("${uploads.arn}", "arn:aws:s3:*:*:acme-uploads"), want: clean},
		{
			name: "the bucket's objects for the bucket", resources: swapped("${uploads.arn}", "arn:aws:s3:::acme-uploads/*"), want: fires(entry),
			says: "the sourceArn of Permission 'may' does not match",
		},
		{name: "unknown source", resources: swapped(`"${uploads.arn}"`, `{"fn::unknown": 1}`), want: undecided("n")},
		{name: "unknown principal", resources: swapped("s3.amazonaws.com", `{"fn::unknown": 1}`), want: undecided("n")},
		{name: "secret source", resources: swapped(`"${uploads.arn}"`, `{"fn::secret": "arn:aws:s3:::`+hush+`"}`), want: fires(entry)},
		{
			name:      "for another function",
			resources: swapped("${f.name}", "${g.name}") + "g: {type: aws:lambda:Function, properties: {role: r}}",
			want:      fires(entry),
		},
		{name: "for a function not known", resources: swapped(`"${f.name}"`, `{"fn::unknown": 1}`), want: undecided("n")},
		{name: "with a qualifier", resources: swapped("principal:", "qualifier: live, principal:"), want: fires(entry), preview: undecided("n")},
		{
			name:      "a permission that is only read",
			resources: base + `may: {type: aws:lambda:Permission, get: {action: lambda:InvokeFunction, function: "${f.name}", principal: s3.amazonaws.com}}` + "\n" + unordered,
			want:      clean,
		},
		{
			name:      "ordered through another resource",
			resources: base + permission + strings.ReplaceAll(notification, "${may}", "${topic}") + `topic: {type: aws:sns:Topic, options: {dependsOn: ["${may}"]}}`,
			want:      clean,
		},
		{
			name:      "two filters for one function make one finding",
			resources: base + strings.ReplaceAll(unordered, "[{lambda", `[{lambdaFunctionArn: "${f.arn}", events: ["s3:ObjectCreated:*"], filterPrefix: a/}, {filterPrefix: b/, lambda`),
			want:      fires(entry),
		},
		{
			name: "two functions, one without permission",
			resources: base + permission + strings.ReplaceAll(notification, "[{lambda", `[{lambdaFunctionArn: "${g.arn}", events: ["s3:ObjectCreated:*"], filterPrefix: a/}, {filterPrefix: b/, lambda`) +
				"g: {type: aws:lambda:Function, properties: {role: r}}",
			want: fires(entry), preview: undecided("n"),
		},
		{
			name:      "a function of another stack",
			resources: `n: {type: aws:s3:BucketNotification, properties: {bucket: theirs, lambdaFunctions: [{lambdaFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:theirs", events: ["s3:ObjectCreated:*"]}]}}`,
			want:      undecided("n"),
		},
		{
			name: "a function that is only read",
			resources: `f: {type: aws:lambda:Function, get: {name: theirs, arn: "arn:aws:lambda:us-east-1:123456789012:function:theirs"}}
n: {type: aws:s3:BucketNotification, properties: {bucket: theirs, lambdaFunctions: [{lambdaFunctionArn: "${f.arn}", events: ["s3:ObjectCreated:*"]}]}}`,
			want: undecided("n"),
		},
		{
			name:      "an unknown target",
			resources: base + `n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.id}", lambdaFunctions: [{lambdaFunctionArn: {"fn::unknown": 1}, events: ["s3:ObjectCreated:*"]}]}}`,
			want:      undecided("n"),
		},
	})
}

func TestS3NotificationPermissionOfAliases(t *testing.T) {
	t.Parallel()
	const base = `uploads: {type: aws:s3:BucketV2}
f: {type: aws:lambda:Function, properties: {name: thumbs, role: r}}
live: {type: aws:lambda:Alias, properties: {name: live, functionName: "${f.name}", functionVersion: "1"}}
n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.id}", lambdaFunctions: [{lambdaFunctionArn: %TARGET, events: ["s3:ObjectCreated:*"]}]}, options: {dependsOn: ["${may}"]}}
may: {type: aws:lambda:Permission, properties: {action: lambda:InvokeFunction, principal: s3.amazonaws.com, sourceArn: "${uploads.arn}", %OF}}
`
	program := func(target, of string) string {
		return strings.NewReplacer("%TARGET", target, "%OF", of).Replace(base)
	}
	const entry = "n lambdaFunctions[0]"
	testRule(t, "s3-notification-permission", []ruleCase{
		{name: "qualifier by name", resources: program(`"${live.arn}"`, `function: "${f.name}", qualifier: live`), want: clean},
		{name: "qualifier by output", resources: program(`"${live.arn}"`, `function: "${f.name}", qualifier: "${live.name}"`), want: clean},
		{name: "by the alias's ARN", resources: program(`"${live.arn}"`, `function: "${live.arn}"`), want: clean},
		{
			name: "an alias and a function without permission",
			resources: strings.ReplaceAll(program(`"${live.arn}"`, `function: "${f.name}", qualifier: live`), "[{lambda",
				`[{lambdaFunctionArn: "${g.arn}", events: ["s3:ObjectRemoved:*"]}, {lambda`) + "g: {type: aws:lambda:Function, properties: {role: r}}",
			want: fires(entry), preview: undecided("n"),
		},
		{name: "without qualifier", resources: program(`"${live.arn}"`, `function: "${f.name}"`), want: fires(entry), says: "the qualifier of Permission 'may'"},
		{name: "unknown qualifier", resources: program(`"${live.arn}"`, `function: "${f.name}", qualifier: {"fn::unknown": 1}`), want: undecided("n")},
		{
			name:      "literal ARN with the alias",
			resources: program(`"arn:aws:lambda:us-east-1:123456789012:function:thumbs:live"`, `function: thumbs, qualifier: live`),
			want:      clean,
		},
	})
}

func TestS3NotificationPermissionOfQueuesAndTopics(t *testing.T) {
	t.Parallel()
	const (
		base = `uploads: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}
q: {type: aws:sqs:Queue, properties: {name: jobs}}
n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.bucket}", queues: [{queueArn: "${q.arn}", events: ["s3:ObjectCreated:*"]}]}, options: {dependsOn: ["${may}"]}}
`
		policy    = "may: {type: aws:sqs:QueuePolicy, properties: {queueUrl: \"${q.url}\", policy: {\"fn::toJSON\": {Version: \"2012-10-17\", Statement: [%STATEMENT]}}}}\n"
		statement = `{Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: "sqs:SendMessage", Resource: "*", Condition: {ArnEquals: {"aws:SourceArn": "arn:aws:s3:::acme-uploads"}}}`
		entry     = "n queues[0]"
	)
	with := func(old, by string) string {
		return base + strings.ReplaceAll(policy, "%STATEMENT", strings.ReplaceAll(statement, old, by))
	}
	none := strings.ReplaceAll(base, `dependsOn: ["${may}"]`, "")
	testRule(t, "s3-notification-permission", []ruleCase{
		{name: "policy", resources: with("", ""), want: clean},
		{name: "none", resources: none, want: fires(entry), says: "it has no policy"},
		{name: "lists", resources: with("s3.amazonaws.com}, Action: \"sqs:SendMessage\"", "[events.amazonaws.com, s3.amazonaws.com]}, Action: [\"sqs:Get*\", \"SQS:Send*\"]"), want: clean},
		{name: "everyone", resources: with("{Service: s3.amazonaws.com}", `"*"`), want: clean},
		{name: "everyone, as an account", resources: with("{Service: s3.amazonaws.com}", `{AWS: "*"}`), want: clean},
		{name: "other service", resources: with("s3.amazonaws.com", "sns.amazonaws.com"), want: fires(entry)},
		{name: "other action", resources: with("sqs:SendMessage", "sqs:ReceiveMessage"), want: fires(entry)},
		{name: "only denied", resources: with("Allow", "Deny"), want: fires(entry)},
		{name: "other bucket", resources: with("acme-uploads", "acme-archive"), want: fires(entry)},
		{name: "one of several buckets", resources: with(`"arn:aws:s3:::acme-uploads"`, `["arn:aws:s3:::acme-archive", "arn:aws:s3:*:*:acme-*"]`), want: clean},
		{name: "none of several buckets", resources: with(`"arn:aws:s3:::acme-uploads"`, `["arn:aws:s3:::acme-archive", "arn:aws:s3:*:*:acme-logs"]`), want: fires(entry)},
		{name: "the bucket's name for its ARN", resources: with("arn:aws:s3:::acme-uploads", "acme-uploads"), want: fires(entry)},
		{name: "another queue's ARN", resources: with(`Resource: "*"`, `Resource: "arn:aws:sqs:us-east-1:123456789012:other"`), want: fires(entry)},
		{name: "the queue's ARN", resources: with(`Resource: "*"`, `Resource: "arn:aws:sqs:us-east-1:123456789012:jobs"`), want: clean},
		{name: "all actions but some", resources: with(`Action: "sqs:SendMessage"`, `NotAction: "sqs:DeleteQueue"`), want: clean},
		{
			name: "two policies that differ", resources: with("", "") + `last: {type: aws:sqs:QueuePolicy, properties: {queueUrl: "${q.url}", policy: ` +
				policyOf(`{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: "sqs:SendMessage", Resource: "*"}`) + `}}`,
			want: undecided("n"), says: "QueuePolicy 'last', QueuePolicy 'may' overwrite each other's policy",
		},
		{name: "bucket by pattern", resources: with("acme-uploads", "acme-*"), want: clean},
		{name: "a pattern of all segments", resources: with("s3:::", "s3:*:*:"), want: clean},
		{
			name: "a pattern under an operator that takes none", want: fires(entry),
			resources: with(`ArnEquals: {"aws:SourceArn": "arn:aws:s3:::`, `"ForAnyValue:StringEquals": {"aws:SourceArn": "arn:aws:s3:*:*:`),
			says:      "does not allow sqs:SendMessage to s3.amazonaws.com for this bucket",
		},
		{name: "the ARN under such an operator", resources: with("ArnEquals", "StringEqualsIfExists"), want: clean},
		{name: "the bucket's objects for the bucket", resources: with("acme-uploads", "acme-uploads/*"), want: fires(entry)},
		{name: "no condition", resources: with(`, Condition: {ArnEquals: {"aws:SourceArn": "arn:aws:s3:::acme-uploads"}}`, ""), want: clean},
		{name: "other conditions", resources: with("ArnEquals: {", `StringEquals: {"aws:SourceAccount": "123456789012"}, ArnEquals: {`), want: clean},
		{name: "a negative condition", resources: with("ArnEquals", "ArnNotEquals"), want: undecided("n")},
		{name: "all but some principals", resources: with("Principal: {Service: s3.amazonaws.com}", `NotPrincipal: {AWS: "1"}`), want: clean},
		{name: "computed policy", resources: with("arn:aws:s3:::acme-uploads", "${uploads.arn}"), want: clean, preview: undecided("n")},
		{name: "unknown policy", resources: base + `may: {type: aws:sqs:QueuePolicy, properties: {queueUrl: "${q.url}", policy: {"fn::unknown": 1}}}`, want: undecided("n")},
		{name: "policy that is no JSON", resources: base + `may: {type: aws:sqs:QueuePolicy, properties: {queueUrl: "${q.url}", policy: "{"}}`, want: undecided("n")},
		{name: "not ordered", resources: strings.ReplaceAll(with("", ""), `dependsOn: ["${may}"]`, ""), want: fires(entry), says: "does not wait for QueuePolicy 'may'"},
		{
			name:      "policy of a queue not known",
			resources: strings.ReplaceAll(with("", ""), "${q.url}\"", "${q.url}x\""),
			want:      fires(entry), preview: clean,
		},
		{
			name: "inline policy",
			resources: `uploads: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}
q: {type: aws:sqs:Queue, properties: {name: jobs, policy: {"fn::toJSON": {Statement: ` + statement + `}}}}
n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.bucket}", queues: [{queueArn: "${q.arn}", events: ["s3:ObjectCreated:*"]}]}}`,
			want: clean,
		},
		{
			name: "topic",
			resources: `uploads: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}
jobs: {type: aws:sns:Topic}
may: {type: aws:sns:TopicPolicy, properties: {arn: "${jobs.arn}", policy: {"fn::toJSON": {Statement: ` + strings.ReplaceAll(statement, "sqs:SendMessage", "sns:Publish") + `}}}}
n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.bucket}", topics: [{topicArn: "${jobs.arn}", events: ["s3:ObjectCreated:*"]}]}, options: {dependsOn: ["${may}"]}}`,
			want: clean,
		},
		{
			name: "topic without policy",
			resources: `uploads: {type: aws:s3:BucketV2}
jobs: {type: aws:sns:Topic}
n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.bucket}", topics: [{topicArn: "${jobs.arn}", events: ["s3:ObjectCreated:*"]}]}}`,
			want: fires("n topics[0]"),
		},
		{
			name: "a queue that is only read",
			resources: `uploads: {type: aws:s3:BucketV2}
q: {type: aws:sqs:Queue, get: {name: theirs, arn: "arn:aws:sqs:us-east-1:123456789012:theirs"}}
n: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.bucket}", queues: [{queueArn: "${q.arn}", events: ["s3:ObjectCreated:*"]}]}}`,
			want: undecided("n"),
		},
	})
}
