package rules_test

import "testing"

func TestSNSEncryption(t *testing.T) {
	t.Parallel()
	topic := func(key string) string { return "alarms: {type: aws:sns:Topic, properties: {" + key + "}}\n" }
	alarm := func(actions string) string {
		return "errors: {type: aws:cloudwatch:MetricAlarm, properties: {namespace: AWS/Lambda, metricName: Errors, " + actions + "}}\n"
	}
	const aws = "kmsMasterKeyId: alias/aws/sns"
	testRule(t, "sns-encryption", []ruleCase{
		{name: "no key", resources: topic(""), want: fires("alarms kmsMasterKeyId"), says: "Topic 'alarms' is not encrypted."},
		{name: "an empty key", resources: topic(`kmsMasterKeyId: ""`), want: fires("alarms kmsMasterKeyId")},
		{name: "a key", resources: "key: {type: aws:kms:Key}\n" + topic(`kmsMasterKeyId: "${key.arn}"`), want: clean},
		{name: "a key from elsewhere", resources: topic("kmsMasterKeyId: alias/images"), want: clean},
		{name: "AWS's key, no alarm", resources: topic(aws), want: clean},
		{
			name: "AWS's key, an alarm", resources: topic(aws) + alarm(`alarmActions: ["${alarms.arn}"]`), want: fires("alarms kmsMasterKeyId"),
			says: "which CloudWatch cannot use: MetricAlarm 'errors' reaches nobody",
		},
		{name: "AWS's key, told that all is well", resources: topic(aws) + alarm(`okActions: ["${alarms.arn}"]`), want: fires("alarms kmsMasterKeyId")},
		{
			name: "AWS's key by ARN, a composite alarm",
			resources: topic(`kmsMasterKeyId: "arn:aws:kms:eu-west-1:123456789012:alias/aws/sns"`) +
				`all: {type: aws:cloudwatch:CompositeAlarm, properties: {alarmRule: "ALARM(x)", alarmActions: ["${alarms.arn}"]}}`,
			want: fires("alarms kmsMasterKeyId"),
		},
		{name: "AWS's key, an alarm on another topic", resources: topic(aws) + alarm(`alarmActions: ["arn:aws:sns:us-east-1:123456789012:other"]`), want: clean},
		{name: "AWS's key, an alarm on nobody knows what", resources: topic(aws) + alarm(`alarmActions: [{"fn::unknown": 1}]`), want: undecided("alarms")},
		{name: "a secret key is judged", resources: topic(`kmsMasterKeyId: {"fn::secret": alias/aws/sns}`) + alarm(`alarmActions: ["${alarms.arn}"]`), want: fires("alarms kmsMasterKeyId")},
		{name: "an unknown key", resources: topic(`kmsMasterKeyId: {"fn::unknown": 1}`), want: undecided("alarms")},
		{name: "a topic that is only read", resources: "alarms: {type: aws:sns:Topic, get: {id: x}}", want: clean},
	})
}
