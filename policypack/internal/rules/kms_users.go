package rules

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// keyUse is an AWS service that has to use the key of a resource, to put
// something there on behalf of another one.
type keyUse struct {
	service  keyService
	encrypts *graph.Resource
	by       *graph.Resource
}

// keyService is how a service is named in a key's policy, and what it does with
// a key there.
type keyService struct {
	principal string
	// patterns also cover the principal's forms for one region or partition. It is
	// not known whether it has those of perhaps.
	patterns, perhaps []string
	actions           []string
}

// What those who send encrypted messages do with the key: they make a data key,
// and open the one they reuse.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#compatibility-with-aws-services
var sendingActions = []string{"kms:Decrypt", "kms:GenerateDataKey"}

var (
	cloudWatchUse  = keyService{principal: "cloudwatch.amazonaws.com", patterns: []string{"cloudwatch.*amazonaws.com*"}, actions: sendingActions}
	eventBridgeUse = keyService{principal: "events.amazonaws.com", patterns: []string{"events.*amazonaws.com*"}, actions: sendingActions}
	s3Use          = keyService{principal: "s3.amazonaws.com", patterns: []string{"s3.*amazonaws.com*"}, actions: sendingActions}
	s3LogsUse      = keyService{principal: "logging.s3.amazonaws.com", patterns: []string{"logging.s3.*amazonaws.com*"}, actions: []string{"kms:GenerateDataKey"}}
	snsUse         = keyService{principal: "sns.amazonaws.com", patterns: []string{"sns.*amazonaws.com*"}, actions: sendingActions}
)

// logsUse is that of CloudWatch Logs, which comes as the service of the log
// group's own region.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func logsUse(group *graph.Resource) keyService {
	use := keyService{
		principal: "logs.REGION.amazonaws.com", patterns: []string{"logs.*amazonaws.com*"},
		actions: []string{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"},
	}
	const anywhere = "logs.amazonaws.com*"
	region := group.Region()
	if region.Open {
		use.perhaps = use.patterns
		use.patterns = []string{anywhere}
	}
	if region.Name != "" {
		use.principal = "logs." + region.Name + ".amazonaws.com"
		use.patterns = []string{anywhere, use.principal + "*"}
		if strings.HasPrefix(region.Name, "cn-") {
			use.principal += ".cn"
		}
	}
	return use
}

// keyUses are the uses of keys that the stack's own wiring makes.
func keyUses(g *graph.Graph) []keyUse {
	var uses []keyUse
	add := func(service keyService, by *graph.Resource, refs []graph.Ref, to ...graph.Type) {
		for _, ref := range refs {
			for _, target := range g.Resolve(by, ref, to...).Linked() {
				uses = append(uses, keyUse{service, target, by})
			}
		}
	}
	for _, alarm := range g.Managed(graph.MetricAlarm, graph.CompositeAlarm) {
		add(cloudWatchUse, alarm, notifies(alarm), graph.Topic)
	}
	for _, notification := range g.Managed(graph.BucketNotification) {
		for _, e := range aws.NotificationOf(notification).Entries() {
			add(s3Use, notification, []graph.Ref{e.Target()}, graph.Queue, graph.Topic)
		}
	}
	for _, target := range g.Managed(graph.EventTarget) {
		if target.Arg("roleArn").Absent() { // else EventBridge acts in the role's name
			add(eventBridgeUse, target, graph.Arg("arn")(target), graph.Queue, graph.Topic)
		}
		add(eventBridgeUse, target, graph.Arg("deadLetterConfig", "arn")(target), graph.Queue)
	}
	for _, subscription := range g.Managed(graph.TopicSubscription) {
		if subscription.Arg("protocol").Is("sqs") {
			add(snsUse, subscription, graph.Arg("endpoint")(subscription), graph.Queue)
		}
		add(snsUse, subscription, redriveArg(subscription), graph.Queue)
	}
	for _, group := range g.Managed(graph.LogGroup) {
		uses = append(uses, keyUse{logsUse(group), group, group})
	}
	for _, logging := range g.Managed(graph.BucketLogging) {
		add(s3LogsUse, logging, graph.Arg("targetBucket")(logging), graph.Bucket)
	}
	for _, bucket := range g.Managed(graph.Bucket) {
		add(s3LogsUse, bucket, graph.Arg("loggings", "targetBucket")(bucket), graph.Bucket)
		add(s3LogsUse, bucket, graph.Arg("logging", "targetBucket")(bucket), graph.Bucket)
	}
	return uses
}

// keyIndex tells which key encrypts a resource.
type keyIndex struct {
	g           *graph.Graph
	encryptions *graph.Referrers
}

func keysOf(g *graph.Graph) keyIndex { return graph.Derived(g, newKeyIndex) }

func newKeyIndex(g *graph.Graph) keyIndex {
	return keyIndex{g, g.Referrers(g.Managed(graph.BucketServerSideEncryptionConfiguration), graph.Arg("bucket"), graph.Bucket)}
}

// encryption is a value that names the key of a resource, and the argument it
// is in.
type encryption struct {
	holder *graph.Resource
	ref    graph.Ref
}

// of are what names the key of a resource, none if it has none of its own.
func (x keyIndex) of(r *graph.Resource) []encryption {
	var all []encryption
	add := func(holder *graph.Resource, refs []graph.Ref) {
		for _, ref := range refs {
			if !ref.Value.Absent() && !ref.Value.Is("") {
				all = append(all, encryption{holder, ref})
			}
		}
	}
	switch r.Type {
	case graph.Bucket:
		add(r, graph.Arg("serverSideEncryptionConfiguration", "rule", "applyServerSideEncryptionByDefault", "kmsMasterKeyId")(r))
		add(r, graph.Arg("serverSideEncryptionConfigurations", "rules", "applyServerSideEncryptionByDefaults", "kmsMasterKeyId")(r))
		for _, split := range x.encryptions.Linked(r) {
			add(split, graph.Arg("rules", "applyServerSideEncryptionByDefault", "kmsMasterKeyId")(split))
		}
	case graph.LogGroup:
		add(r, graph.Arg("kmsKeyId")(r))
	case graph.Function:
		add(r, graph.Arg("kmsKeyArn")(r))
	default: // queues and topics
		add(r, graph.Arg("kmsMasterKeyId")(r))
	}
	return all
}

// keys are the keys of this stack that a value may name, itself or by an alias.
func (x keyIndex) keys(e encryption) []*graph.Resource {
	var keys []*graph.Resource
	for _, found := range x.g.Resolve(e.holder, e.ref, graph.Key, graph.KeyAlias).Linked() {
		if found.Type == graph.Key {
			keys = append(keys, found)
			continue
		}
		keys = append(keys, x.g.Resolve(found, found.Ref("targetKeyId"), graph.Key).Linked()...)
	}
	slices.SortFunc(keys, func(a, b *graph.Resource) int { return strings.Compare(string(a.URN), string(b.URN)) })
	return slices.Compact(keys)
}

// checkKeyUse judges whether the policy of a key lets a service use it.
func checkKeyUse(p *rule.Pass, key *graph.Resource, policies *graph.Referrers, use keyUse) {
	holders := policiesOf(key, policies.Linked(key)) // without one the policy of a key is for the account alone
	lets := agreed(p.Graph, holders, func(_ *graph.Resource, d iam.Document) answer.Answer {
		all := answer.Yes
		for _, action := range use.service.actions {
			one := answer.No
			for _, pattern := range use.service.patterns {
				one = max(one, d.LetsService(pattern, action))
			}
			for _, pattern := range use.service.perhaps {
				one = max(one, min(answer.Unknown, d.LetsService(pattern, action)))
			}
			all = min(all, one)
		}
		return all
	})
	switch maybe := policies.Maybe(key); {
	case lets == answer.Yes:
	case lets == answer.Unknown && len(holders) == 1 && len(use.service.perhaps) > 0 && documentOf(p.Graph, holders[0]).Problem() == "":
		p.NotEvaluated(key, "whether %s may use %s is not known, as the region of %s is not",
			use.service.principal, key, use.by)
	case lets == answer.Unknown:
		p.NotEvaluated(key, "whether %s may use %s is not known: %s", use.service.principal, key, doubt(p.Graph, holders))
	case maybe != nil:
		p.NotEvaluated(key, "whether %s may use %s is not known: %s may hold its policy", use.service.principal, key, maybe)
	default:
		at, it := key, "it"
		if declared := managed(holders); len(declared) > 0 && declared[0] != key {
			at, it = declared[0], key.String()
		}
		p.Report(at, "policy", "the policy of "+at.String()+" does not let "+use.service.principal+" use "+it+": "+use.fails()+".",
			"add a statement to it with Effect Allow, Principal {Service: "+use.service.principal+"} and Action ["+
				strings.Join(use.service.actions, ", ")+`] on Resource "*", and remove what denies them`)
	}
}

// fails is what goes wrong when the key cannot be used.
func (u keyUse) fails() string {
	if u.by == u.encrypts {
		return u.by.String() + " cannot be encrypted"
	}
	return "what " + u.by.String() + " sends to " + u.encrypts.String() + " never arrives"
}

// usesAWSKey says that a queue or topic has the key that AWS manages for it,
// which lets no service in.
func usesAWSKey(e encryption, use keyUse) bool {
	return use.encrypts.Type == graph.Queue && isAWSKey(e.ref.Value, "sqs") ||
		use.encrypts.Type == graph.Topic && isAWSKey(e.ref.Value, "sns")
}

func reportAWSKey(p *rule.Pass, use keyUse) {
	if use.service.principal == cloudWatchUse.principal {
		return // sns-encryption tells
	}
	p.Report(use.encrypts, "kmsMasterKeyId", use.encrypts.String()+" is encrypted with the key that AWS manages, which "+
		use.service.principal+" cannot use: "+use.fails()+".",
		"set kmsMasterKeyId to a key of your own whose policy lets "+use.service.principal+" use it")
}
