package aws

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Purpose is what the stack's wiring makes a function do, and what its role needs a permission for.
type Purpose int

// The purposes.
const (
	// ReadObjects is to read the objects that a notification, which is By, is about.
	ReadObjects Purpose = iota
	ReadMessages
	WriteObjects
	SendFailures
	ReadEnvironment
	WriteLogs
)

// Need is what a function's role must allow for the stack's wiring to work.
type Need struct {
	Purpose Purpose
	// By is the resource that contains the wiring, or the one that is read or written.
	By      *graph.Resource
	Actions []string
	// Target is the resource that the actions are on, or nil. Objects is the pattern of keys if the actions are on
	// objects of a bucket.
	Target  *graph.Resource
	Objects string
	// arn is the part of the target that the actions are on, if it is not all of it.
	arn string
	// encrypts is the resource that a key encrypts, if the need is for the key: that resource's service uses the key on
	// the role's behalf.
	encrypts *graph.Resource
}

// Request returns the request for one of the actions.
func (n Need) Request(action string) iam.Request {
	return iam.Request{Action: action, Target: n.Target, ARN: n.arn, For: n.encrypts}
}

// MayHaveGrant reports whether a grant that no resource declares may allow the action: Lambda creates one on the key of
// a function's environment if whoever deploys the function may do so, and otherwise relies on the role's policies.
//
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
func (n Need) MayHaveGrant() bool { return n.Purpose == ReadEnvironment }

// Unsettled is an unknown argument that a function's needs depend on.
type Unsettled struct {
	Resource *graph.Resource
	Property string
}

// Needs returns what the role of a function must allow, and the unknown arguments that this depends on.
func (f *Function) Needs() (needs []Need, unsettled []Unsettled) {
	add := func(n Need, uses ...string) {
		needs = append(needs, n)
		for _, key := range f.stack.keysOf(n.Target) {
			needs = append(needs, Need{Purpose: n.Purpose, By: n.By, Actions: uses, Target: key, encrypts: n.Target})
		}
	}
	for _, e := range f.stack.notifiedBy()[f.Resource] {
		bucket := e.Notification.Bucket()
		switch e.NamesObjects() {
		case answer.Yes:
			before, after := e.Get("filterPrefix"), e.Get("filterSuffix")
			prefix, _ := before.Str() // while it is not known, so is which objects it covers
			suffix, _ := after.Str()
			read := Need{
				Purpose: ReadObjects, By: e.Notification.Resource, Actions: []string{"s3:GetObject"},
				Target: bucket.Resource, Objects: "*", arn: iam.ObjectsARN(bucket.Resource, prefix, suffix),
			}
			if !before.Secret() && !after.Secret() {
				read.Objects = prefix + "*" + suffix
			}
			add(read, "kms:Decrypt")
		case answer.Unknown:
			unsettled = append(unsettled, Unsettled{e.Notification.Resource, e.Path + ".events"})
		case answer.No: // after a removal there is nothing to read
		}
	}
	for _, mapping := range f.stack.Attached(graph.EventSourceMapping, graph.Function).Linked(f.Resource) {
		if mapped, queue, _ := f.stack.Mapped(mapping); mapping.Managed() && mapped != nil && queue != nil {
			add(Need{
				Purpose: ReadMessages, By: queue.Resource, Target: queue.Resource,
				Actions: []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
			}, "kms:Decrypt")
		}
	}
	for _, d := range f.stack.Destinations(f.Resource).All {
		// A value that is not known yet may also be a queue's name: all variables share their dependencies.
		for _, bucket := range d.Target.Certain {
			add(Need{
				Purpose: WriteObjects, By: bucket, Actions: []string{"s3:PutObject"},
				Target: bucket, Objects: "*", arn: iam.SomeObjectARN(bucket),
			}, "kms:GenerateDataKey")
		}
		if d.Target.Open {
			unsettled = append(unsettled, Unsettled{f.Resource, "environment.variables." + d.Variable})
		}
	}
	for _, sink := range f.Sinks() {
		if !sink.Holder.Managed() {
			continue
		}
		if sink.target().Open {
			unsettled = append(unsettled, Unsettled{sink.Holder, sink.Property})
		}
		target := f.stack.resolveOne(sink.Holder, sink.ref, sinkTypes...)
		if target == nil || sink.actions[sinkServices[target.Type]] == "" {
			continue
		}
		send, uses := Need{
			Purpose: SendFailures, By: target, Actions: []string{sink.actions[sinkServices[target.Type]]}, Target: target,
		}, sendingActions
		if target.Type == graph.Bucket {
			send.Objects, uses = "*", []string{"kms:GenerateDataKey"}
		}
		add(send, uses...)
	}
	for _, key := range f.stack.keysOf(f.Resource) {
		needs = append(needs, Need{
			Purpose: ReadEnvironment, By: f.Resource, Actions: []string{"kms:Decrypt"}, Target: key, encrypts: f.Resource,
		})
	}
	return append(needs, Need{
		Purpose: WriteLogs, By: f.Resource, Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		arn: iam.LogStreamsARN(f.Resource, f.logGroupName()),
	}), unsettled
}

// newNotifiedBy returns, for each function, the entries of declared notifications that invoke it and whose bucket is
// known.
func (s *Stack) newNotifiedBy() map[*graph.Resource][]NotificationEntry {
	found := map[*graph.Resource][]NotificationEntry{}
	for _, n := range s.Notifications() {
		if !n.Managed() || n.Bucket() == nil {
			continue
		}
		for _, e := range n.Entries("lambdaFunctions") {
			if function := s.resolveOne(n.Resource, e.Target(), graph.Function); function != nil {
				found[function] = append(found[function], e)
			}
		}
	}
	return found
}

// keysOf returns the keys of this stack that encrypt a resource, if it is known which they are.
func (s *Stack) keysOf(r *graph.Resource) []*graph.Resource {
	if r == nil || !slices.Contains([]graph.Type{graph.Bucket, graph.Queue, graph.Topic, graph.Function}, r.Type) {
		return nil
	}
	var all []*graph.Resource
	for _, e := range s.Encryptions(r) {
		if keys := e.Keys(); len(keys) == 1 {
			all = append(all, keys[0])
		}
	}
	return all
}
