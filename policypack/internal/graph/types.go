package graph

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
)

// The AWS resource types that rules refer to.
const (
	AccountPublicAccessBlock                Type = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
	Bucket                                  Type = "aws:s3/bucket:Bucket"
	BucketAcl                               Type = "aws:s3/bucketAcl:BucketAcl"
	BucketLifecycleConfiguration            Type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
	BucketLogging                           Type = "aws:s3/bucketLogging:BucketLogging"
	BucketNotification                      Type = "aws:s3/bucketNotification:BucketNotification"
	BucketObject                            Type = "aws:s3/bucketObject:BucketObject"
	BucketObjectv2                          Type = "aws:s3/bucketObjectv2:BucketObjectv2"
	BucketOwnershipControls                 Type = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
	BucketPolicy                            Type = "aws:s3/bucketPolicy:BucketPolicy"
	BucketPublicAccessBlock                 Type = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	BucketServerSideEncryptionConfiguration Type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
	BucketVersioning                        Type = "aws:s3/bucketVersioning:BucketVersioning"
	CompositeAlarm                          Type = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
	EventBus                                Type = "aws:cloudwatch/eventBus:EventBus"
	EventBusPolicy                          Type = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
	EventRule                               Type = "aws:cloudwatch/eventRule:EventRule"
	EventSourceMapping                      Type = "aws:lambda/eventSourceMapping:EventSourceMapping"
	EventTarget                             Type = "aws:cloudwatch/eventTarget:EventTarget"
	Function                                Type = "aws:lambda/function:Function"
	FunctionAlias                           Type = "aws:lambda/alias:Alias"
	FunctionEventInvokeConfig               Type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
	FunctionURL                             Type = "aws:lambda/functionUrl:FunctionUrl"
	GroupPolicy                             Type = "aws:iam/groupPolicy:GroupPolicy"
	GroupPolicyAttachment                   Type = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
	GroupPolicyAttachmentsExclusive         Type = "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"
	Key                                     Type = "aws:kms/key:Key"
	KeyAlias                                Type = "aws:kms/alias:Alias"
	KeyGrant                                Type = "aws:kms/grant:Grant"
	KeyPolicy                               Type = "aws:kms/keyPolicy:KeyPolicy"
	LogGroup                                Type = "aws:cloudwatch/logGroup:LogGroup"
	MetricAlarm                             Type = "aws:cloudwatch/metricAlarm:MetricAlarm"
	ObjectCopy                              Type = "aws:s3/objectCopy:ObjectCopy"
	Permission                              Type = "aws:lambda/permission:Permission"
	Policy                                  Type = "aws:iam/policy:Policy"
	PolicyAttachment                        Type = "aws:iam/policyAttachment:PolicyAttachment"
	Queue                                   Type = "aws:sqs/queue:Queue"
	QueuePolicy                             Type = "aws:sqs/queuePolicy:QueuePolicy"
	RedrivePolicy                           Type = "aws:sqs/redrivePolicy:RedrivePolicy"
	Role                                    Type = "aws:iam/role:Role"
	RolePoliciesExclusive                   Type = "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive"
	RolePolicy                              Type = "aws:iam/rolePolicy:RolePolicy"
	RolePolicyAttachment                    Type = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	RolePolicyAttachmentsExclusive          Type = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
	Schedule                                Type = "aws:scheduler/schedule:Schedule"
	Secret                                  Type = "aws:secretsmanager/secret:Secret"
	SlackChannelConfiguration               Type = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
	TeamsChannelConfiguration               Type = "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration"
	Topic                                   Type = "aws:sns/topic:Topic"
	TopicPolicy                             Type = "aws:sns/topicPolicy:TopicPolicy"
	TopicSubscription                       Type = "aws:sns/topicSubscription:TopicSubscription"
	User                                    Type = "aws:iam/user:User"
	UserPolicy                              Type = "aws:iam/userPolicy:UserPolicy"
	UserPolicyAttachment                    Type = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
	UserPolicyAttachmentsExclusive          Type = "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive"
)

// nameArg returns the argument that holds a resource's physical name.
func nameArg(t Type) string {
	switch t {
	case Bucket:
		return "bucket"
	case CompositeAlarm:
		return "alarmName"
	default:
		return "name"
	}
}

// PhysicalName returns the name that the resource has in AWS. It is unknown until the provider or the program
// determines it.
func (r *Resource) PhysicalName() Value { return r.Property(nameArg(r.Type)) }

// identities returns the strings that are known to identify this resource in an argument of another one.
func (r *Resource) identities() []string {
	var ids []string
	for _, property := range []string{nameArg(r.Type), "id", "arn", "url", "qualifiedArn", "invokeArn"} {
		if s, ok := r.Property(property).Str(); ok && s != "" {
			ids = append(ids, s)
		}
	}
	return ids
}

// NameIn returns the physical name in an ARN or a queue URL, or false if s is neither. The alias or version after a
// function's name is left out.
func NameIn(s string) (string, bool) {
	if strings.HasPrefix(s, "https://sqs.") || strings.HasPrefix(s, "https://queue.") {
		return s[strings.LastIndexByte(s, '/')+1:], true
	}
	a, err := arn.Parse(s)
	if err != nil {
		return "", false
	}
	switch a.Service {
	case "lambda":
		kind, rest, _ := strings.Cut(a.Resource, ":")
		name, _, _ := strings.Cut(rest, ":")
		return name, kind == "function"
	case "s3":
		name, _, _ := strings.Cut(a.Resource, "/")
		return name, true
	case "sqs":
		return a.Resource, true
	case "cloudwatch": // an alarm's name may contain slashes and colons itself
		_, name, _ := strings.Cut(a.Resource, ":")
		return name, true
	case "sns":
		name, _, _ := strings.Cut(a.Resource, ":")
		return name, true
	default:
		return a.Resource[strings.LastIndexAny(a.Resource, ":/")+1:], true
	}
}

// IsARN reports whether s is an ARN of that service.
func IsARN(s, service string) bool {
	a, err := arn.Parse(s)
	return err == nil && a.Service == service && a.Resource != ""
}
