package rules_test

import "testing"

func TestSQSEncryption(t *testing.T) {
	t.Parallel()
	queue := func(args string) string { return "failed: {type: aws:sqs:Queue, properties: {" + args + "}}\n" }
	own := map[string]any{"customerKey": true}
	const (
		key  = "key: {type: aws:kms:Key}\n"
		keep = `kmsMasterKeyId: "${key.arn}"`
	)
	testRule(t, "sqs-encryption", []ruleCase{
		{name: "by default", resources: queue(""), want: clean},
		{name: "SQS's keys", resources: queue("sqsManagedSseEnabled: true"), want: clean},
		{name: "off", resources: queue("sqsManagedSseEnabled: false"), want: fires("failed sqsManagedSseEnabled"), says: "has its encryption switched off"},
		{name: "off, with an empty key", resources: queue(`sqsManagedSseEnabled: false, kmsMasterKeyId: ""`), want: fires("failed sqsManagedSseEnabled")},
		{name: "off, since there is a key", resources: key + queue("sqsManagedSseEnabled: false, "+keep), want: clean},
		{name: "AWS's key", resources: queue("kmsMasterKeyId: alias/aws/sqs"), want: clean},
		{name: "a secret off is judged", resources: queue(`sqsManagedSseEnabled: {"fn::secret": false}`), want: fires("failed sqsManagedSseEnabled")},
		{name: "an unknown switch", resources: queue(`sqsManagedSseEnabled: {"fn::unknown": 1}`), want: undecided("failed")},
		{name: "an unknown key, on by default", resources: queue(`kmsMasterKeyId: {"fn::unknown": 1}`), want: clean},
		{name: "an unknown key, off else", resources: queue(`sqsManagedSseEnabled: false, kmsMasterKeyId: {"fn::unknown": 1}`), want: undecided("failed")},
		{name: "own key asked for", resources: queue(""), params: own, want: fires("failed kmsMasterKeyId"), says: "not encrypted with a KMS key of your own"},
		{name: "own key asked for, AWS's given", resources: queue("kmsMasterKeyId: alias/aws/sqs"), params: own, want: fires("failed kmsMasterKeyId")},
		{
			name: "own key asked for, AWS's given by ARN", params: own,
			resources: queue(`kmsMasterKeyId: "arn:aws:kms:eu-west-1:123456789012:alias/aws/sqs"`), want: fires("failed kmsMasterKeyId"),
		},
		{name: "own key asked for, and given", resources: key + queue(keep), params: own, want: clean},
		{name: "own key asked for, not known", resources: queue(`kmsMasterKeyId: {"fn::unknown": 1}`), params: own, want: undecided("failed")},
		{name: "a queue that is only read", resources: "failed: {type: aws:sqs:Queue, get: {id: x, sqsManagedSseEnabled: false}}", want: clean},
	})
}
