package iam_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/iam"
)

// props are the arguments of a resource.
type props = resource.PropertyMap

// deps are the resources that arguments are computed from, by their names.
type deps = map[resource.PropertyKey][]string

// urn names a test's resources, which all have names of their own.
func urn(name string) resource.URN { return resource.URN("urn:pulumi:dev::app::t::" + name) }

func declare(t graph.Type, name string, inputs props, from ...deps) *graph.Resource {
	r := &graph.Resource{
		URN: urn(name), Type: t, Name: name, Inputs: inputs,
		PropertyDependencies: map[resource.PropertyKey][]resource.URN{},
	}
	for _, properties := range from {
		for property, names := range properties {
			for _, dep := range names {
				r.PropertyDependencies[property] = append(r.PropertyDependencies[property], urn(dep))
			}
		}
	}
	return r
}

// read is a resource that the program looks up instead of declaring it.
func read(t graph.Type, name string, outputs props) *graph.Resource {
	return &graph.Resource{URN: urn(name), Type: t, Name: name, Outputs: outputs}
}

func list(items ...resource.PropertyValue) resource.PropertyValue {
	return resource.NewArrayProperty(items)
}

// role declares the role that every test asks about.
func role(inputs props) *graph.Resource {
	inputs["name"] = text("fn-role")
	return declare(graph.Role, "fn", inputs)
}

// dlq is the queue that every test asks about.
func dlq() *graph.Resource { return declare(graph.Queue, "dlq", props{"name": text("dlq")}) }

func inline(policy resource.PropertyValue) resource.PropertyValue {
	return list(resource.NewObjectProperty(props{"name": text("p"), "policy": policy}))
}

func awsManaged(name string) resource.PropertyValue { return text("arn:aws:iam::aws:policy/" + name) }

var (
	sendAll   = text(statement("Allow", "sqs:SendMessage", "*"))
	logsOnly  = text(statement("Allow", "logs:*", "*"))
	denySend  = text(statement("Deny", "sqs:*", "*"))
	basicRole = awsManaged("service-role/AWSLambdaBasicExecutionRole")
)

const (
	attachmentsExclusive graph.Type = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
	queuePolicy          graph.Type = "aws:sqs/queuePolicy:QueuePolicy"
)

func TestRoleAllowsWhatItsPoliciesAllow(t *testing.T) {
	t.Parallel()
	type resources = []*graph.Resource
	for name, c := range map[string]struct {
		role   *graph.Resource
		others resources
		want   iam.Answer
		reason string
	}{
		"no policy at all": {
			role(props{}), nil, iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy allows": {
			role(props{"inlinePolicies": inline(sendAll)}), nil, iam.Yes, "an inline policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy allows something else": {
			role(props{"inlinePolicies": inline(logsOnly)}), nil, iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy names the queue": {
			role(props{"inlinePolicies": inline(text(statement("Allow", "sqs:*", "arn:aws:sqs:*:*:dlq")))}), nil,
			iam.Yes, "an inline policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy names another queue": {
			role(props{"inlinePolicies": inline(text(statement("Allow", "sqs:*", "arn:aws:sqs:*:*:jobs")))}), nil,
			iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy names a queue of one region": {
			role(props{"inlinePolicies": inline(text(statement("Allow", "sqs:*", queue)))}), nil,
			iam.Unknown, "an inline policy of Role 'fn' may allow sqs:SendMessage",
		},
		"inline policies not known yet": {
			role(props{"inlinePolicies": notYet}), nil, iam.Unknown, "an inline policy of Role 'fn' is not known yet",
		},
		"an inline policy not known yet": {
			role(props{"inlinePolicies": inline(notYet)}), nil, iam.Unknown, "an inline policy of Role 'fn' is not known yet",
		},
		"an empty entry asks for no inline policy": {
			role(props{"inlinePolicies": list(resource.NewObjectProperty(props{}))}), nil,
			iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a secret inline policy that is broken": {
			role(props{"inlinePolicies": inline(resource.MakeSecret(text("hunter2")))}), nil,
			iam.Unknown, "an inline policy of Role 'fn' is not JSON",
		},

		"a managed policy allows": {
			role(props{"managedPolicyArns": list(basicRole, awsManaged("AmazonSQSFullAccess"))}), nil,
			iam.Yes, `"arn:aws:iam::aws:policy/AmazonSQSFullAccess" of Role 'fn' allows sqs:SendMessage`,
		},
		"a managed policy does not allow": {
			role(props{"managedPolicyArns": list(basicRole)}), nil, iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a managed policy that is not in the table": {
			role(props{"managedPolicyArns": list(awsManaged("AmazonEC2FullAccess"))}), nil, iam.Unknown,
			`"arn:aws:iam::aws:policy/AmazonEC2FullAccess" of Role 'fn' is an AWS-managed policy whose permissions are not known here`,
		},
		"a managed policy that is secret": {
			role(props{"managedPolicyArns": list(resource.MakeSecret(awsManaged("hunter2")))}), nil, iam.Unknown,
			`[secret] of Role 'fn' is an AWS-managed policy whose permissions are not known here`,
		},
		"managed policies not known yet": {
			role(props{"managedPolicyArns": notYet}), nil, iam.Unknown,
			"managedPolicyArns of Role 'fn' holds a policy that is not in this stack or not known yet",
		},
		"a policy of another stack": {
			role(props{"managedPolicyArns": list(text("arn:aws:iam::123456789012:policy/shared"))}), nil, iam.Unknown,
			"managedPolicyArns of Role 'fn' holds a policy that is not in this stack or not known yet",
		},

		"a RolePolicy by the role's name allows": {
			role(props{}),
			resources{declare(graph.RolePolicy, "send", props{"role": text("fn-role"), "policy": sendAll})},
			iam.Yes, "the policy of RolePolicy 'send' allows sqs:SendMessage",
		},
		"a RolePolicy by dependency allows": {
			role(props{}),
			resources{declare(graph.RolePolicy, "send", props{"role": notYet, "policy": sendAll}, deps{"role": {"fn"}})},
			iam.Yes, "the policy of RolePolicy 'send' allows sqs:SendMessage",
		},
		"a RolePolicy by dependency allows something else": {
			role(props{}),
			resources{declare(graph.RolePolicy, "logs", props{"role": notYet, "policy": logsOnly}, deps{"role": {"fn"}})},
			iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a RolePolicy computed from the queue": {
			role(props{}),
			resources{declare(
				graph.RolePolicy, "send", props{"role": text("fn-role"), "policy": notYet}, deps{"policy": {"dlq"}},
			)},
			iam.Unknown, "the policy of RolePolicy 'send' is not known yet",
		},
		"a RolePolicy of another role": {
			role(props{}),
			resources{
				declare(graph.Role, "other", props{"name": text("other-role")}),
				declare(graph.RolePolicy, "send", props{"role": text("other-role"), "policy": sendAll}),
			},
			iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a RolePolicy that may be the role's": {
			role(props{}),
			resources{declare(graph.RolePolicy, "send", props{"role": notYet, "policy": sendAll})},
			iam.Unknown, "RolePolicy 'send' may give a policy to Role 'fn'",
		},
		"a RolePolicy denies": {
			role(props{"inlinePolicies": inline(sendAll)}),
			resources{declare(graph.RolePolicy, "deny", props{"role": text("fn-role"), "policy": denySend})},
			iam.No, "the policy of RolePolicy 'deny' denies sqs:SendMessage",
		},
		"a RolePolicy by dependency denies": {
			role(props{"inlinePolicies": inline(sendAll)}),
			resources{declare(graph.RolePolicy, "deny", props{"role": notYet, "policy": denySend}, deps{"role": {"fn"}})},
			iam.Unknown, "the policy of RolePolicy 'deny' may deny sqs:SendMessage",
		},
		"an unknown policy may deny what another allows": {
			role(props{"inlinePolicies": inline(sendAll)}),
			resources{declare(graph.RolePolicy, "other", props{"role": text("fn-role"), "policy": notYet})},
			iam.Unknown, "the policy of RolePolicy 'other' is not known yet",
		},

		"an attached AWS-managed policy allows": {
			role(props{}),
			resources{declare(graph.RolePolicyAttachment, "sqs", props{
				"role": text("fn-role"), "policyArn": awsManaged("AmazonSQSFullAccess"),
			})},
			iam.Yes, `"arn:aws:iam::aws:policy/AmazonSQSFullAccess" of RolePolicyAttachment 'sqs' allows sqs:SendMessage`,
		},
		"an attached AWS-managed policy does not allow": {
			role(props{}),
			resources{declare(
				graph.RolePolicyAttachment, "basic", props{"role": notYet, "policyArn": basicRole}, deps{"role": {"fn"}},
			)},
			iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an attached Policy of the stack by its ARN allows": {
			role(props{}),
			resources{
				declare(graph.Policy, "send", props{"name": text("send-policy"), "policy": sendAll}),
				declare(graph.RolePolicyAttachment, "send-att", props{
					"role": text("fn-role"), "policyArn": text("arn:aws:iam::123456789012:policy/send-policy"),
				}),
			},
			iam.Yes, "the policy of Policy 'send' allows sqs:SendMessage",
		},
		"an attached Policy of the stack by its ARN allows something else": {
			role(props{}),
			resources{
				declare(graph.Policy, "logs", props{"name": text("logs-policy"), "policy": logsOnly}),
				declare(graph.RolePolicyAttachment, "logs-att", props{
					"role": text("fn-role"), "policyArn": text("arn:aws:iam::123456789012:policy/logs-policy"),
				}),
			},
			iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an attached Policy of the stack by dependency allows": {
			role(props{}),
			resources{
				declare(graph.Policy, "send", props{"name": text("send-policy"), "policy": sendAll}),
				declare(graph.RolePolicyAttachment, "send-att", props{"role": text("fn-role"), "policyArn": notYet},
					deps{"policyArn": {"send"}}),
			},
			iam.Yes, "the policy of Policy 'send' allows sqs:SendMessage",
		},
		"an attached Policy of the stack by dependency does not accuse": {
			role(props{}),
			resources{
				declare(graph.Policy, "logs", props{"name": text("logs-policy"), "policy": logsOnly}),
				declare(graph.RolePolicyAttachment, "logs-att", props{"role": text("fn-role"), "policyArn": notYet},
					deps{"policyArn": {"logs"}}),
			},
			iam.Unknown, "the policy of Policy 'logs' may allow sqs:SendMessage",
		},
		"an attached Policy that the stack reads": {
			role(props{"managedPolicyArns": list(text("arn:aws:iam::123456789012:policy/shared"))}),
			resources{read(graph.Policy, "shared", props{"name": text("shared"), "policy": sendAll})},
			iam.Yes, "the policy of Policy 'shared' allows sqs:SendMessage",
		},
		"a PolicyAttachment to several roles": {
			role(props{}),
			resources{declare(graph.PolicyAttachment, "att", props{
				"roles": list(text("other-role"), text("fn-role")), "policyArn": awsManaged("AmazonSQSFullAccess"),
			})},
			iam.Yes, `"arn:aws:iam::aws:policy/AmazonSQSFullAccess" of PolicyAttachment 'att' allows sqs:SendMessage`,
		},
		"a PolicyAttachment to other roles": {
			role(props{}),
			resources{declare(graph.PolicyAttachment, "att", props{
				"roles": list(text("other-role")), "policyArn": awsManaged("AmazonSQSFullAccess"),
			})},
			iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a PolicyAttachment to roles not known yet": {
			role(props{}),
			resources{declare(graph.PolicyAttachment, "att", props{
				"roles": notYet, "policyArn": awsManaged("AmazonSQSFullAccess"),
			})},
			iam.Unknown, "PolicyAttachment 'att' may give a policy to Role 'fn'",
		},
		"exclusive attachments attach too": {
			role(props{}),
			resources{declare(attachmentsExclusive, "all", props{
				"roleName": text("fn-role"), "policyArns": list(basicRole, awsManaged("AmazonSQSFullAccess")),
			})},
			iam.Yes, `"arn:aws:iam::aws:policy/AmazonSQSFullAccess" of RolePolicyAttachmentsExclusive 'all' allows sqs:SendMessage`,
		},

		"a boundary that allows it too": {
			role(props{"inlinePolicies": inline(sendAll), "permissionsBoundary": awsManaged("PowerUserAccess")}), nil,
			iam.Yes, "an inline policy of Role 'fn' allows sqs:SendMessage",
		},
		"a boundary that does not allow it": {
			role(props{"inlinePolicies": inline(sendAll), "permissionsBoundary": basicRole}), nil,
			iam.No, "the permissions boundary of Role 'fn' does not allow sqs:SendMessage",
		},
		"a boundary not known yet": {
			role(props{"inlinePolicies": inline(sendAll), "permissionsBoundary": notYet}), nil, iam.Unknown,
			"permissionsBoundary of Role 'fn' holds a policy that is not in this stack or not known yet",
		},
		"a boundary grants nothing": {
			role(props{"permissionsBoundary": awsManaged("AdministratorAccess")}), nil,
			iam.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},

		"a role of another stack": {
			read(graph.Role, "fn", props{"name": text("fn-role")}), nil, iam.Unknown, "Role 'fn' is not declared in this stack",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := dlq()
			g := graph.New("app", "dev", "", append(resources{c.role, target}, c.others...))
			got, reason := iam.RoleAllows(g, c.role, send, target, "")
			assert.Equal(t, c.want.String(), got.String())
			assert.Equal(t, c.reason, reason)
		})
	}
}

func TestResourcePolicyOfTheTargetMayAllowWhatTheRoleDoesNot(t *testing.T) {
	t.Parallel()
	withPrincipal := func(effect, principal string) resource.PropertyValue {
		return text(`{"Statement":[{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"sqs:*","Resource":"*"}]}`)
	}
	const fnRole = `{"AWS":"arn:aws:iam::123456789012:role/fn-role"}`
	for name, c := range map[string]struct {
		policy resource.PropertyValue
		want   iam.Answer
	}{
		"it names the role":           {withPrincipal("Allow", fnRole), iam.Unknown},
		"it names everyone":           {withPrincipal("Allow", `"*"`), iam.Unknown},
		"it names every AWS identity": {withPrincipal("Allow", `{"AWS":["*"]}`), iam.Unknown},
		"it names a service":          {withPrincipal("Allow", `{"Service":"sns.amazonaws.com"}`), iam.No},
		"it delegates to the account": {withPrincipal("Allow", `{"AWS":["123456789012","arn:aws:iam::123456789012:root"]}`), iam.No},
		"it denies":                   {withPrincipal("Deny", fnRole), iam.No},
		"it is not known yet":         {notYet, iam.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			byDependency := deps{"queueUrl": {"dlq"}}
			for form, resources := range map[string][]*graph.Resource{
				"on the queue": {declare(graph.Queue, "dlq", props{"name": text("dlq"), "policy": c.policy})},
				"on a queue the stack reads": {
					read(graph.Queue, "dlq", props{"name": text("dlq"), "policy": c.policy}),
				},
				"beside it": {dlq(), declare(queuePolicy, "qp", props{
					"queueUrl": text("https://sqs.eu-west-1.amazonaws.com/123456789012/dlq"), "policy": c.policy,
				})},
				"by dependency": {dlq(), declare(queuePolicy, "qp", props{"queueUrl": notYet, "policy": c.policy}, byDependency)},
			} {
				r := role(props{})
				g := graph.New("app", "dev", "", append(resources, r))
				got, reason := iam.RoleAllows(g, r, send, resources[0], "")
				assert.Equal(t, c.want.String(), got.String(), "%s: %s", form, reason)
			}
		})
	}

	t.Run("perhaps it is the target's", func(t *testing.T) {
		t.Parallel()
		target, r := dlq(), role(props{})
		perhaps := declare(queuePolicy, "qp", props{"queueUrl": notYet, "policy": notYet})
		got, reason := iam.RoleAllows(graph.New("app", "dev", "", []*graph.Resource{r, target, perhaps}), r, send, target, "")
		assert.Equal(t, iam.Unknown, got)
		assert.Equal(t, "QueuePolicy 'qp' may hold the policy of Queue 'dlq'", reason)
	})

	t.Run("never against an explicit deny", func(t *testing.T) {
		t.Parallel()
		target := declare(graph.Queue, "dlq", props{"name": text("dlq"), "policy": withPrincipal("Allow", fnRole)})
		r := role(props{"inlinePolicies": inline(denySend)})
		got, reason := iam.RoleAllows(graph.New("app", "dev", "", []*graph.Resource{r, target}), r, send, target, "")
		assert.Equal(t, iam.No, got)
		assert.Equal(t, "an inline policy of Role 'fn' denies sqs:SendMessage", reason)
	})
}

func TestTargetIsComparedAsFarAsItIsKnown(t *testing.T) {
	t.Parallel()
	named := func(typ graph.Type, nameArg resource.PropertyKey) *graph.Resource {
		return declare(typ, "target", props{nameArg: text("it")})
	}
	const account = ":eu-west-1:123456789012:"
	for name, c := range map[string]struct {
		action, allowed string
		target          *graph.Resource
		arn             string
		want            iam.Answer
	}{
		"the given ARN":     {send, queue, nil, queue, iam.Yes},
		"another given ARN": {send, queue, nil, queue + "2", iam.No},
		"nothing known":     {send, queue, nil, "", iam.Unknown},
		"what is no ARN":    {send, queue, nil, "dlq", iam.Unknown},
		"the target's ARN": {
			send, queue, read(graph.Queue, "q", props{"name": text("dlq"), "arn": text(queue)}), "", iam.Yes,
		},
		"a queue by name":    {send, "arn:aws:sqs:*:*:it", named(graph.Queue, "name"), "", iam.Yes},
		"a queue of no name": {send, "arn:aws:sqs:*:*:it", declare(graph.Queue, "q", props{"name": notYet}), "", iam.Unknown},
		"a queue of no name, another service": {
			send, "arn:aws:sns:*", declare(graph.Queue, "q", props{"name": notYet}), "", iam.No,
		},
		"a topic by name":              {send, "arn:aws:sns:*:*:it", named(graph.Topic, "name"), "", iam.Yes},
		"a function by name":           {send, "arn:aws:lambda:*:*:function:it", named(graph.Function, "name"), "", iam.Yes},
		"an event bus by name":         {send, "arn:aws:events:*:*:event-bus/it", named(graph.EventBus, "name"), "", iam.Yes},
		"a bucket by name":             {send, "arn:aws:s3:::it", named(graph.Bucket, "bucket"), "", iam.Yes},
		"another topic":                {send, "arn:aws:sns" + account + "other", named(graph.Topic, "name"), "", iam.No},
		"a resource of another type":   {send, queue, declare(graph.MetricAlarm, "a", props{"name": text("it")}), "", iam.Unknown},
		"objects of a bucket":          {"s3:PutObject", "arn:aws:s3:::it/*", named(graph.Bucket, "bucket"), "", iam.Yes},
		"some objects of a bucket":     {"s3:PutObject", "arn:aws:s3:::it/a/*", named(graph.Bucket, "bucket"), "", iam.Unknown},
		"the bucket is not its object": {"s3:PutObject", "arn:aws:s3:::it", named(graph.Bucket, "bucket"), "", iam.No},
		"the object is not its bucket": {"s3:ListBucket", "arn:aws:s3:::it/*", named(graph.Bucket, "bucket"), "", iam.No},
		"parts of uploads are objects": {"s3:AbortMultipartUpload", "arn:aws:s3:::it/*", named(graph.Bucket, "bucket"), "", iam.Yes},
		"objects of a given bucket":    {"s3:GetObject", "arn:aws:s3:::it/*", nil, "arn:aws:s3:::it", iam.Yes},
		"a given object":               {"s3:GetObject", "arn:aws:s3:::it/a", nil, "arn:aws:s3:::it/a", iam.Yes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := role(props{"inlinePolicies": inline(text(statement("Allow", c.action, c.allowed)))})
			resources := []*graph.Resource{r}
			if c.target != nil {
				resources = append(resources, c.target)
			}
			got, reason := iam.NewRoles(graph.New("app", "dev", "", resources)).Allows(r, c.action, c.target, c.arn)
			assert.Equal(t, c.want.String(), got.String(), reason)
		})
	}
}

func TestManagedPoliciesAllowWhatAWSPublishes(t *testing.T) {
	t.Parallel()
	const lambda = "service-role/AWSLambda"
	for _, c := range []struct {
		policy, action string
		want           iam.Answer
	}{
		{lambda + "BasicExecutionRole", "logs:PutLogEvents", iam.Yes},
		{lambda + "BasicExecutionRole", "sqs:SendMessage", iam.No},
		{"AWSLambdaBasicExecutionRole", "logs:PutLogEvents", iam.Unknown}, // the path is part of the name
		{lambda + "VPCAccessExecutionRole", "ec2:CreateNetworkInterface", iam.Yes},
		{lambda + "VPCAccessExecutionRole", "sns:Publish", iam.No},
		{lambda + "SQSQueueExecutionRole", "sqs:ReceiveMessage", iam.Yes},
		{lambda + "SQSQueueExecutionRole", "sqs:SendMessage", iam.No},
		{lambda + "DynamoDBExecutionRole", "dynamodb:GetRecords", iam.Yes},
		{lambda + "DynamoDBExecutionRole", "dynamodb:GetItem", iam.No},
		{lambda + "KinesisExecutionRole", "kinesis:GetRecords", iam.Yes},
		{lambda + "KinesisExecutionRole", "kinesis:PutRecord", iam.No},
		{"AWSXRayDaemonWriteAccess", "xray:PutTraceSegments", iam.Yes},
		{"AWSXRayDaemonWriteAccess", "xray:GetGroup", iam.No},
		{"AmazonS3ReadOnlyAccess", "s3:GetObject", iam.Yes},
		{"AmazonS3ReadOnlyAccess", "s3:PutObject", iam.No},
		{"AmazonS3FullAccess", "s3:PutObject", iam.Yes},
		{"AmazonS3FullAccess", "kms:GenerateDataKey", iam.No},
		{"AmazonSQSFullAccess", "sqs:SendMessage", iam.Yes},
		{"AmazonSQSFullAccess", "sns:Publish", iam.No},
		{"AmazonSNSFullAccess", "sns:Publish", iam.Yes},
		{"AmazonSNSFullAccess", "sms-voice:SendTextMessage", iam.Unknown},
		{"AmazonSNSFullAccess", "sqs:SendMessage", iam.No},
		{"CloudWatchLogsFullAccess", "logs:CreateLogGroup", iam.Yes},
		{"CloudWatchLogsFullAccess", "cloudwatch:PutMetricData", iam.No},
		{"AdministratorAccess", "iam:CreateRole", iam.Yes},
		{"PowerUserAccess", "sqs:SendMessage", iam.Yes},
		{"PowerUserAccess", "iam:ListRoles", iam.Yes},
		{"PowerUserAccess", "iam:CreateRole", iam.No},
		{"ReadOnlyAccess", "sqs:ReceiveMessage", iam.Yes},
		{"ReadOnlyAccess", "sqs:SendMessage", iam.No},
		{"ReadOnlyAccess", "sns:Publish", iam.No},
		{"ReadOnlyAccess", "dynamodb:GetItem", iam.Unknown}, // a service that is not in the table
	} {
		t.Run(c.policy+" "+c.action, func(t *testing.T) {
			t.Parallel()
			for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
				r := role(props{"managedPolicyArns": list(text("arn:" + partition + ":iam::aws:policy/" + c.policy))})
				got, reason := iam.RoleAllows(graph.New("app", "dev", "", []*graph.Resource{r}), r, c.action, nil, "")
				assert.Equal(t, c.want.String(), got.String(), reason)
			}
		})
	}
}

// Knowing less may only make an answer Unknown, never turn it round.
func TestUnknownArgumentNeverTurnsAnAnswerRound(t *testing.T) {
	t.Parallel()
	stack := func(policy resource.PropertyValue) []*graph.Resource {
		return []*graph.Resource{
			role(props{
				"inlinePolicies": inline(logsOnly), "managedPolicyArns": list(basicRole),
				"permissionsBoundary": awsManaged("PowerUserAccess"),
			}),
			declare(graph.Queue, "dlq", props{"name": text("dlq"), "policy": text(`{"Statement":[]}`)}),
			declare(graph.Policy, "policy", props{"name": text("p"), "policy": policy}),
			declare(graph.RolePolicyAttachment, "attachment", props{
				"role": text("fn-role"), "policyArn": text("arn:aws:iam::123456789012:policy/p"),
			}),
			declare(graph.PolicyAttachment, "attachments", props{"roles": list(text("fn-role")), "policyArn": basicRole}),
			declare(graph.RolePolicy, "inline", props{"role": text("fn-role"), "policy": logsOnly}),
			declare(graph.RolePolicy, "other", props{"role": text("other-role"), "policy": denySend}),
			declare(queuePolicy, "qp", props{"queueUrl": text(queue), "policy": text(`{"Statement":[]}`)}),
		}
	}
	for _, c := range []struct {
		policy resource.PropertyValue
		want   iam.Answer
	}{{sendAll, iam.Yes}, {logsOnly, iam.No}, {denySend, iam.No}} {
		answer := func(resources []*graph.Resource) iam.Answer {
			got, _ := iam.RoleAllows(graph.New("app", "dev", "", resources), resources[0], send, resources[1], "")
			return got
		}
		assert.Equal(t, c.want, answer(stack(c.policy)))
		for i, r := range stack(c.policy) {
			for key := range r.Inputs {
				changed := stack(c.policy)
				changed[i].Inputs[key] = notYet
				assert.Contains(t, []iam.Answer{c.want, iam.Unknown}, answer(changed), "%s of %s", key, r)
			}
		}
	}
}
