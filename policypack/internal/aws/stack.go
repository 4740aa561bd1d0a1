// Package aws is the domain model: the AWS resources of a stack as typed objects, which answer questions about
// themselves and each other, however a program spells them. It contains no messages.
package aws

import (
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Stack holds a stack's AWS resources as typed objects, which know how each version of the providers spells them and
// what is attached to them. It is safe for concurrent use, since rules run in parallel.
type Stack struct {
	*graph.Graph

	alarms        func() []*Alarm
	buckets       func() []*Bucket
	functions     func() []*Function
	logGroups     func() []*LogGroup
	notifications func() []*Notification
	permissions   func() []*Permission
	queues        func() []*Queue
	topics        func() []*Topic

	// alarmed holds the alarms by the topic that they send to.
	alarmed func() *graph.Referrers
	// boundaries holds the identities by the policy that is their permissions boundary.
	boundaries  func() *graph.Referrers
	bucketNames func() map[string]*Bucket
	logBuckets  func() []*Bucket
	// keyUsers holds the roles that need the key of a bucket.
	keyUsers func() map[*graph.Resource][]KeyUser
	// composites holds the composite alarms by the alarms that they fire on.
	composites        func() *graph.Referrers
	deadLetterSenders func() *graph.Referrers
	logs              func() logDelivery
	// loggers holds the functions by the log group that they write to, and logGroupsByFunction the log groups that are
	// named for a function.
	loggers             func() map[*graph.Resource]*Function
	logGroupsByFunction func() *graph.Referrers
	// notifiedBy holds the entries of notifications by the function that they invoke.
	notifiedBy    func() map[*graph.Resource][]NotificationEntry
	notifiedNames func() map[string]*Notification
	policies      func() map[*graph.Resource]*Policy
	roles         func() *iam.Roles
	// sends holds which services send to which resources.
	sends    func() []KeyUse
	triggers func() triggers
	watchers map[*Metric]func() *watchers
}

// NewStack returns the typed objects of a graph. They are created on first use.
func NewStack(g *graph.Graph) *Stack {
	s := &Stack{Graph: g}
	s.alarms = objects(s, graph.MetricAlarm, func(o object) *Alarm { return &Alarm{o} })
	s.buckets = objects(s, graph.Bucket, func(o object) *Bucket { return &Bucket{o} })
	s.functions = objects(s, graph.Function, func(o object) *Function { return &Function{o} })
	s.logGroups = objects(s, graph.LogGroup, func(o object) *LogGroup { return &LogGroup{o} })
	s.notifications = objects(s, graph.BucketNotification, func(o object) *Notification { return &Notification{o} })
	s.permissions = objects(s, graph.Permission, func(o object) *Permission { return &Permission{o} })
	s.queues = objects(s, graph.Queue, func(o object) *Queue { return &Queue{o} })
	s.topics = objects(s, graph.Topic, func(o object) *Topic { return &Topic{o} })
	s.alarmed = sync.OnceValue(s.newAlarmed)
	s.boundaries = sync.OnceValue(s.newBoundaries)
	s.bucketNames = sync.OnceValue(s.indexBucketNames)
	s.composites = sync.OnceValue(func() *graph.Referrers {
		return s.Referrers(s.All(graph.CompositeAlarm), namedAlarms, graph.MetricAlarm, graph.CompositeAlarm)
	})
	s.deadLetterSenders = sync.OnceValue(s.newDeadLetterSenders)
	s.logBuckets = sync.OnceValue(s.indexLogBuckets)
	s.logs = sync.OnceValue(s.indexLogDelivery)
	s.keyUsers = sync.OnceValue(s.indexKeyUsers)
	s.loggers = sync.OnceValue(s.newLoggers)
	s.logGroupsByFunction = sync.OnceValue(func() *graph.Referrers {
		return s.Referrers(s.All(graph.LogGroup), functionOfLogGroup, graph.Function)
	})
	s.notifiedBy = sync.OnceValue(s.newNotifiedBy)
	s.notifiedNames = sync.OnceValue(s.indexNotifiedNames)
	s.policies = sync.OnceValue(s.indexPolicies)
	s.roles = sync.OnceValue(func() *iam.Roles { return iam.NewRoles(g) })
	s.sends = sync.OnceValue(s.newSends)
	s.triggers = sync.OnceValue(s.newTriggers)
	s.watchers = map[*Metric]func() *watchers{}
	for _, m := range []*Metric{FunctionErrors, QueueDepth} {
		s.watchers[m] = sync.OnceValue(func() *watchers { return s.newWatchers(m) })
	}
	return s
}

// Roles returns what the roles of the stack may do.
func (s *Stack) Roles() *iam.Roles { return s.roles() }

// Buckets returns the buckets, managed or not.
func (s *Stack) Buckets() []*Bucket { return s.buckets() }

// object is what all typed objects have in common.
type object struct {
	*graph.Resource

	stack *Stack
}

// Declaration returns the resource that declares the object.
func (o object) Declaration() *graph.Resource { return o.Resource }

// Policies returns the resource-based policies of the object.
func (o object) Policies() Policies { return o.stack.Policies(o.Resource) }

// objects returns a function that creates the typed objects for one type of resource on first use.
func objects[T any](s *Stack, t graph.Type, from func(object) T) func() []T {
	return sync.OnceValue(func() []T {
		all := make([]T, 0, len(s.All(t)))
		for _, r := range s.All(t) {
			all = append(all, from(object{r, s}))
		}
		return all
	})
}
