package graph

import "sync"

// attachment is an argument that attaches resources of one type to a resource of another: a policy to its queue, a
// permission to its function.
type attachment struct {
	from     Type
	property string
	to       Type
}

// attachments lists which types attach to which, and by which argument. An argument that is a list attaches to each of
// its items. (The report's drawing goes by arguments alone, so that it places types that no rule knows, too.)
//
// The argument names are those of pulumi-aws 7; earlier versions use them as well.
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

// refs returns the references in the argument of r: one, or one for each item of a list.
func (a attachment) refs(r *Resource) []Ref { return r.Refs(a.property) }

// attached returns an index for each attachment, which is built on first use.
func (g *Graph) attached() map[[2]Type]func() *Referrers {
	all := make(map[[2]Type]func() *Referrers, len(attachments))
	for _, a := range attachments {
		all[[2]Type{a.from, a.to}] = sync.OnceValue(func() *Referrers { return g.Referrers(g.All(a.from), a.refs, a.to) })
	}
	return all
}

// Attached returns which resources of type from attach to which resources of type to, managed or not. It panics if
// attachments has no entry for the two types.
func (g *Graph) Attached(from, to Type) *Referrers {
	index, ok := g.attachedBy[[2]Type{from, to}]
	if !ok {
		panic("graph: no " + from.Short() + " attaches to a " + to.Short())
	}
	return index()
}

// AttachedBy returns the argument that attaches a resource of type from to one of type to. It panics if attachments has
// no entry for the two types.
func AttachedBy(from, to Type) string {
	for _, a := range attachments {
		if a.from == from && a.to == to {
			return a.property
		}
	}
	panic("graph: no " + from.Short() + " attaches to a " + to.Short())
}
