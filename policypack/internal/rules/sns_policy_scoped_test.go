package rules_test

import "testing"

func TestSNSPolicyScoped(t *testing.T) {
	t.Parallel()
	const (
		arn     = "arn:aws:sns:us-east-1:123456789012:alarms"
		topic   = "alarms: {type: aws:sns:Topic, properties: {name: alarms}}\n"
		tlsOnly = `{Effect: Deny, Principal: "*", Action: "sns:Publish", Resource: "` + arn + `", Condition: {Bool: {"aws:SecureTransport": "false"}}}`
	)
	publish := func(rest string) string {
		return `{Effect: Allow, Action: "sns:Publish", Resource: "` + arn + `", ` + rest + `}`
	}
	split := func(policy string) string {
		return topic + `policy: {type: aws:sns:TopicPolicy, properties: {arn: "${alarms.arn}", policy: ` + policy + `}}`
	}
	requireTLS := map[string]any{"requireTls": true}
	testRule(t, "sns-policy-scoped", []ruleCase{
		{name: "no policy", resources: topic, want: clean},
		{name: "open", resources: split(policyOf(publish(`Principal: {AWS: "*"}`))), want: fires("policy policy")},
		{name: "open, inline", resources: `alarms: {type: aws:sns:Topic, properties: {policy: ` + policyOf(publish(`Principal: "*"`)) + `}}`, want: fires("alarms policy")},
		{name: "the policy that SNS makes", resources: split(policyOf(publish(`Principal: {AWS: "*"}, Condition: {StringEquals: {"AWS:SourceOwner": "123456789012"}}`))), want: clean},
		{name: "alarms", resources: split(policyOf(publish(`Principal: {Service: cloudwatch.amazonaws.com}`))), want: clean},
		{name: "an unknown policy", resources: split(`{"fn::unknown": 1}`), want: undecided("policy")},
		{name: "a secret policy is judged", resources: split(`{"fn::secret": ` + policyOf(publish(`Principal: "*"`)) + `}`), want: fires("policy policy")},
		{name: "TLS asked for, no policy", resources: topic, params: requireTLS, want: fires("alarms")},
		{name: "TLS asked for, and there", resources: split(policyOf(tlsOnly)), params: requireTLS, want: clean},
		{name: "TLS asked for, for subscribing alone", resources: split(policyOf(`{Effect: Deny, Principal: "*", Action: "sns:Subscribe", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "false"}}}`)), params: requireTLS, want: fires("policy policy")},
	})
}
