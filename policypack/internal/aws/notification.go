package aws

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

// Notification is an aws.s3.BucketNotification: which targets a bucket notifies of which events.
type Notification struct{ object }

// Notifications returns the notifications, managed or not.
func (s *Stack) Notifications() []*Notification { return s.notifications() }

// NotificationOf returns a notification by its own arguments alone, for rules that judge a resource without its stack.
func NotificationOf(r *graph.Resource) *Notification { return &Notification{object{Resource: r}} }

// TargetKind is one kind of target, for which a notification has a list.
type TargetKind struct {
	// List is the argument that lists the entries, and Argument the one that names the target in an entry.
	List, Argument string
	// Types are the types of resources that it may name, and Service is their service in ARNs.
	Types   []graph.Type
	Service string
	// Action is what S3 does with such a target.
	Action string
}

// TargetKinds are all kinds of targets.
var TargetKinds = []TargetKind{
	{"lambdaFunctions", "lambdaFunctionArn", []graph.Type{graph.Function, graph.FunctionAlias}, "lambda", "lambda:InvokeFunction"},
	{"queues", "queueArn", []graph.Type{graph.Queue}, "sqs", "sqs:SendMessage"},
	{"topics", "topicArn", []graph.Type{graph.Topic}, "sns", "sns:Publish"},
}

// NotificationEntry is one item of such a list, however its keys are spelt.
type NotificationEntry struct {
	Notification *Notification
	Kind         TargetKind
	// Path is the path of the entry in the arguments of the notification.
	Path  string
	Value graph.Value
}

// Entries returns the entries of the named lists, or of all lists, as far as they are known.
func (n *Notification) Entries(lists ...string) []NotificationEntry {
	var all []NotificationEntry
	for _, kind := range TargetKinds {
		if len(lists) > 0 && !slices.Contains(lists, kind.List) {
			continue
		}
		for i, item := range n.Arg(kind.List).Items() {
			all = append(all, NotificationEntry{n, kind, kind.List + "[" + strconv.Itoa(i) + "]", item})
		}
	}
	return all
}

// Buckets returns the buckets of the stack that the notification is for or, if only dependencies show it, may be for.
func (n *Notification) Buckets() []*Bucket {
	var all []*Bucket
	for _, r := range n.stack.Resolve(n.Resource, n.Ref("bucket"), graph.Bucket).Linked() {
		all = append(all, &Bucket{object{r, n.stack}})
	}
	return all
}

// Bucket returns the bucket of the stack that the notification is for, or nil if there is none or there may be several.
func (n *Notification) Bucket() *Bucket {
	if all := n.Buckets(); len(all) == 1 {
		return all[0]
	}
	return nil
}

// Rival returns the first notification that the program declares for the same bucket, by its known name, if it is
// another one, or nil. Of two notifications, the one that is written last replaces the other.
func (n *Notification) Rival() *Notification {
	name, known := n.Arg("bucket").Str()
	if first := n.stack.notifiedNames()[name]; known && first != n {
		return first
	}
	return nil
}

// MayHaveRival reports whether another notification may be for the same bucket, because this one's bucket is not known
// and computed from nothing in the stack.
func (n *Notification) MayHaveRival() bool {
	return len(n.stack.Managed(graph.BucketNotification)) > 1 && n.Arg("bucket").Unknown() && len(n.PropertyDependencies["bucket"]) == 0
}

// indexNotifiedNames returns the first notification that the program declares for each bucket name.
func (s *Stack) indexNotifiedNames() map[string]*Notification {
	first := map[string]*Notification{}
	for _, n := range s.Notifications() {
		if name, known := n.Arg("bucket").Str(); known && first[name] == nil && n.Managed() {
			first[name] = n
		}
	}
	return first
}

// PossibleNotifications returns the notifications that the program declares for the bucket if there are several and
// only dependencies show that they are for the bucket.
func (b *Bucket) PossibleNotifications() []*graph.Resource {
	all := b.stack.Attached(graph.BucketNotification, graph.Bucket)
	linked := graph.Managed(all.Linked(b.Resource))
	if len(linked) < 2 || len(graph.Managed(all.Certain(b.Resource))) > 1 {
		return nil
	}
	return linked
}

// Get returns a member under its proper name or its snake_case spelling, which the provider also accepts.
func (e NotificationEntry) Get(name string) graph.Value { return e.Value.Get(e.spelling(name)) }

func (e NotificationEntry) spelling(name string) string {
	for _, key := range e.Value.Keys() {
		if text.CamelCase(key) == name {
			return key
		}
	}
	return name
}

// Target returns the value that names the target.
func (e NotificationEntry) Target() graph.Ref {
	return graph.Ref{Property: e.Kind.List, Value: e.Get(e.Kind.Argument)}
}

// Targets returns the resources of the stack that may be the target, and whether it is certain that there are no
// others. An alias's ARN also contains the name of its function, but refers to the alias.
func (e NotificationEntry) Targets() (targets []*graph.Resource, found graph.Target) {
	found = e.Notification.stack.Resolve(e.Notification.Resource, e.Target(), e.Kind.Types...)
	targets = found.Linked()
	isAlias := func(r *graph.Resource) bool { return r.Type == graph.FunctionAlias }
	if slices.ContainsFunc(found.Certain, isAlias) {
		targets = slices.DeleteFunc(targets, func(r *graph.Resource) bool { return !isAlias(r) })
	}
	return targets, found
}

// Functions returns the functions that the entry may invoke, directly or through an alias, and whether it is known that
// it invokes no others.
func (e NotificationEntry) Functions() (functions []*graph.Resource, known bool) {
	s := e.Notification.stack
	target := s.Resolve(e.Notification.Resource, e.Target(), e.Kind.Types...)
	known = !target.Open
	for _, r := range target.Linked() {
		if r.Type != graph.FunctionAlias {
			functions = append(functions, r)
			continue
		}
		of := s.Resolve(r, r.Ref(graph.AttachedBy(graph.FunctionAlias, graph.Function)), graph.Function)
		functions, known = append(functions, of.Linked()...), known && !of.Open
	}
	return functions, known
}

// S3Events are the event types of S3 notifications, as listed in the 2026 model of the S3 API; a test compares them
// with those of the AWS SDK.
var S3Events = []string{
	"s3:IntelligentTiering",
	"s3:LifecycleExpiration:*",
	"s3:LifecycleExpiration:Delete",
	"s3:LifecycleExpiration:DeleteMarkerCreated",
	"s3:LifecycleTransition",
	"s3:ObjectAcl:Put",
	"s3:ObjectAnnotation:*",
	"s3:ObjectAnnotation:Delete",
	"s3:ObjectAnnotation:Put",
	"s3:ObjectCreated:*",
	"s3:ObjectCreated:CompleteMultipartUpload",
	"s3:ObjectCreated:Copy",
	"s3:ObjectCreated:Post",
	"s3:ObjectCreated:Put",
	"s3:ObjectRemoved:*",
	"s3:ObjectRemoved:Delete",
	"s3:ObjectRemoved:DeleteMarkerCreated",
	"s3:ObjectRestore:*",
	"s3:ObjectRestore:Completed",
	"s3:ObjectRestore:Delete",
	"s3:ObjectRestore:Post",
	"s3:ObjectRetention:Put",
	"s3:ObjectTagging:*",
	"s3:ObjectTagging:Delete",
	"s3:ObjectTagging:Put",
	"s3:ReducedRedundancyLostObject",
	"s3:Replication:*",
	"s3:Replication:OperationFailedReplication",
	"s3:Replication:OperationMissedThreshold",
	"s3:Replication:OperationNotTracked",
	"s3:Replication:OperationReplicatedAfterThreshold",
}

// hasEvent reports whether an event of the entry satisfies is.
func (e NotificationEntry) hasEvent(is func(name string) bool) answer.Answer {
	events := e.Get("events")
	if events.Unknown() {
		return answer.Unknown
	}
	found := answer.No
	for _, event := range events.Items() {
		if name, known := event.Str(); known && is(name) {
			return answer.Yes
		}
		if event.Unknown() {
			found = answer.Unknown
		}
	}
	return found
}

// CreatesObjects reports whether the entry may cover the writing of an object.
func (e NotificationEntry) CreatesObjects() answer.Answer {
	return e.hasEvent(func(name string) bool { return sharesEvents("s3:ObjectCreated:*", name) })
}

// NamesObjects reports whether the entry's events are for objects that exist and can be read.
func (e NotificationEntry) NamesObjects() answer.Answer {
	return e.hasEvent(func(name string) bool { return strings.HasPrefix(name, "s3:ObjectCreated:") })
}

// sharesEvents reports whether two event types are the same, or one is a wildcard that covers the other.
func sharesEvents(a, b string) bool {
	covers := func(a, b string) bool {
		family, wild := strings.CutSuffix(a, "*")
		return a == b || wild && strings.HasPrefix(b, family)
	}
	return covers(a, b) || covers(b, a)
}

// Overlaps reports whether two entries match the same object and event type, which S3 rejects in a notification.
func (e NotificationEntry) Overlaps(other NotificationEntry) answer.Answer {
	return min(e.sharesEvents(other),
		overlap(e.Get("filterPrefix"), other.Get("filterPrefix"), strings.HasPrefix),
		overlap(e.Get("filterSuffix"), other.Get("filterSuffix"), strings.HasSuffix))
}

func (e NotificationEntry) sharesEvents(other NotificationEntry) answer.Answer {
	mine, theirs := e.Get("events"), other.Get("events")
	if mine.Unknown() || theirs.Unknown() {
		return answer.Unknown
	}
	shared := answer.No
	for _, event := range mine.Items() {
		name, known := event.Str()
		one := other.hasEvent(func(theirs string) bool { return known && sharesEvents(name, theirs) })
		if event.Unknown() && len(theirs.Items()) > 0 {
			one = answer.Unknown
		}
		shared = max(shared, one)
	}
	return shared
}

// overlap reports whether two filters can match the same key, which they do if one extends the other. An absent filter
// matches everything.
func overlap(a, b graph.Value, extends func(s, part string) bool) answer.Answer {
	as, _ := a.Str()
	bs, _ := b.Str()
	switch {
	case a.Unknown() && !b.Absent() || b.Unknown() && !a.Absent():
		return answer.Unknown
	case extends(as, bs) || extends(bs, as):
		return answer.Yes
	}
	return answer.No
}
