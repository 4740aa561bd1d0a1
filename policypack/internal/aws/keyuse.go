package aws

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// KeyUse is an AWS service's use of the key of a resource, in order to send something there on behalf of another
// resource.
type KeyUse struct {
	Service KeyService
	// Resource is what the key encrypts, and By the resource whose wiring makes the service send there.
	Resource, By *graph.Resource
	// Key is the key if this stack declares it, or nil.
	Key *Key
	// AWSManaged is set if the key is the AWS managed key, which no service may use.
	AWSManaged bool
}

// Declaration returns the resource whose policy has to be changed: the key or, if it is not in this stack, the
// resource.
func (u *KeyUse) Declaration() *graph.Resource {
	if u.Key != nil {
		return u.Key.Resource
	}
	return u.Resource
}

// KeyService is how a key's policy names a service, and what the service does with the key.
type KeyService struct {
	Principal string
	Actions   []string
	// patterns match the principal in all its forms, including those for one region or partition. Whether the service
	// also uses the forms in perhaps is not known.
	patterns, perhaps []string
}

// These actions are what senders of encrypted messages need: they generate a data key, and decrypt the one that they
// reuse.
//
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#compatibility-with-aws-services
var sendingActions = []string{"kms:Decrypt", "kms:GenerateDataKey"}

// The services that use keys, except for CloudWatch Logs.
var (
	CloudWatch  = sender("cloudwatch")
	EventBridge = sender("events")
	S3          = sender("s3")
	SNS         = sender("sns")
	S3Logs      = KeyService{
		Principal: "logging.s3.amazonaws.com", Actions: []string{"kms:GenerateDataKey"},
		patterns: []string{"logging.s3.*amazonaws.com*"},
	}
)

func sender(service string) KeyService {
	return KeyService{
		Principal: service + ".amazonaws.com", Actions: sendingActions, patterns: []string{service + ".*amazonaws.com*"},
	}
}

// CloudWatchLogs returns CloudWatch Logs, whose principal is that of the log group's own region.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func CloudWatchLogs(group *graph.Resource) KeyService {
	service := KeyService{
		Principal: "logs.REGION.amazonaws.com", Actions: []string{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"},
		patterns: []string{"logs.*amazonaws.com*"},
	}
	const anywhere = "logs.amazonaws.com*"
	region := group.Region()
	if region.Open {
		service.perhaps, service.patterns = service.patterns, []string{anywhere}
	}
	if region.Name != "" {
		service.Principal = "logs." + region.Name + ".amazonaws.com"
		service.patterns = []string{anywhere, service.Principal + "*"}
		if naming.PartitionOf(region.Name).DNSSuffix == "amazonaws.com.cn" {
			service.Principal += ".cn"
		}
	}
	return service
}

// IsUnsettled reports whether the service's principal is not known yet.
func (s KeyService) IsUnsettled() bool { return len(s.perhaps) > 0 }

// Allows reports whether the policies of the key allow a service to use it.
func (k *Key) Allows(s KeyService) answer.Answer {
	return k.Policies().Agree(func(p *Policy) answer.Answer { return s.allowedBy(p.Document()) })
}

func (s KeyService) allowedBy(d iam.Document) answer.Answer {
	all := answer.Yes
	for _, action := range s.Actions {
		one := answer.No
		for _, pattern := range s.patterns {
			one = max(one, d.AllowsService(pattern, action))
		}
		for _, pattern := range s.perhaps {
			one = max(one, min(answer.Unknown, d.AllowsService(pattern, action)))
		}
		all = min(all, one)
	}
	return all
}

// DeniedBy returns the statements of a policy that deny the service the use of a key, whatever others allow.
func (s KeyService) DeniedBy(d iam.Document) []iam.Statement {
	return slices.DeleteFunc(slices.Clone(d.Statements()), func(statement iam.Statement) bool {
		return !slices.ContainsFunc(s.Actions, func(action string) bool {
			return slices.ContainsFunc(s.patterns, func(p string) bool { return statement.DeniesService(p, action) == answer.Yes })
		})
	})
}

// KeyUses returns the uses of keys that result from the stack's own wiring: one for each service and key, or each
// service and resource if the key is not in the stack.
func (s *Stack) KeyUses() []*KeyUse {
	type subject struct {
		of        *graph.Resource
		principal string
	}
	var uses []*KeyUse
	seen := map[subject]bool{}
	for _, sends := range s.sends() {
		for _, e := range s.Encryptions(sends.Resource) {
			use := sends
			if keys := e.Keys(); len(keys) == 1 && keys[0].Managed() {
				use.Key = &Key{object{keys[0], s}}
			}
			use.AWSManaged = e.usesAWSKey()
			if about := (subject{use.Declaration(), use.Service.Principal}); !seen[about] {
				seen[about] = true
				uses = append(uses, &use)
			}
		}
	}
	return uses
}

// KeyServices returns the services that need to use the key of a resource, whichever key that is.
func (s *Stack) KeyServices(of *graph.Resource) []KeyService {
	var services []KeyService
	for _, sends := range s.sends() {
		is := func(other KeyService) bool { return other.Principal == sends.Service.Principal }
		if sends.Resource == of && !slices.ContainsFunc(services, is) {
			services = append(services, sends.Service)
		}
	}
	return services
}

// newSends returns which service sends to which resource, and by whose wiring, whether the resource has a key or not.
func (s *Stack) newSends() []KeyUse {
	var all []KeyUse
	add := func(service KeyService, by *graph.Resource, ref graph.Ref, to ...graph.Type) {
		for _, target := range s.Resolve(by, ref, to...).Linked() {
			all = append(all, KeyUse{Service: service, Resource: target, By: by})
		}
	}
	for _, alarm := range s.Managed(graph.MetricAlarm, graph.CompositeAlarm) {
		for _, ref := range alarmActions(alarm) {
			add(CloudWatch, alarm, ref, graph.Topic)
		}
	}
	for _, n := range s.Notifications() {
		for _, e := range n.Entries("queues", "topics") {
			add(S3, n.Resource, e.Target(), graph.Queue, graph.Topic)
		}
	}
	for _, target := range s.Managed(graph.EventTarget) {
		if target.Arg("roleArn").Absent() { // otherwise EventBridge uses the role
			add(EventBridge, target, target.Ref("arn"), graph.Queue, graph.Topic)
		}
		add(EventBridge, target, target.Ref("deadLetterConfig", "arn"), graph.Queue)
	}
	for _, subscription := range s.Managed(graph.TopicSubscription) {
		if subscription.Arg("protocol").Is("sqs") {
			add(SNS, subscription, subscription.Ref("endpoint"), graph.Queue)
		}
		for _, ref := range RedriveTarget(subscription) {
			add(SNS, subscription, ref, graph.Queue)
		}
	}
	for _, group := range s.Managed(graph.LogGroup) {
		all = append(all, KeyUse{Service: CloudWatchLogs(group), Resource: group, By: group})
	}
	for _, sender := range s.Managed(graph.BucketLogging, graph.Bucket) {
		for _, ref := range logTargets(sender) {
			add(S3Logs, sender, ref, graph.Bucket)
		}
	}
	return all
}
