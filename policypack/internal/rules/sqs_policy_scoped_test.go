package rules_test

import "testing"

func TestSQSPolicyScoped(t *testing.T) {
	t.Parallel()
	const (
		arn     = "arn:aws:sqs:us-east-1:123456789012:failed"
		queue   = "failed: {type: aws:sqs:Queue, properties: {name: failed}}\n"
		tlsOnly = `{Effect: Deny, Principal: "*", Action: "sqs:*", Resource: "` + arn + `", Condition: {Bool: {"aws:SecureTransport": "false"}}}`
		open    = `{Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: "` + arn + `"}`
	)
	send := func(rest string) string {
		return `{Effect: Allow, Action: "sqs:SendMessage", Resource: "` + arn + `", ` + rest + `}`
	}
	split := func(policy string) string {
		return queue + `policy: {type: aws:sqs:QueuePolicy, properties: {queueUrl: "${failed.url}", policy: ` + policy + `}}`
	}
	requireTLS := map[string]any{"requireTls": true}
	testRule(t, "sqs-policy-scoped", []ruleCase{
		{name: "no policy", resources: queue, want: clean},
		{name: "open", resources: split(policyOf(open)), want: fires("policy policy"), says: "allows everyone"},
		{name: "open, inline", resources: `failed: {type: aws:sqs:Queue, properties: {policy: ` + policyOf(open) + `}}`, want: fires("failed policy")},
		{name: "only over TLS", resources: split(policyOf(send(`Principal: "*", Condition: {Bool: {"aws:SecureTransport": "true"}}`))), want: fires("policy policy")},
		{name: "from a bucket", resources: split(policyOf(send(`Principal: "*", Condition: {ArnLike: {"aws:SourceArn": "arn:aws:s3:::acme-uploads"}}`))), want: clean},
		{name: "from any bucket", resources: split(policyOf(send(`Principal: "*", Condition: {ArnLike: {"aws:SourceArn": "arn:aws:s3:::*"}}`))), want: fires("policy policy")},
		{name: "a service", resources: split(policyOf(send(`Principal: {Service: sns.amazonaws.com}`))), want: clean},
		{name: "a deny to everyone", resources: split(policyOf(tlsOnly)), want: clean},
		{name: "an unknown policy", resources: split(`{"fn::unknown": 1}`), want: undecided("policy")},
		{
			name:      "an unknown condition beside an open statement",
			resources: split(`{Statement: [` + send(`Principal: "*", Condition: {"fn::unknown": 1}`) + `, ` + open + `]}`),
			want:      fires("policy policy").and("policy"),
		},
		{name: "a secret policy is judged", resources: split(`{"fn::secret": ` + policyOf(open) + `}`), want: fires("policy policy")},
		{name: "TLS asked for, no policy", resources: queue, params: requireTLS, want: fires("failed"), says: "Queue 'failed' has no policy that denies requests without TLS."},
		{name: "TLS asked for, another policy", resources: split(policyOf(send(`Principal: {AWS: "123456789012"}`))), params: requireTLS, want: fires("policy policy")},
		{name: "TLS asked for, and there", resources: split(policyOf(tlsOnly)), params: requireTLS, want: clean},
		{name: "TLS asked for, unknown", resources: split(`{"fn::unknown": 1}`), params: requireTLS, want: undecided("failed", "policy")},
	})
}
