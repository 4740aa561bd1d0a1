package rules_test

import (
	"strings"
	"testing"
)

func TestKMSPolicyLetsNotEveryoneIn(t *testing.T) {
	t.Parallel()
	key := func(statement string) string {
		return `key: {type: aws:kms:Key, properties: {policy: ` + policyOf(statement) + `}}`
	}
	use := func(rest string) string { return `{Effect: Allow, Action: "kms:Decrypt", Resource: "*", ` + rest + `}` }
	testRule(t, "kms-policy", []ruleCase{
		{name: "the default policy", resources: `key: {type: aws:kms:Key}`, want: clean},
		{name: "the account", resources: key(`{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: "kms:*", Resource: "*"}`), want: clean},
		{name: "everyone", resources: key(use(`Principal: "*"`)), want: fires("key policy"), says: "statement 1 of the policy of Key 'key' allows everyone"},
		{
			name:      "everyone, split",
			resources: `policy: {type: aws:kms:KeyPolicy, properties: {keyId: x, policy: ` + policyOf(use(`Principal: {AWS: "*"}`)) + `}}`,
			want:      fires("policy policy"),
		},
		{name: "the account through a service", resources: key(use(`Principal: {AWS: "*"}, Condition: {StringEquals: {"kms:ViaService": sqs.eu-west-1.amazonaws.com, "kms:CallerAccount": "123456789012"}}`)), want: clean},
		{name: "an unknown policy", resources: `key: {type: aws:kms:Key, properties: {policy: {"fn::unknown": 1}}}`, want: undecided("key")},
		{name: "a secret policy is judged", resources: `key: {type: aws:kms:Key, properties: {policy: {"fn::secret": ` + policyOf(use(`Principal: "*"`)) + `}}}`, want: fires("key policy")},
	})
}

func TestKMSPolicyLetsServicesIn(t *testing.T) {
	t.Parallel()
	const (
		root     = `{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: "kms:*", Resource: "*"}`
		topic    = "\nalarms: {type: aws:sns:Topic, properties: {kmsMasterKeyId: \"${key.arn}\"}}\n"
		queue    = "\nevents: {type: aws:sqs:Queue, properties: {kmsMasterKeyId: \"${key.id}\"}}\n"
		alarm    = `errors: {type: aws:cloudwatch:MetricAlarm, properties: {namespace: AWS/Lambda, metricName: Errors, alarmActions: ["${alarms.arn}"]}}`
		uploads  = "\nuploads: {type: aws:s3:BucketV2}\n"
		notifies = uploads + `notify: {type: aws:s3:BucketNotification, properties: {bucket: "${uploads.id}", ` +
			`queues: [{queueArn: "${events.arn}", events: ["s3:ObjectCreated:*"]}]}}`
		nobody = "nobody: {type: pulumi:providers:aws, properties: {region: us-east-1, 'pipeguard:assumedRegion': us-east-1}}\n"
		group  = "\ngroup: {type: aws:cloudwatch:LogGroup, properties: {name: /aws/lambda/x, kmsKeyId: \"${key.arn}\"}}\n"
	)
	service := func(name string) string {
		return `{Effect: Allow, Principal: {Service: ` + name + `}, Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"], Resource: "*"}`
	}
	key := func(statements string) string {
		return `key: {type: aws:kms:Key, properties: {policy: ` + policyOf(statements) + `}}`
	}
	testRule(t, "kms-policy", []ruleCase{
		{
			name: "an alarm", resources: key(root) + topic + alarm, want: fires("key policy"),
			says: "the policy of Key 'key' does not let cloudwatch.amazonaws.com use it: what MetricAlarm 'errors' sends to Topic 'alarms' never arrives.",
		},
		{name: "an alarm, the default policy", resources: "key: {type: aws:kms:Key}" + topic + alarm, want: fires("key policy")},
		{name: "an alarm let in", resources: key(root+", "+service("cloudwatch.amazonaws.com")) + topic + alarm, want: clean},
		{name: "an alarm let in to read alone", resources: key(`{Effect: Allow, Principal: {Service: cloudwatch.amazonaws.com}, Action: "kms:Decrypt", Resource: "*"}`) + topic + alarm, want: fires("key policy")},
		{
			name: "an alarm let in and shut out", want: fires("key policy"),
			resources: key(service("cloudwatch.amazonaws.com")+`, {Effect: Deny, Principal: {Service: cloudwatch.amazonaws.com}, Action: "kms:*", Resource: "*"}`) + topic + alarm,
		},
		{name: "another service let in", resources: key(root+", "+service("sns.amazonaws.com")) + topic + alarm, want: fires("key policy")},
		{
			name: "an alarm let in by a split policy",
			resources: "key: {type: aws:kms:Key}" + topic + alarm + "\n" +
				`policy: {type: aws:kms:KeyPolicy, properties: {keyId: "${key.id}", policy: ` + policyOf(service("cloudwatch.amazonaws.com")) + `}}`,
			want: clean,
		},
		{
			name: "an alarm not let in by a split policy",
			resources: "key: {type: aws:kms:Key}" + topic + alarm + "\n" +
				`policy: {type: aws:kms:KeyPolicy, properties: {keyId: "${key.id}", policy: ` + policyOf(root) + `}}`,
			want: fires("policy policy"), says: "the policy of KeyPolicy 'policy' does not let cloudwatch.amazonaws.com use Key 'key'",
		},
		{
			name: "two policies that differ",
			resources: key(root+", "+service("cloudwatch.amazonaws.com")) + topic + alarm + "\n" +
				`policy: {type: aws:kms:KeyPolicy, properties: {keyId: "${key.id}", policy: ` + policyOf(root) + `}}`,
			want: undecided("key"), says: "overwrite each other's policy",
		},
		{
			name: "a policy of nobody knows which key",
			resources: "key: {type: aws:kms:Key}" + topic + alarm + "\n" +
				`policy: {type: aws:kms:KeyPolicy, properties: {keyId: {"fn::unknown": 1}, policy: ` + policyOf(service("s3.amazonaws.com")) + `}}`,
			want: undecided("key"),
		},
		{
			name: "by an alias",
			resources: key(root) + "\nalias: {type: aws:kms:Alias, properties: {name: alias/images, targetKeyId: \"${key.keyId}\"}}\n" +
				"alarms: {type: aws:sns:Topic, properties: {kmsMasterKeyId: \"${alias.name}\"}}\n" + alarm,
			want: fires("key policy"),
		},
		{name: "no alarm", resources: key(root) + topic, want: clean},
		{name: "a key from elsewhere", resources: `alarms: {type: aws:sns:Topic, properties: {kmsMasterKeyId: alias/theirs}}` + "\n" + alarm, want: undecided("alarms")},
		{name: "an unknown key", resources: `alarms: {type: aws:sns:Topic, properties: {kmsMasterKeyId: {"fn::unknown": 1}}}` + "\n" + alarm, want: undecided("alarms")},
		{name: "an unknown policy", resources: `key: {type: aws:kms:Key, properties: {policy: {"fn::unknown": 1}}}` + topic + alarm, want: undecided("key")},
		{name: "a topic without a key", resources: `alarms: {type: aws:sns:Topic}` + "\n" + alarm, want: clean},
		{name: "AWS's key and an alarm is another rule's", resources: `alarms: {type: aws:sns:Topic, properties: {kmsMasterKeyId: alias/aws/sns}}` + "\n" + alarm, want: clean},
		{name: "S3 to a queue", resources: key(root) + queue + notifies, want: fires("key policy"), says: "s3.amazonaws.com"},
		{name: "S3 let in to a queue", resources: key(root+", "+service("s3.amazonaws.com")) + queue + notifies, want: clean},
		{name: "S3 to a queue with AWS's key", resources: "events: {type: aws:sqs:Queue, properties: {kmsMasterKeyId: alias/aws/sqs}}" + notifies, want: fires("events kmsMasterKeyId")},
		{name: "S3 to a queue with SQS's keys", resources: "events: {type: aws:sqs:Queue}" + notifies, want: clean},
		{
			name:      "EventBridge to a queue",
			resources: key(root) + queue + `target: {type: aws:cloudwatch:EventTarget, properties: {rule: nightly, arn: "${events.arn}"}}`,
			want:      fires("key policy"), says: "events.amazonaws.com",
		},
		{
			name:      "EventBridge in a role's name",
			resources: key(root) + queue + `target: {type: aws:cloudwatch:EventTarget, properties: {rule: nightly, arn: "${events.arn}", roleArn: "arn:aws:iam::123456789012:role/x"}}`,
			want:      clean,
		},
		{
			name:      "SNS to a queue",
			resources: key(root) + queue + `subscription: {type: aws:sns:TopicSubscription, properties: {topic: t, protocol: sqs, endpoint: "${events.arn}"}}`,
			want:      fires("key policy"), says: "sns.amazonaws.com",
		},
		{
			name: "SNS to a dead-letter queue",
			resources: key(root) + queue + `subscription: {type: aws:sns:TopicSubscription, properties: {topic: t, protocol: lambda, endpoint: f, ` +
				`redrivePolicy: {"fn::toJSON": {deadLetterTargetArn: "${events.arn}"}}}}`,
			want: fires("key policy"), says: "sns.amazonaws.com",
		},
		{name: "logs", resources: key(root) + group, want: fires("key policy"), says: "LogGroup 'group' cannot be encrypted"},
		{name: "logs of a region", resources: key(root+", "+service("logs.us-east-1.amazonaws.com")) + group, want: clean},
		{name: "logs of any region", resources: key(root+", "+service("logs.amazonaws.com")) + group, want: clean},
		{
			name: "logs of another region, which shows once the log group has an ARN", want: fires("key policy"), preview: clean,
			resources: key(root+", "+service("logs.eu-west-1.amazonaws.com")) + group,
		},
		{
			name: "logs of another region than the provider's", want: fires("key policy"), says: "does not let logs.eu-west-1.amazonaws.com use it",
			resources: key(root+", "+service("logs.us-east-1.amazonaws.com")) + strings.Replace(group, "}}\n", "}, options: {provider: \"${west}\"}}\n", 1) +
				"west: {type: pulumi:providers:aws, properties: {region: eu-west-1}}\n",
		},
		{
			name: "logs of the log group's own region", want: clean,
			resources: key(root+", "+service("logs.eu-west-1.amazonaws.com")) + strings.Replace(group, "name: ", "region: eu-west-1, name: ", 1),
		},
		{
			name: "logs of the provider's region, not the log group's own", want: fires("key policy"), says: "does not let logs.eu-west-1.amazonaws.com use it",
			resources: key(root+", "+service("logs.us-east-1.amazonaws.com")) + strings.Replace(group, "name: ", "region: eu-west-1, name: ", 1),
		},
		{
			name: "logs of the region that is assumed", want: clean,
			resources: key(root+", "+service("logs.us-east-1.amazonaws.com")) + strings.Replace(group, "}}\n", "}, options: {provider: \"${nobody}\"}}\n", 1) + nobody,
		},
		{
			name: "logs of another region than the assumed one", want: undecided("key"),
			says:      "whether logs.us-east-1.amazonaws.com may use Key 'key' is not known, as the region of LogGroup 'group' is not",
			resources: key(root+", "+service("logs.eu-west-1.amazonaws.com")) + strings.Replace(group, "}}\n", "}, options: {provider: \"${nobody}\"}}\n", 1) + nobody,
		},
		{
			name: "no logs, whatever the region", want: fires("key policy"),
			resources: key(root) + strings.Replace(group, "}}\n", "}, options: {provider: \"${nobody}\"}}\n", 1) + nobody,
		},
		{
			name: "logs of the region that the log group is in", want: clean,
			resources: key(root+", "+service("logs.eu-west-1.amazonaws.com")) +
				strings.Replace(group, "name: ", `arn: "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/x", name: `, 1),
		},
		{
			name: "access logs",
			resources: key(root) + uploads + `logs: {type: aws:s3:BucketV2}
logging: {type: aws:s3:BucketLoggingV2, properties: {bucket: "${uploads.id}", targetBucket: "${logs.id}", targetPrefix: x/}}
encryption:
  type: aws:s3:BucketServerSideEncryptionConfigurationV2
  properties: {bucket: "${logs.id}", rules: [{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: "${key.arn}"}}]}`,
			want: fires("key policy"), says: "logging.s3.amazonaws.com",
		},
		{
			name: "access logs of a classic bucket",
			resources: key(root) + "\n" + `uploads: {type: aws:s3:Bucket, properties: {loggings: [{targetBucket: "${logs.id}"}]}}
logs:
  type: aws:s3:Bucket
  properties: {serverSideEncryptionConfiguration: {rule: {applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: "${key.arn}"}}}}`,
			want: fires("key policy"),
		},
		{name: "a topic that is only read", resources: `alarms: {type: aws:sns:Topic, get: {id: x, kmsMasterKeyId: alias/theirs}}` + "\n" + alarm, want: clean},
	})
}
