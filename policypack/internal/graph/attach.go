package graph

import "sync"

// attachment is an argument by which resources of one type attach to one of another: a policy to its queue, a
// permission to its function.
type attachment struct {
	from     Type
	property string
	to       Type
}

// attachments says who attaches to whom, and by which argument: the one place that knows. An argument that is a list
// attaches to each of its items.
//
// The arguments are those of pulumi-aws 7, which the earlier versions have, too.
var attachments = []attachment{
	{BucketAcl, "bucket", Bucket},
	{BucketLifecycleConfiguration, "bucket", Bucket},
	{BucketLogging, "bucket", Bucket},
	{BucketNotification, "bucket", Bucket},
	{BucketOwnershipControls, "bucket", Bucket},
	{BucketPolicy, "bucket", Bucket},
	{BucketPublicAccessBlock, "bucket", Bucket},
	{BucketServerSideEncryptionConfiguration, "bucket", Bucket},
	{BucketVersioning, "bucket", Bucket},

	{EventSourceMapping, "functionName", Function},
	{EventSourceMapping, "functionName", FunctionAlias},
	{EventSourceMapping, "eventSourceArn", Queue},
	{FunctionAlias, "functionName", Function},
	{FunctionEventInvokeConfig, "functionName", Function},
	{FunctionURL, "functionName", Function},
	{Permission, "function", Function},
	{Permission, "function", FunctionAlias},
	{Function, "role", Role},

	{EventBusPolicy, "eventBusName", EventBus},
	{EventRule, "eventBusName", EventBus},
	{EventTarget, "rule", EventRule},

	{QueuePolicy, "queueUrl", Queue},
	{RedrivePolicy, "queueUrl", Queue},
	{TopicPolicy, "arn", Topic},
	{TopicSubscription, "topic", Topic},
	{SlackChannelConfiguration, "snsTopicArns", Topic},
	{TeamsChannelConfiguration, "snsTopicArns", Topic},

	{KeyAlias, "targetKeyId", Key},
	{KeyGrant, "keyId", Key},
	{KeyGrant, "granteePrincipal", Role},
	{KeyPolicy, "keyId", Key},

	{GroupPolicyAttachment, "policyArn", Policy},
	{GroupPolicyAttachmentsExclusive, "policyArns", Policy},
	{PolicyAttachment, "policyArn", Policy},
	{PolicyAttachment, "roles", Role},
	{Role, "managedPolicyArns", Policy},
	{RolePoliciesExclusive, "roleName", Role},
	{RolePolicy, "role", Role},
	{RolePolicyAttachment, "policyArn", Policy},
	{RolePolicyAttachment, "role", Role},
	{RolePolicyAttachmentsExclusive, "policyArns", Policy},
	{RolePolicyAttachmentsExclusive, "roleName", Role},
	{UserPolicyAttachment, "policyArn", Policy},
	{UserPolicyAttachmentsExclusive, "policyArns", Policy},
}

// refs returns what the argument of r names: one value, or each item of a list.
func (a attachment) refs(r *Resource) []Ref { return r.Refs(a.property) }

// attached returns an index for each attachment, which is made when it is first asked for.
func (g *Graph) attached() map[[2]Type]func() *Referrers {
	all := make(map[[2]Type]func() *Referrers, len(attachments))
	for _, a := range attachments {
		all[[2]Type{a.from, a.to}] = sync.OnceValue(func() *Referrers { return g.Referrers(g.All(a.from), a.refs, a.to) })
	}
	return all
}

// Attached returns which resources of type from attach to which of type to, managed or not. It panics for two types of
// which the table of attachments does not know that one attaches to the other.
func (g *Graph) Attached(from, to Type) *Referrers {
	index, ok := g.attachedBy[[2]Type{from, to}]
	if !ok {
		panic("graph: no " + from.Short() + " attaches to a " + to.Short())
	}
	return index()
}

// AttachedBy returns the argument by which resources of type from attach to one of type to. It panics where Attached
// does.
func AttachedBy(from, to Type) string {
	for _, a := range attachments {
		if a.from == from && a.to == to {
			return a.property
		}
	}
	panic("graph: no " + from.Short() + " attaches to a " + to.Short())
}
