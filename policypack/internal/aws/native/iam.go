package native

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
var iamKinds = map[graph.Type]kind{
	"aws-native:iam:Role": {
		to: graph.Role,
		arguments: append(renamed("assumeRolePolicy assumeRolePolicyDocument", "name roleName"),
			member{name: "inlinePolicies", native: "policies", shape: renamed("name policyName", "policy policyDocument")}, tags),
		outputs: renamed("id id", "arn arn", "uniqueId roleId"),
	},
	"aws-native:iam:RolePolicy": {
		to: graph.RolePolicy, arguments: renamed("name policyName", "policy policyDocument", "role roleName"),
	},
	"aws-native:iam:ManagedPolicy": {
		to:        graph.Policy,
		arguments: renamed("name managedPolicyName", "policy policyDocument"),
		outputs:   renamed("id id", "arn policyArn"),
		parts: []part{
			{to: graph.RolePolicyAttachment, argument: "roles", each: true, shape: renamed("role "), owner: "policyArn", identity: "arn"},
			{to: graph.GroupPolicyAttachment, argument: "groups", each: true, shape: renamed("group "), owner: "policyArn", identity: "arn"},
			{to: graph.UserPolicyAttachment, argument: "users", each: true, shape: renamed("user "), owner: "policyArn", identity: "arn"},
		},
	},
	"aws-native:iam:UserPolicy": {
		to: graph.UserPolicy, arguments: renamed("name policyName", "policy policyDocument", "user userName"),
	},
	"aws-native:iam:GroupPolicy": {
		to: graph.GroupPolicy, arguments: renamed("group groupName", "name policyName", "policy policyDocument"),
	},
}
