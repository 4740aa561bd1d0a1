package rules_test

import "testing"

func TestLambdaPermissionScoped(t *testing.T) {
	t.Parallel()
	permission := func(args string) string {
		return `permission: {type: aws:lambda:Permission, properties: {action: "lambda:InvokeFunction", function: thumbnails, ` + args + `}}`
	}
	url := func(authorization string) string {
		return `url: {type: aws:lambda:FunctionUrl, properties: {functionName: thumbnails, authorizationType: ` + authorization + `}}`
	}
	const account = `sourceAccount: "123456789012"`
	testRule(t, "lambda-permission-scoped", []ruleCase{
		{
			name: "a service alone", resources: permission(`principal: sns.amazonaws.com`), want: fires("permission sourceArn"),
			says: `lets "sns.amazonaws.com" invoke the function for any resource of any account`,
		},
		{
			name: "a secret service is judged", resources: permission(`principal: {"fn::secret": "` + hush + `.amazonaws.com"}`), want: fires("permission sourceArn"),
			says: "lets [secret] invoke",
		},
		{name: "a service and an account", resources: permission(`principal: sns.amazonaws.com, ` + account), want: fires("permission sourceArn")},
		{name: "an empty source", resources: permission(`principal: sns.amazonaws.com, sourceArn: ""`), want: fires("permission sourceArn")},
		{
			name:      "a topic",
			resources: permission(`principal: sns.amazonaws.com, sourceArn: "arn:aws:sns:eu-west-1:123456789012:uploads"`), want: clean,
		},
		{
			name:      "an API, any stage",
			resources: permission(`principal: apigateway.amazonaws.com, sourceArn: "arn:aws:execute-api:eu-west-1:123456789012:a1b2/*/GET/x"`), want: clean,
		},
		{
			name:      "a rule of any account",
			resources: permission(`principal: events.amazonaws.com, sourceArn: "arn:aws:events:eu-west-1:*:rule/nightly"`),
			want:      fires("permission sourceAccount"),
		},
		{name: "a bucket", resources: permission(`principal: s3.amazonaws.com, sourceArn: "arn:aws:s3:::acme-uploads"`), want: fires("permission sourceAccount")},
		{
			name:      "a bucket and an account",
			resources: permission(`principal: s3.amazonaws.com, sourceArn: "arn:aws:s3:::acme-uploads", ` + account), want: clean,
		},
		{name: "any bucket", resources: permission(`principal: s3.amazonaws.com, sourceArn: "arn:aws:s3:::*"`), want: fires("permission sourceArn")},
		{name: "any bucket of the account", resources: permission(`principal: s3.amazonaws.com, sourceArn: "arn:aws:s3:::*", ` + account), want: clean},
		{
			name: "a bucket of this stack, without its account",
			resources: "uploads: {type: aws:s3:BucketV2}\n" +
				permission(`principal: s3.amazonaws.com, sourceArn: "${uploads.arn}"`),
			want: fires("permission sourceAccount"),
		},
		{
			name: "a bucket of this stack",
			resources: "uploads: {type: aws:s3:BucketV2}\n" +
				permission(`principal: s3.amazonaws.com, sourceArn: "${uploads.arn}", `+account),
			want: clean,
		},
		{
			name: "a topic of this stack",
			resources: "uploads: {type: aws:sns:Topic}\n" +
				permission(`principal: sns.amazonaws.com, sourceArn: "${uploads.arn}"`),
			want: clean,
		},
		{name: "an unknown source", resources: permission(`principal: sns.amazonaws.com, sourceArn: {"fn::unknown": 1}`), want: undecided("permission")},
		{
			name:      "an unknown account",
			resources: permission(`principal: s3.amazonaws.com, sourceArn: "arn:aws:s3:::acme-uploads", sourceAccount: {"fn::unknown": 1}`),
			want:      undecided("permission"),
		},
		{name: "an unknown principal", resources: permission(`principal: {"fn::unknown": 1}`), want: undecided("permission")},
		{
			name:      "a secret source is judged",
			resources: permission(`principal: sns.amazonaws.com, sourceArn: {"fn::secret": "arn:aws:sns:eu-west-1:*:*"}`),
			want:      fires("permission sourceArn"), says: "[secret]",
		},
		{name: "Config names the account alone", resources: permission(`principal: config.amazonaws.com, ` + account), want: clean},
		{name: "Config for everyone", resources: permission(`principal: config.amazonaws.com`), want: fires("permission sourceArn")},
		{name: "another account", resources: permission(`principal: "123456789012"`), want: clean},
		{name: "a role", resources: permission(`principal: "arn:aws:iam::123456789012:role/x"`), want: clean},
		{name: "everyone", resources: permission(`principal: "*"`), want: fires("permission principal"), says: "lets everyone invoke the function"},
		{name: "everyone by URL", resources: permission(`principal: "*", functionUrlAuthType: NONE`), want: fires("permission principal")},
		{name: "the organisation", resources: permission(`principal: "*", principalOrgId: o-a1b2c3d4e5`), want: clean},
		{name: "an unknown organisation", resources: permission(`principal: "*", principalOrgId: {"fn::unknown": 1}`), want: undecided("permission")},
		{name: "any organisation", resources: permission(`principal: "*", principalOrgId: "o-*"`), want: fires("permission principal")},
		{name: "everyone for an account", resources: permission(`principal: "*", ` + account), want: fires("permission principal")},
		{name: "everyone for a topic", resources: permission(`principal: "*", sourceArn: "arn:aws:sns:eu-west-1:123456789012:uploads"`), want: clean},
		{name: "everyone for a bucket", resources: permission(`principal: "*", sourceArn: "arn:aws:s3:::acme-uploads"`), want: fires("permission sourceAccount")},
		{name: "everyone for a bucket of the account", resources: permission(`principal: "*", sourceArn: "arn:aws:s3:::acme-uploads", ` + account), want: clean},
		{name: "everyone for any topic", resources: permission(`principal: "*", sourceArn: "arn:aws:sns:*:*:*"`), want: fires("permission sourceArn")},
		{name: "everyone for an unknown source", resources: permission(`principal: "*", ` + account + `, sourceArn: {"fn::unknown": 1}`), want: undecided("permission")},
		{name: "any skill", resources: permission(`principal: alexa-appkit.amazon.com`), want: fires("permission eventSourceToken")},
		{name: "a skill", resources: permission(`principal: alexa-appkit.amazon.com, eventSourceToken: amzn1.ask.skill.1`), want: clean},
		{name: "an open URL", resources: url("NONE"), want: fires("url authorizationType")},
		{name: "a URL for IAM", resources: url("AWS_IAM"), want: clean},
		{name: "an unknown URL", resources: url(`{"fn::unknown": 1}`), want: undecided("url")},
	})
}
