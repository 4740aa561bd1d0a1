package rules

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// permit is what a function's role must allow for the stack's wiring to work.
type permit struct {
	// purpose is what for, as the end of "cannot …".
	purpose string
	actions []string
	// target is what the actions are on, or nil; arn is where on it, if not on
	// all of it.
	target *graph.Resource
	arn    string
	// of is what a key encrypts, for permits on keys: its service uses the key on
	// the role's behalf.
	of *graph.Resource
	// otherwise is what beside policies may allow it, empty if nothing does.
	otherwise string
}

// permits finds what the functions of a stack have to be allowed.
type permits struct {
	p             *rule.Pass
	keys          keyIndex
	notifications map[*graph.Resource][]permit
	queues        map[*graph.Resource][]permit
	configs       *graph.Referrers
	// unsettled says of a function what decides on its needs but is not known.
	unsettled map[*graph.Resource][]string
}

func newPermits(p *rule.Pass) *permits {
	x := &permits{
		p: p, keys: keysOf(p.Graph),
		notifications: map[*graph.Resource][]permit{},
		queues:        map[*graph.Resource][]permit{},
		unsettled:     map[*graph.Resource][]string{},
		configs:       p.Graph.Referrers(p.Graph.All(graph.FunctionEventInvokeConfig), graph.Arg("functionName"), graph.Function),
	}
	for _, notification := range p.Graph.Managed(graph.BucketNotification) {
		x.addSources(notification)
	}
	for _, mapping := range p.Graph.Managed(graph.EventSourceMapping) {
		function := x.one(mapping, mapping.Ref("functionName"), graph.Function)
		queue := x.one(mapping, mapping.Ref("eventSourceArn"), graph.Queue)
		if function != nil && queue != nil {
			x.queues[function] = append(x.queues[function], permit{
				purpose: "read from " + queue.String(), target: queue,
				actions: []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
			})
		}
	}
	return x
}

// one is the resource that a Ref means, or nil if it means none or may mean
// several.
func (x *permits) one(r *graph.Resource, ref graph.Ref, want ...graph.Type) *graph.Resource {
	if linked := x.p.Graph.Resolve(r, ref, want...).Linked(); len(linked) == 1 {
		return linked[0]
	}
	return nil
}

// addSources adds what functions need to read the objects that a notification
// tells them of. One that hears of removals alone has nothing to read.
func (x *permits) addSources(notification *graph.Resource) {
	bucket := x.one(notification, notification.Ref("bucket"), graph.Bucket)
	for _, e := range aws.NotificationOf(notification).Entries() {
		function := x.one(notification, e.Target(), graph.Function)
		if bucket == nil || function == nil {
			continue
		}
		switch e.NamesObjects() {
		case answer.No:
			continue
		case answer.Unknown:
			x.unsettled[function] = append(x.unsettled[function], "the events of "+e.Path+" of "+notification.String())
			continue
		case answer.Yes:
		}
		prefix, _ := e.Get("filterPrefix").Str() // one not known yet leaves open which objects
		suffix, _ := e.Get("filterSuffix").Str()
		x.notifications[function] = append(x.notifications[function], permit{
			purpose: "read what " + notification.String() + " tells it of", actions: []string{"s3:GetObject"},
			target: bucket, arn: iam.ObjectsARN(bucket, prefix, suffix),
		})
	}
}

// of are the permits that a function needs.
func (x *permits) of(function *graph.Resource) []permit {
	var all []permit
	for _, source := range slices.Concat(x.notifications[function], x.queues[function]) {
		all = append(all, source)
		all = append(all, x.keyPermits(source.target, source.purpose, "kms:Decrypt")...)
	}
	for _, bucket := range x.destinations(function) {
		purpose := "write to " + bucket.String()
		all = append(all, permit{purpose: purpose, actions: []string{"s3:PutObject"}, target: bucket, arn: iam.SomeObjectARN(bucket)})
		all = append(all, x.keyPermits(bucket, purpose, "kms:GenerateDataKey")...)
	}
	sinks := []sink{deadLetterConfig(function)}
	for _, config := range managed(x.configs.Linked(function)) {
		sinks = append(sinks, onFailure(config))
	}
	for _, s := range sinks {
		if x.p.Graph.Resolve(s.holder, s.ref, sinkTypes...).Open {
			x.unsettled[function] = append(x.unsettled[function], s.path+" of "+s.holder.String())
		}
		if target := x.one(s.holder, s.ref, sinkTypes...); target != nil && s.kinds[services[target.Type]] != "" {
			purpose := "send failed events to " + target.String()
			all = append(all, permit{purpose: purpose, actions: []string{s.kinds[services[target.Type]]}, target: target})
			uses := []string{"kms:GenerateDataKey"}
			if target.Type == graph.Queue || target.Type == graph.Topic {
				uses = sendingActions
			}
			all = append(all, x.keyPermits(target, purpose, uses...)...)
		}
	}
	for _, decrypt := range x.keyPermits(function, "read its environment", "kms:Decrypt") {
		// Lambda makes one when whoever deploys may, and else asks the role's policies.
		// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
		decrypt.otherwise = "Lambda may have a grant on the key for it"
		all = append(all, decrypt)
	}
	return append(all, permit{
		purpose: "write its logs", actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		arn: iam.LogStreamsARN(function, logGroupOf(function)),
	})
}

// keyPermits are what the role needs of the keys that encrypt a resource, for
// those that the stack declares.
func (x *permits) keyPermits(r *graph.Resource, purpose string, actions ...string) []permit {
	switch r.Type {
	case graph.Bucket, graph.Queue, graph.Topic, graph.Function:
	default:
		return nil
	}
	var all []permit
	for _, e := range x.keys.of(r) {
		if keys := x.keys.keys(e); len(keys) == 1 {
			all = append(all, permit{purpose: purpose, actions: actions, target: keys[0], of: r})
		}
	}
	return all
}

// destinations are the buckets that the environment of a function has it write to.
func (x *permits) destinations(function *graph.Resource) []*graph.Resource {
	var found []*graph.Resource
	for _, d := range x.p.Stack.Destinations(function).All {
		// A value not known yet may be a queue's name as well: the variables share their dependencies.
		found = append(found, d.Target.Certain...)
		if d.Target.Open {
			x.unsettled[function] = append(x.unsettled[function], "an environment variable for a destination")
		}
	}
	return found
}

// logGroupOf is the name of the log group that a function writes to, empty while
// it is not known.
func logGroupOf(function *graph.Resource) string {
	group := function.Arg("loggingConfig").Get("logGroup")
	if text, ok := group.Str(); ok && text != "" || group.Unknown() {
		return text
	}
	if name, ok := function.PhysicalName().Str(); ok {
		return "/aws/lambda/" + name
	}
	return ""
}
