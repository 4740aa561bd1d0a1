package iam_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// props are the arguments of a resource.
type props = resource.PropertyMap

// deps are the names of the resources that arguments are computed from.
type deps = map[resource.PropertyKey][]string

// urn returns the URN of a test's resource; their names are unique.
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

// read returns a resource that the program looks up instead of declaring it.
func read(t graph.Type, name string, outputs props) *graph.Resource {
	return &graph.Resource{URN: urn(name), Type: t, Name: name, Outputs: outputs}
}

func list(items ...resource.PropertyValue) resource.PropertyValue {
	return resource.NewArrayProperty(items)
}

// role returns the role that every test asks about.
func role(inputs props) *graph.Resource {
	inputs["name"] = text("fn-role")
	return declare(graph.Role, "fn", inputs)
}

// dlq returns the queue that every test asks about.
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
		want   answer.Answer
		reason string
	}{
		"no policy at all": {
			role(props{}), nil, answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy allows": {
			role(props{"inlinePolicies": inline(sendAll)}), nil, answer.Yes, "an inline policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy allows something else": {
			role(props{"inlinePolicies": inline(logsOnly)}), nil, answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy names the queue": {
			role(props{"inlinePolicies": inline(text(statement("Allow", "sqs:*", "arn:aws:sqs:*:*:dlq")))}), nil,
			answer.Yes, "an inline policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy names another queue": {
			role(props{"inlinePolicies": inline(text(statement("Allow", "sqs:*", "arn:aws:sqs:*:*:jobs")))}), nil,
			answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an inline policy names a queue of one region": {
			role(props{"inlinePolicies": inline(text(statement("Allow", "sqs:*", queue)))}), nil,
			answer.Unknown, "an inline policy of Role 'fn' may allow sqs:SendMessage",
		},
		"inline policies not known yet": {
			role(props{"inlinePolicies": notYet}), nil, answer.Unknown, "an inline policy of Role 'fn' is not known yet",
		},
		"an inline policy not known yet": {
			role(props{"inlinePolicies": inline(notYet)}), nil, answer.Unknown, "an inline policy of Role 'fn' is not known yet",
		},
		"an empty entry asks for no inline policy": {
			role(props{"inlinePolicies": list(resource.NewObjectProperty(props{}))}), nil,
			answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a secret inline policy that is broken": {
			role(props{"inlinePolicies": inline(resource.MakeSecret(text("hunter2")))}), nil,
			answer.Unknown, "an inline policy of Role 'fn' is not JSON",
		},

		"a managed policy allows": {
			role(props{"managedPolicyArns": list(basicRole, awsManaged("AmazonSQSFullAccess"))}), nil,
			answer.Yes, `"arn:aws:iam::aws:policy/AmazonSQSFullAccess" of Role 'fn' allows sqs:SendMessage`,
		},
		"a managed policy does not allow": {
			role(props{"managedPolicyArns": list(basicRole)}), nil, answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a managed policy that is not in the table": {
			role(props{"managedPolicyArns": list(awsManaged("AmazonEC2FullAccess"))}), nil, answer.Unknown,
			`"arn:aws:iam::aws:policy/AmazonEC2FullAccess" of Role 'fn' is an AWS-managed policy whose permissions are not known here`,
		},
		"a managed policy that is secret": {
			role(props{"managedPolicyArns": list(resource.MakeSecret(awsManaged("hunter2")))}), nil, answer.Unknown,
			`[secret] of Role 'fn' is an AWS-managed policy whose permissions are not known here`,
		},
		"managed policies not known yet": {
			role(props{"managedPolicyArns": notYet}), nil, answer.Unknown,
			"managedPolicyArns of Role 'fn' holds a policy that is not in this stack or not known yet",
		},
		"a policy of another stack": {
			role(props{"managedPolicyArns": list(text("arn:aws:iam::123456789012:policy/shared"))}), nil, answer.Unknown,
			"managedPolicyArns of Role 'fn' holds a policy that is not in this stack or not known yet",
		},

		"a RolePolicy by the role's name allows": {
			role(props{}),
			resources{declare(graph.RolePolicy, "send", props{"role": text("fn-role"), "policy": sendAll})},
			answer.Yes, "the policy of RolePolicy 'send' allows sqs:SendMessage",
		},
		"a RolePolicy by dependency allows": {
			role(props{}),
			resources{declare(graph.RolePolicy, "send", props{"role": notYet, "policy": sendAll}, deps{"role": {"fn"}})},
			answer.Yes, "the policy of RolePolicy 'send' allows sqs:SendMessage",
		},
		"a RolePolicy by dependency allows something else": {
			role(props{}),
			resources{declare(graph.RolePolicy, "logs", props{"role": notYet, "policy": logsOnly}, deps{"role": {"fn"}})},
			answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a RolePolicy computed from the queue": {
			role(props{}),
			resources{declare(
				graph.RolePolicy, "send", props{"role": text("fn-role"), "policy": notYet}, deps{"policy": {"dlq"}},
			)},
			answer.Unknown, "the policy of RolePolicy 'send' is not known yet",
		},
		"a RolePolicy of another role": {
			role(props{}),
			resources{
				declare(graph.Role, "other", props{"name": text("other-role")}),
				declare(graph.RolePolicy, "send", props{"role": text("other-role"), "policy": sendAll}),
			},
			answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a RolePolicy that may be the role's": {
			role(props{}),
			resources{declare(graph.RolePolicy, "send", props{"role": notYet, "policy": sendAll})},
			answer.Unknown, "RolePolicy 'send' may give a policy to Role 'fn'",
		},
		"a RolePolicy denies": {
			role(props{"inlinePolicies": inline(sendAll)}),
			resources{declare(graph.RolePolicy, "deny", props{"role": text("fn-role"), "policy": denySend})},
			answer.No, "the policy of RolePolicy 'deny' denies sqs:SendMessage",
		},
		"a RolePolicy by dependency denies": {
			role(props{"inlinePolicies": inline(sendAll)}),
			resources{declare(graph.RolePolicy, "deny", props{"role": notYet, "policy": denySend}, deps{"role": {"fn"}})},
			answer.Unknown, "the policy of RolePolicy 'deny' may deny sqs:SendMessage",
		},
		"an unknown policy may deny what another allows": {
			role(props{"inlinePolicies": inline(sendAll)}),
			resources{declare(graph.RolePolicy, "other", props{"role": text("fn-role"), "policy": notYet})},
			answer.Unknown, "the policy of RolePolicy 'other' is not known yet",
		},

		"an attached AWS-managed policy allows": {
			role(props{}),
			resources{declare(graph.RolePolicyAttachment, "sqs", props{
				"role": text("fn-role"), "policyArn": awsManaged("AmazonSQSFullAccess"),
			})},
			answer.Yes, `"arn:aws:iam::aws:policy/AmazonSQSFullAccess" of RolePolicyAttachment 'sqs' allows sqs:SendMessage`,
		},
		"an attached AWS-managed policy does not allow": {
			role(props{}),
			resources{declare(
				graph.RolePolicyAttachment, "basic", props{"role": notYet, "policyArn": basicRole}, deps{"role": {"fn"}},
			)},
			answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an attached Policy of the stack by its ARN allows": {
			role(props{}),
			resources{
				declare(graph.Policy, "send", props{"name": text("send-policy"), "policy": sendAll}),
				declare(graph.RolePolicyAttachment, "send-att", props{
					"role": text("fn-role"), "policyArn": text("arn:aws:iam::123456789012:policy/send-policy"),
				}),
			},
			answer.Yes, "the policy of Policy 'send' allows sqs:SendMessage",
		},
		"an attached Policy of the stack by its ARN allows something else": {
			role(props{}),
			resources{
				declare(graph.Policy, "logs", props{"name": text("logs-policy"), "policy": logsOnly}),
				declare(graph.RolePolicyAttachment, "logs-att", props{
					"role": text("fn-role"), "policyArn": text("arn:aws:iam::123456789012:policy/logs-policy"),
				}),
			},
			answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"an attached Policy of the stack by dependency allows": {
			role(props{}),
			resources{
				declare(graph.Policy, "send", props{"name": text("send-policy"), "policy": sendAll}),
				declare(graph.RolePolicyAttachment, "send-att", props{"role": text("fn-role"), "policyArn": notYet},
					deps{"policyArn": {"send"}}),
			},
			answer.Yes, "the policy of Policy 'send' allows sqs:SendMessage",
		},
		"an attached Policy of the stack by dependency does not accuse": {
			role(props{}),
			resources{
				declare(graph.Policy, "logs", props{"name": text("logs-policy"), "policy": logsOnly}),
				declare(graph.RolePolicyAttachment, "logs-att", props{"role": text("fn-role"), "policyArn": notYet},
					deps{"policyArn": {"logs"}}),
			},
			answer.Unknown, "the policy of Policy 'logs' may allow sqs:SendMessage",
		},
		"an attached Policy that the stack reads": {
			role(props{"managedPolicyArns": list(text("arn:aws:iam::123456789012:policy/shared"))}),
			resources{read(graph.Policy, "shared", props{"name": text("shared"), "policy": sendAll})},
			answer.Yes, "the policy of Policy 'shared' allows sqs:SendMessage",
		},
		"a PolicyAttachment to several roles": {
			role(props{}),
			resources{declare(graph.PolicyAttachment, "att", props{
				"roles": list(text("other-role"), text("fn-role")), "policyArn": awsManaged("AmazonSQSFullAccess"),
			})},
			answer.Yes, `"arn:aws:iam::aws:policy/AmazonSQSFullAccess" of PolicyAttachment 'att' allows sqs:SendMessage`,
		},
		"a PolicyAttachment to other roles": {
			role(props{}),
			resources{declare(graph.PolicyAttachment, "att", props{
				"roles": list(text("other-role")), "policyArn": awsManaged("AmazonSQSFullAccess"),
			})},
			answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},
		"a PolicyAttachment to roles not known yet": {
			role(props{}),
			resources{declare(graph.PolicyAttachment, "att", props{
				"roles": notYet, "policyArn": awsManaged("AmazonSQSFullAccess"),
			})},
			answer.Unknown, "PolicyAttachment 'att' may give a policy to Role 'fn'",
		},
		"exclusive attachments attach too": {
			role(props{}),
			resources{declare(attachmentsExclusive, "all", props{
				"roleName": text("fn-role"), "policyArns": list(basicRole, awsManaged("AmazonSQSFullAccess")),
			})},
			answer.Yes, `"arn:aws:iam::aws:policy/AmazonSQSFullAccess" of RolePolicyAttachmentsExclusive 'all' allows sqs:SendMessage`,
		},

		"a boundary that allows it too": {
			role(props{"inlinePolicies": inline(sendAll), "permissionsBoundary": awsManaged("PowerUserAccess")}), nil,
			answer.Yes, "an inline policy of Role 'fn' allows sqs:SendMessage",
		},
		"a boundary that does not allow it": {
			role(props{"inlinePolicies": inline(sendAll), "permissionsBoundary": basicRole}), nil,
			answer.No, "the permissions boundary of Role 'fn' does not allow sqs:SendMessage",
		},
		"a boundary not known yet": {
			role(props{"inlinePolicies": inline(sendAll), "permissionsBoundary": notYet}), nil, answer.Unknown,
			"permissionsBoundary of Role 'fn' holds a policy that is not in this stack or not known yet",
		},
		"a boundary grants nothing": {
			role(props{"permissionsBoundary": awsManaged("AdministratorAccess")}), nil,
			answer.No, "no policy of Role 'fn' allows sqs:SendMessage",
		},

		"a role of another stack": {
			read(graph.Role, "fn", props{"name": text("fn-role")}), nil, answer.Unknown, "Role 'fn' is not declared in this stack",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := dlq()
			g := graph.New("app", "dev", "", append(resources{c.role, target}, c.others...))
			got, reason := iam.NewRoles(g).Allows(c.role, iam.Request{Action: send, Target: target})
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
		want   answer.Answer
	}{
		"it names the role":           {withPrincipal("Allow", fnRole), answer.Unknown},
		"it names everyone":           {withPrincipal("Allow", `"*"`), answer.Unknown},
		"it names every AWS identity": {withPrincipal("Allow", `{"AWS":["*"]}`), answer.Unknown},
		"it names a service":          {withPrincipal("Allow", `{"Service":"sns.amazonaws.com"}`), answer.No},
		"it delegates to the account": {withPrincipal("Allow", `{"AWS":["123456789012","arn:aws:iam::123456789012:root"]}`), answer.No},
		"it denies":                   {withPrincipal("Deny", fnRole), answer.No},
		"it is not known yet":         {notYet, answer.Unknown},
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
				got, reason := iam.NewRoles(g).Allows(r, iam.Request{Action: send, Target: resources[0]})
				assert.Equal(t, c.want.String(), got.String(), "%s: %s", form, reason)
			}
		})
	}

	t.Run("perhaps it is the target's", func(t *testing.T) {
		t.Parallel()
		target, r := dlq(), role(props{})
		perhaps := declare(queuePolicy, "qp", props{"queueUrl": notYet, "policy": notYet})
		got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, target, perhaps})).Allows(r, iam.Request{Action: send, Target: target})
		assert.Equal(t, answer.Unknown, got)
		assert.Equal(t, "QueuePolicy 'qp' may hold the policy of Queue 'dlq'", reason)
	})

	t.Run("never against an explicit deny", func(t *testing.T) {
		t.Parallel()
		target := declare(graph.Queue, "dlq", props{"name": text("dlq"), "policy": withPrincipal("Allow", fnRole)})
		r := role(props{"inlinePolicies": inline(denySend)})
		got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, target})).Allows(r, iam.Request{Action: send, Target: target})
		assert.Equal(t, answer.No, got)
		assert.Equal(t, "an inline policy of Role 'fn' denies sqs:SendMessage", reason)
	})
}

func TestKeyIsUsableByWhomItsPolicyNames(t *testing.T) {
	t.Parallel()
	const account = "arn:aws:iam::123456789012:"
	statement := func(effect, principal string) string {
		return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"kms:*","Resource":"*"}`
	}
	aws := func(name string) string { return statement("Allow", `{"AWS":"`+name+`"}`) }
	for name, c := range map[string]struct {
		statements string
		// may and cannot are the answers for a role whose own policies allow the request, and for one whose own do not.
		may, cannot answer.Answer
	}{
		"the account":                     {aws(account + "root"), answer.Yes, answer.No},
		"the account, by its id":          {aws("123456789012"), answer.Yes, answer.No},
		"the role":                        {aws(account + "role/fn-role"), answer.Yes, answer.Unknown},
		"the role, with a path":           {aws(account + "role/service/fn-role"), answer.Yes, answer.Unknown},
		"a session of the role":           {aws("arn:aws:sts::123456789012:assumed-role/fn-role/fn"), answer.Yes, answer.Unknown},
		"what may be the role's id":       {aws("AROAEXAMPLE"), answer.Yes, answer.Unknown},
		"everyone":                        {statement("Allow", `"*"`), answer.Yes, answer.Unknown},
		"another role":                    {aws(account + "role/fn-role2"), answer.No, answer.No},
		"a session of another role":       {aws("arn:aws:sts::123456789012:assumed-role/fn-role2/fn"), answer.No, answer.No},
		"a user":                          {aws(account + "user/fn-role"), answer.No, answer.No},
		"a service":                       {statement("Allow", `{"Service":"lambda.amazonaws.com"}`), answer.No, answer.No},
		"nobody":                          {"", answer.No, answer.No},
		"the account, for something else": {`{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"kms:Create*","Resource":"*"}`, answer.No, answer.No},
		"the account, but not the role":   {aws(account+"root") + "," + statement("Deny", `{"AWS":"`+account+`role/fn-role"}`), answer.No, answer.No},
		"the account, and no other":       {aws(account+"root") + `,{"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"kms:*","Resource":"*"}`, answer.Yes, answer.No},
		"the account, but for a user":     {aws(account+"root") + `,{"Effect":"Deny","NotPrincipal":{"AWS":"` + account + `user/admin"},"Action":"kms:*","Resource":"*"}`, answer.No, answer.No},
		"the account, denied to another":  {aws(account+"root") + "," + statement("Deny", `{"AWS":"`+account+`role/other"}`), answer.Yes, answer.No},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := declare(graph.Key, "key", props{"policy": text(`{"Statement":[` + c.statements + `]}`)})
			ask := func(r *graph.Resource) answer.Answer {
				got, _ := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, key})).Allows(r, iam.Request{Action: "kms:Decrypt", Target: key})
				return got
			}
			decrypt := text(`{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}`)
			assert.Equal(t, c.may.String(), ask(role(props{"inlinePolicies": inline(decrypt)})).String(), "allowed by its own policy")
			assert.Equal(t, c.cannot.String(), ask(role(props{})).String(), "not allowed by its own policy")
		})
	}

	t.Run("a role of that name in another account", func(t *testing.T) {
		t.Parallel()
		key := declare(graph.Key, "key", props{"policy": text(`{"Statement":` + aws("arn:aws:iam::210987654321:role/fn-role") + `}`)})
		r := role(props{"inlinePolicies": inline(text(`{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}`))})
		r.Outputs = props{"arn": text(account + "role/fn-role")}
		got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r, key})).Allows(r, iam.Request{Action: "kms:Decrypt", Target: key})
		assert.Equal(t, answer.No, got, reason)
	})
}

func TestGrantMayAllowWhatNoPolicyDoes(t *testing.T) {
	t.Parallel()
	const (
		keyARN = "arn:aws:kms:eu-west-1:123456789012:key/1"
		other  = "arn:aws:iam::123456789012:role/other"
		its    = "arn:aws:iam::123456789012:role/fn-role"
	)
	decrypt := list(text("Encrypt"), text("Decrypt"))
	for name, c := range map[string]struct {
		grant  props
		policy string
		want   answer.Answer
	}{
		"of the operation":        {props{"keyId": text(keyARN), "granteePrincipal": text(its), "operations": decrypt}, "", answer.Unknown},
		"of another operation":    {props{"keyId": text(keyARN), "granteePrincipal": text(its), "operations": list(text("Encrypt"))}, "", answer.No},
		"of operations not known": {props{"keyId": text(keyARN), "granteePrincipal": text(its), "operations": notYet}, "", answer.Unknown},
		"to another role":         {props{"keyId": text(keyARN), "granteePrincipal": text(other), "operations": decrypt}, "", answer.No},
		"to whom is not known":    {props{"keyId": text(keyARN), "granteePrincipal": notYet, "operations": decrypt}, "", answer.Unknown},
		"on another key":          {props{"keyId": text(keyARN + "2"), "granteePrincipal": text(its), "operations": decrypt}, "", answer.No},
		"on a key not known":      {props{"keyId": notYet, "granteePrincipal": text(its), "operations": decrypt}, "", answer.Unknown},
		"where the key is for others": {
			props{"keyId": text(keyARN), "granteePrincipal": text(its), "operations": decrypt},
			`{"Effect":"Allow","Principal":{"AWS":"` + other + `"},"Action":"kms:*","Resource":"*"}`, answer.Unknown,
		},
		"where the key is shut to the role": {
			props{"keyId": text(keyARN), "granteePrincipal": text(its), "operations": decrypt},
			`{"Effect":"Deny","Principal":{"AWS":"` + its + `"},"Action":"kms:*","Resource":"*"}`, answer.No,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := declare(graph.Key, "key", props{})
			if c.policy != "" {
				key.Inputs["policy"] = text(`{"Statement":[` + c.policy + `]}`)
			}
			key.Outputs = props{"arn": text(keyARN), "keyId": text("1")}
			second := declare(graph.Key, "second", props{})
			second.Outputs = props{"arn": text(keyARN + "2"), "keyId": text("12")}
			r := role(props{})
			g := graph.New("app", "dev", "", []*graph.Resource{
				r, key, second, declare(graph.Role, "other", props{"name": text("other")}), declare(graph.KeyGrant, "grant", c.grant),
			})
			got, reason := iam.NewRoles(g).Allows(r, iam.Request{Action: "kms:Decrypt", Target: key})
			assert.Equal(t, c.want.String(), got.String(), reason)
			if c.want == answer.Unknown {
				assert.Equal(t, "Grant 'grant' may allow kms:Decrypt to Role 'fn'", reason)
			}
		})
	}
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
		want            answer.Answer
	}{
		"the given ARN":     {send, queue, nil, queue, answer.Yes},
		"another given ARN": {send, queue, nil, queue + "2", answer.No},
		"nothing known":     {send, queue, nil, "", answer.Unknown},
		"what is no ARN":    {send, queue, nil, "dlq", answer.Unknown},
		"the target's ARN": {
			send, queue, read(graph.Queue, "q", props{"name": text("dlq"), "arn": text(queue)}), "", answer.Yes,
		},
		"a queue by name":    {send, "arn:aws:sqs:*:*:it", named(graph.Queue, "name"), "", answer.Yes},
		"a queue of no name": {send, "arn:aws:sqs:*:*:it", declare(graph.Queue, "q", props{"name": notYet}), "", answer.Unknown},
		"a queue of no name, another service": {
			send, "arn:aws:sns:*", declare(graph.Queue, "q", props{"name": notYet}), "", answer.No,
		},
		"a topic by name":              {send, "arn:aws:sns:*:*:it", named(graph.Topic, "name"), "", answer.Yes},
		"a function by name":           {send, "arn:aws:lambda:*:*:function:it", named(graph.Function, "name"), "", answer.Yes},
		"an event bus by name":         {send, "arn:aws:events:*:*:event-bus/it", named(graph.EventBus, "name"), "", answer.Yes},
		"a bucket by name":             {send, "arn:aws:s3:::it", named(graph.Bucket, "bucket"), "", answer.Yes},
		"another topic":                {send, "arn:aws:sns" + account + "other", named(graph.Topic, "name"), "", answer.No},
		"an alarm is no queue":         {send, queue, named(graph.MetricAlarm, "name"), "", answer.No},
		"a type of no known ARN":       {send, queue, named(graph.TopicSubscription, "name"), "", answer.Unknown},
		"objects of a bucket":          {"s3:PutObject", "arn:aws:s3:::it/*", named(graph.Bucket, "bucket"), "", answer.Yes},
		"some objects of a bucket":     {"s3:PutObject", "arn:aws:s3:::it/a/*", named(graph.Bucket, "bucket"), "", answer.Unknown},
		"the bucket is not its object": {"s3:PutObject", "arn:aws:s3:::it", named(graph.Bucket, "bucket"), "", answer.No},
		"the object is not its bucket": {"s3:ListBucket", "arn:aws:s3:::it/*", named(graph.Bucket, "bucket"), "", answer.No},
		"parts of uploads are objects": {"s3:AbortMultipartUpload", "arn:aws:s3:::it/*", named(graph.Bucket, "bucket"), "", answer.Yes},
		"objects of a given bucket":    {"s3:GetObject", "arn:aws:s3:::it/*", nil, "arn:aws:s3:::it", answer.Yes},
		"a given object":               {"s3:GetObject", "arn:aws:s3:::it/a", nil, "arn:aws:s3:::it/a", answer.Yes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := role(props{"inlinePolicies": inline(text(statement("Allow", c.action, c.allowed)))})
			resources := []*graph.Resource{r}
			if c.target != nil {
				resources = append(resources, c.target)
			}
			got, reason := iam.NewRoles(graph.New("app", "dev", "", resources)).Allows(r, iam.Request{Action: c.action, Target: c.target, ARN: c.arn})
			assert.Equal(t, c.want.String(), got.String(), reason)
		})
	}
}

func TestManagedPoliciesAllowWhatAWSPublishes(t *testing.T) {
	t.Parallel()
	const lambda = "service-role/AWSLambda"
	for _, c := range []struct {
		policy, action string
		want           answer.Answer
	}{
		{lambda + "BasicExecutionRole", "logs:PutLogEvents", answer.Yes},
		{lambda + "BasicExecutionRole", "sqs:SendMessage", answer.No},
		{"AWSLambdaBasicExecutionRole", "logs:PutLogEvents", answer.Unknown}, // the path is part of the name
		{lambda + "VPCAccessExecutionRole", "ec2:CreateNetworkInterface", answer.Yes},
		{lambda + "VPCAccessExecutionRole", "sns:Publish", answer.No},
		{lambda + "SQSQueueExecutionRole", "sqs:ReceiveMessage", answer.Yes},
		{lambda + "SQSQueueExecutionRole", "sqs:SendMessage", answer.No},
		{lambda + "DynamoDBExecutionRole", "dynamodb:GetRecords", answer.Yes},
		{lambda + "DynamoDBExecutionRole", "dynamodb:GetItem", answer.No},
		{lambda + "KinesisExecutionRole", "kinesis:GetRecords", answer.Yes},
		{lambda + "KinesisExecutionRole", "kinesis:PutRecord", answer.No},
		{"AWSXRayDaemonWriteAccess", "xray:PutTraceSegments", answer.Yes},
		{"AWSXRayDaemonWriteAccess", "xray:GetGroup", answer.No},
		{"AWSLambdaExecute", "sqs:SendMessage", answer.No},
		{"CloudWatchLambdaInsightsExecutionRolePolicy", "logs:CreateLogGroup", answer.Yes},
		{"CloudWatchLambdaInsightsExecutionRolePolicy", "s3:GetObject", answer.No},
		{"AmazonS3ReadOnlyAccess", "s3:GetObject", answer.Yes},
		{"AmazonS3ReadOnlyAccess", "s3:PutObject", answer.No},
		{"AmazonS3FullAccess", "s3:PutObject", answer.Yes},
		{"AmazonS3FullAccess", "kms:GenerateDataKey", answer.No},
		{"AmazonSQSFullAccess", "sqs:SendMessage", answer.Yes},
		{"AmazonSQSFullAccess", "sns:Publish", answer.No},
		{"AmazonSNSFullAccess", "sns:Publish", answer.Yes},
		{"AmazonSNSFullAccess", "sms-voice:SendTextMessage", answer.Unknown},
		{"AmazonSNSFullAccess", "sqs:SendMessage", answer.No},
		{"CloudWatchLogsFullAccess", "logs:CreateLogGroup", answer.Yes},
		{"CloudWatchLogsFullAccess", "cloudwatch:PutMetricData", answer.No},
		{"AdministratorAccess", "iam:CreateRole", answer.Yes},
		{"PowerUserAccess", "sqs:SendMessage", answer.Yes},
		{"PowerUserAccess", "iam:ListRoles", answer.Yes},
		{"PowerUserAccess", "iam:CreateRole", answer.No},
		{"ReadOnlyAccess", "sqs:ReceiveMessage", answer.Yes},
		{"ReadOnlyAccess", "sqs:SendMessage", answer.No},
		{"ReadOnlyAccess", "sns:Publish", answer.No},
		{"ReadOnlyAccess", "dynamodb:GetItem", answer.Unknown}, // a service that is not in the table
	} {
		t.Run(c.policy+" "+c.action, func(t *testing.T) {
			t.Parallel()
			for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
				r := role(props{"managedPolicyArns": list(text("arn:" + partition + ":iam::aws:policy/" + c.policy))})
				got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r})).Allows(r, iam.Request{Action: c.action})
				assert.Equal(t, c.want.String(), got.String(), reason)
			}
		})
	}
}

func TestManagedPoliciesAllowOnWhatAWSPublishes(t *testing.T) {
	t.Parallel()
	const insights = "CloudWatchLambdaInsightsExecutionRolePolicy"
	for _, c := range []struct {
		policy, action, arn string
		want                answer.Answer
	}{
		{"AWSLambdaExecute", "s3:PutObject", ":s3:::acme-thumbs/a.jpg", answer.Yes},
		{"AWSLambdaExecute", "s3:DeleteObject", ":s3:::acme-thumbs/a.jpg", answer.No},
		{"AWSLambdaExecute", "logs:PutLogEvents", ":logs:x:123456789012:log-group:/aws/lambda/f:log-stream:s", answer.Yes},
		{insights, "logs:PutLogEvents", ":logs:x:123456789012:log-group:/aws/lambda-insights:log-stream:s", answer.Yes},
		{insights, "logs:PutLogEvents", ":logs:x:123456789012:log-group:/aws/lambda/f:log-stream:s", answer.No},
	} {
		for _, partition := range []string{"aws", "aws-cn", "aws-us-gov", "\x00"} {
			r := role(props{"managedPolicyArns": list(awsManaged(c.policy))})
			got, reason := iam.NewRoles(graph.New("app", "dev", "", []*graph.Resource{r})).Allows(r, iam.Request{Action: c.action, ARN: "arn:" + partition + c.arn})
			assert.Equal(t, c.want.String(), got.String(), "%s in %q: %s", c.policy, partition, reason)
		}
	}
}

// Less knowledge may only make an answer Unknown, never reverse it.
func TestUnknownArgumentNeverReversesAnAnswer(t *testing.T) {
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
		want   answer.Answer
	}{{sendAll, answer.Yes}, {logsOnly, answer.No}, {denySend, answer.No}} {
		ask := func(resources []*graph.Resource) answer.Answer {
			got, _ := iam.NewRoles(graph.New("app", "dev", "", resources)).Allows(resources[0], iam.Request{Action: send, Target: resources[1]})
			return got
		}
		assert.Equal(t, c.want, ask(stack(c.policy)))
		for i, r := range stack(c.policy) {
			for key := range r.Inputs {
				changed := stack(c.policy)
				changed[i].Inputs[key] = notYet
				assert.Contains(t, []answer.Answer{c.want, answer.Unknown}, ask(changed), "%s of %s", key, r)
			}
		}
	}
}

func TestRolesAllowOnPartsOfATarget(t *testing.T) {
	t.Parallel()
	bucket := &graph.Resource{
		URN: "bucket", Type: graph.Bucket, Name: "uploads", Inputs: resource.PropertyMap{"bucket": text("acme-uploads")},
	}
	function := &graph.Resource{
		URN: "function", Type: graph.Function, Name: "f", Inputs: resource.PropertyMap{"name": text("f")},
		Outputs: resource.PropertyMap{"arn": text("arn:aws:lambda:eu-west-1:123456789012:function:f")},
	}
	key := &graph.Resource{URN: "key", Type: graph.Key, Name: "key", Inputs: resource.PropertyMap{}}
	const objects = "arn:aws:s3:::acme-uploads/"
	for name, c := range map[string]struct {
		statements, action string
		target             *graph.Resource
		arn                string
		want               answer.Answer
	}{
		"all objects, of all":      {statement("Allow", "s3:GetObject", objects+"*"), "s3:GetObject", bucket, iam.ObjectsARN(bucket, "", ""), answer.Yes},
		"all objects, of some":     {statement("Allow", "s3:GetObject", objects+"in/*"), "s3:GetObject", bucket, iam.ObjectsARN(bucket, "", ""), answer.Unknown},
		"those of a prefix":        {statement("Allow", "s3:GetObject", objects+"in/*"), "s3:GetObject", bucket, iam.ObjectsARN(bucket, "in/", ""), answer.Yes},
		"those of another prefix":  {statement("Allow", "s3:GetObject", objects+"in/*"), "s3:GetObject", bucket, iam.ObjectsARN(bucket, "out/", ""), answer.No},
		"those of a suffix":        {statement("Allow", "s3:GetObject", objects+"in/*.jpg"), "s3:GetObject", bucket, iam.ObjectsARN(bucket, "in/", ".jpg"), answer.Yes},
		"those of another suffix":  {statement("Allow", "s3:GetObject", objects+"in/*.png"), "s3:GetObject", bucket, iam.ObjectsARN(bucket, "in/", ".jpg"), answer.No},
		"some objects":             {statement("Allow", "s3:PutObject", objects+"in/*"), "s3:PutObject", bucket, iam.SomeObjectARN(bucket), answer.Yes},
		"some objects, of another": {statement("Allow", "s3:PutObject", "arn:aws:s3:::acme-other/*"), "s3:PutObject", bucket, iam.SomeObjectARN(bucket), answer.No},
		"some objects, the bucket": {statement("Allow", "s3:PutObject", "arn:aws:s3:::acme-uploads"), "s3:PutObject", bucket, iam.SomeObjectARN(bucket), answer.No},
		"some objects, but not all": {
			`{"Statement":{"Effect":"Allow","Action":"s3:PutObject","NotResource":"` + objects + `in/*"}}`,
			"s3:PutObject", bucket, iam.SomeObjectARN(bucket), answer.Unknown,
		},
		"streams of the group":     {statement("Allow", "logs:*", "arn:aws:logs:*:*:log-group:/aws/lambda/f:*"), "logs:PutLogEvents", nil, iam.LogStreamsARN(function, "/aws/lambda/f"), answer.Yes},
		"streams of the region":    {statement("Allow", "logs:*", "arn:aws:logs:eu-west-1:123456789012:*"), "logs:PutLogEvents", nil, iam.LogStreamsARN(function, "/aws/lambda/f"), answer.Yes},
		"the group alone":          {statement("Allow", "logs:*", "arn:aws:logs:*:*:log-group:/aws/lambda/f"), "logs:PutLogEvents", nil, iam.LogStreamsARN(function, "/aws/lambda/f"), answer.No},
		"streams of another group": {statement("Allow", "logs:*", "arn:aws:logs:*:*:log-group:/aws/lambda/g:*"), "logs:PutLogEvents", nil, iam.LogStreamsARN(function, "/aws/lambda/f"), answer.No},
		"of a group not known":     {statement("Allow", "logs:*", "arn:aws:logs:*:*:log-group:/aws/lambda/g:*"), "logs:PutLogEvents", nil, iam.LogStreamsARN(function, ""), answer.Unknown},
		"any key":                  {statement("Allow", "kms:Decrypt", "arn:aws:kms:*:*:key/*"), "kms:Decrypt", key, "", answer.Yes},
		"a key, perhaps this":      {statement("Allow", "kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/1"), "kms:Decrypt", key, "", answer.Unknown},
		"a queue, not a key":       {statement("Allow", "kms:Decrypt", "arn:aws:sqs:*:*:*"), "kms:Decrypt", key, "", answer.No},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			role := &graph.Resource{URN: "role", Type: graph.Role, Name: "role", Inputs: resource.PropertyMap{
				"inlinePolicies": resource.NewArrayProperty([]resource.PropertyValue{
					resource.NewObjectProperty(resource.PropertyMap{"policy": text(c.statements)}),
				}),
			}}
			roles := iam.NewRoles(graph.New("images", "dev", "acme", []*graph.Resource{role, bucket, function, key}))
			got, _ := roles.Allows(role, iam.Request{Action: c.action, Target: c.target, ARN: c.arn})
			assert.Equal(t, c.want, got)
		})
	}
}
