package rules_test

import "testing"

func TestIAMLeastPrivilege(t *testing.T) {
	t.Parallel()
	allow := func(action, on string) string {
		return `{Effect: Allow, Action: ` + action + `, Resource: ` + on + `}`
	}
	split := func(statement string) string {
		return `work: {type: aws:iam:RolePolicy, properties: {role: thumbnails, policy: ` + policyOf(statement) + `}}`
	}
	const (
		all   = `"*"`
		admin = "arn:aws:iam::aws:policy/AdministratorAccess"
	)
	testRule(t, "iam-least-privilege", []ruleCase{
		{name: "named actions on named resources", resources: split(allow(`["s3:GetObject", "s3:List*"]`, `["arn:aws:s3:::b", "arn:aws:s3:::b/*"]`)), want: clean},
		{name: "all of one bucket", resources: split(allow(`"s3:*"`, `["arn:aws:s3:::b", "arn:aws:s3:::b/*"]`)), want: clean},
		{name: "everything on one bucket", resources: split(allow(all, `"arn:aws:s3:::b/*"`)), want: clean},
		{
			name: "everything", resources: split(allow(all, all)), want: fires("work policy"),
			says: `statement 1 in policy of RolePolicy 'work' allows "*" on everything.`,
		},
		{name: "everything, twice over", resources: split(allow(`"*:*"`, all)), want: fires("work policy")},
		{name: "all of a service", resources: split(allow(`"sqs:*"`, all)), want: fires("work policy")},
		{name: "all of a service that is not in the table", resources: split(allow(`"braket:*"`, all)), want: fires("work policy")},
		{name: "all buckets", resources: split(allow(`["s3:GetObject"]`, `"arn:aws:s3:::*"`)), want: fires("work policy")},
		{name: "all objects", resources: split(allow(`["s3:GetObject"]`, `"arn:aws:s3:::*/*"`)), want: fires("work policy")},
		{name: "one action on everything", resources: split(allow(`["sqs:SendMessage"]`, all)), want: fires("work policy"), says: `"sqs:SendMessage" on everything`},
		{name: "all keys", resources: split(allow(`"kms:Decrypt"`, all)), want: fires("work policy")},
		{name: "all but one resource", resources: split(`{Effect: Allow, Action: "s3:GetObject", NotResource: "arn:aws:s3:::b/*"}`), want: fires("work policy")},
		{name: "all actions but some", resources: split(`{Effect: Allow, NotAction: "iam:*", Resource: "arn:aws:s3:::b"}`), want: fires("work policy"), says: "NotAction"},
		{
			name:      "what has no resource",
			resources: split(allow(`["xray:PutTraceSegments", "cloudwatch:PutMetricData", "logs:DescribeLogGroups", "ec2:CreateNetworkInterface", "ec2:Describe*"]`, all)),
			want:      clean,
		},
		{name: "an action that nobody knows", resources: split(allow(`"s3:NoSuchAction"`, all)), want: clean},
		{name: "logs of a region", resources: split(allow(`["logs:CreateLogStream", "logs:PutLogEvents"]`, `"arn:aws:logs:*:*:*"`)), want: clean},
		{name: "any role", resources: split(allow(`"iam:PassRole"`, all)), want: fires("work policy"), says: "on every role"},
		{name: "any role of the account", resources: split(allow(`"iam:PassRole"`, `"arn:aws:iam::123456789012:role/*"`)), want: fires("work policy")},
		{name: "any role, by a pattern", resources: split(allow(`"iam:Pass*"`, `"arn:aws:iam::123456789012:role/*"`)), want: fires("work policy"), says: `"iam:Pass*" on every role`},
		{name: "all that can be done with any role", resources: split(allow(`"IAM:*"`, `"arn:aws:iam::*:role/*"`)), want: fires("work policy"), says: `"IAM:*" on every role`},
		{name: "everything that can be done with any role", resources: split(allow(all, `"arn:aws:iam::123456789012:role/*"`)), want: fires("work policy")},
		{name: "all but passing it, of any role", resources: split(allow(`"iam:Get*"`, `"arn:aws:iam::123456789012:role/*"`)), want: clean},
		{
			name:      "what the account holds",
			resources: split(`{Effect: Allow, Action: "*", Resource: "*", Condition: {StringEquals: {"aws:ResourceAccount": "123456789012"}}}`),
			want:      fires("work policy"),
		},
		{
			name:      "with a header",
			resources: split(`{Effect: Allow, Action: "s3:PutObject", Resource: "*", Condition: {StringEquals: {"s3:x-amz-acl": bucket-owner-full-control}}}`),
			want:      fires("work policy"),
		},
		{name: "some roles", resources: split(allow(`"iam:PassRole"`, `"arn:aws:iam::123456789012:role/thumbnails-*"`)), want: clean},
		{
			name: "any role for one service",
			resources: split(`{Effect: Allow, Action: "iam:PassRole", Resource: "*", ` +
				`Condition: {StringEquals: {"iam:PassedToService": lambda.amazonaws.com}}}`),
			want: clean,
		},
		{
			name:      "keys through one service",
			resources: split(`{Effect: Allow, Action: "kms:Decrypt", Resource: "*", Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}}}`),
			want:      clean,
		},
		{
			name:      "what has a tag",
			resources: split(`{Effect: Allow, Action: "sqs:*", Resource: "*", Condition: {StringEquals: {"aws:ResourceTag/team": images}}}`),
			want:      clean,
		},
		{
			name:      "over TLS",
			resources: split(`{Effect: Allow, Action: "sqs:*", Resource: "*", Condition: {Bool: {"aws:SecureTransport": "true"}}}`),
			want:      fires("work policy"),
		},
		{name: "a deny of everything", resources: split(`{Effect: Deny, NotAction: "iam:*", Resource: "*"}`), want: clean},
		{
			name: "each statement is told", resources: split(allow(all, all) + `, ` + allow(`"s3:GetObject"`, `"arn:aws:s3:::b/*"`) + `, ` + allow(`"s3:*"`, all)),
			want: fires("work policy", "work policy"), says: "statement 3",
		},
		{
			name: "exempt by parameter", resources: split(allow(`["sns:Publish", "ses:SendEmail"]`, all)),
			params: map[string]any{"allowOnEverything": []any{"sns:Publish", "ses:*"}}, want: clean,
		},
		{
			name: "inline on a role",
			resources: `thumbnails: {type: aws:iam:Role, properties: {assumeRolePolicy: "{}", inlinePolicies: [{}, {name: work, policy: ` +
				policyOf(allow(all, all)) + `}]}}`,
			want: fires("thumbnails inlinePolicies[1].policy"),
		},
		{name: "of a user", resources: `work: {type: aws:iam:UserPolicy, properties: {user: u, policy: ` + policyOf(allow(all, all)) + `}}`, want: fires("work policy")},
		{name: "of a group", resources: `work: {type: aws:iam:GroupPolicy, properties: {group: g, policy: ` + policyOf(allow(all, all)) + `}}`, want: fires("work policy")},
		{name: "managed", resources: `work: {type: aws:iam:Policy, properties: {policy: ` + policyOf(allow(all, all)) + `}}`, want: fires("work policy")},
		{
			name: "a boundary",
			resources: `work: {type: aws:iam:Policy, properties: {policy: ` + policyOf(allow(all, all)) + `}}
thumbnails: {type: aws:iam:Role, properties: {assumeRolePolicy: "{}", permissionsBoundary: "${work.arn}"}}`,
			want: clean,
		},
		{
			name: "a boundary of one role, attached to another",
			resources: `work: {type: aws:iam:Policy, properties: {policy: ` + policyOf(allow(all, all)) + `}}
thumbnails: {type: aws:iam:Role, properties: {assumeRolePolicy: "{}", permissionsBoundary: "${work.arn}"}}
attach: {type: aws:iam:RolePolicyAttachment, properties: {role: other, policyArn: "${work.arn}"}}`,
			want: fires("work policy"),
		},
		{
			name:      "administrator, of all that a user has",
			resources: `attach: {type: aws:iam:UserPolicyAttachmentsExclusive, properties: {userName: u, policyArns: ["` + admin + `"]}}`,
			want:      fires("attach policyArns[0]"),
		},
		{
			name:      "administrator, of all that a group has",
			resources: `attach: {type: aws:iam:GroupPolicyAttachmentsExclusive, properties: {groupName: g, policyArns: ["` + admin + `"]}}`,
			want:      fires("attach policyArns[0]"),
		},
		{
			name: "a boundary, perhaps",
			resources: `work: {type: aws:iam:Policy, properties: {policy: ` + policyOf(allow(all, all)) + `}}
thumbnails: {type: aws:iam:Role, properties: {assumeRolePolicy: "{}", permissionsBoundary: {"fn::unknown": 1}}}`,
			want: undecided("work"),
		},
		{
			name:      "administrator",
			resources: `attach: {type: aws:iam:RolePolicyAttachment, properties: {role: thumbnails, policyArn: "` + admin + `"}}`,
			want:      fires("attach policyArn"), says: "allows everything in the account",
		},
		{
			name:      "administrator of IAM, on a role",
			resources: `thumbnails: {type: aws:iam:Role, properties: {assumeRolePolicy: "{}", managedPolicyArns: ["arn:aws:iam::aws:policy/IAMFullAccess"]}}`,
			want:      fires("thumbnails managedPolicyArns[0]"),
		},
		{
			name: "administrator, in China, exclusively",
			resources: `attach: {type: aws:iam:RolePolicyAttachmentsExclusive, properties: {roleName: thumbnails, ` +
				`policyArns: ["arn:aws-cn:iam::aws:policy/AdministratorAccess"]}}`,
			want: fires("attach policyArns[0]"),
		},
		{
			name: "what Lambda needs",
			resources: `attach: {type: aws:iam:RolePolicyAttachment, properties: {role: thumbnails, ` +
				`policyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}}`,
			want: clean,
		},
		{
			name: "a policy of this stack",
			resources: `work: {type: aws:iam:Policy, properties: {policy: ` + policyOf(allow(`"s3:GetObject"`, `"arn:aws:s3:::b/*"`)) + `}}
attach: {type: aws:iam:RolePolicyAttachment, properties: {role: thumbnails, policyArn: "${work.arn}"}}`,
			want: clean,
		},
		{name: "an unknown attachment", resources: `attach: {type: aws:iam:RolePolicyAttachment, properties: {role: x, policyArn: {"fn::unknown": 1}}}`, want: undecided("attach")},
		{
			name:      "unknown attachments",
			resources: `thumbnails: {type: aws:iam:Role, properties: {assumeRolePolicy: "{}", managedPolicyArns: {"fn::unknown": 1}, inlinePolicies: {"fn::unknown": 1}}}`,
			want:      undecided("thumbnails"),
		},
		{name: "an unknown policy", resources: `work: {type: aws:iam:RolePolicy, properties: {role: x, policy: {"fn::unknown": 1}}}`, want: undecided("work")},
		{
			name: "an unknown resource beside everything",
			resources: `work: {type: aws:iam:RolePolicy, properties: {role: x, policy: {Statement: [` +
				allow(`"s3:GetObject"`, `[{"fn::unknown": 1}]`) + `, ` + allow(`"s3:GetObject"`, `[{"fn::unknown": 1}, "*"]`) + `]}}}`,
			want: fires("work policy").and("work"),
		},
		{
			name: "an unknown action on one resource",
			resources: `work: {type: aws:iam:RolePolicy, properties: {role: x, policy: {Statement: [` +
				allow(`[{"fn::unknown": 1}]`, `"arn:aws:s3:::b/*"`) + `]}}}`,
			want: clean,
		},
		{
			name: "a secret policy is judged",
			resources: `work: {type: aws:iam:RolePolicy, properties: {role: x, policy: {"fn::secret": ` +
				policyOf(allow(`["s3:Get*", "`+hush+`:*"]`, all)) + `}}}`,
			want: fires("work policy"), says: "[secret] on everything",
		},
		{name: "a policy that is only read", resources: `work: {type: aws:iam:Policy, get: {id: x, policy: ` + policyOf(allow(all, all)) + `}}`, want: clean},
	})
}
