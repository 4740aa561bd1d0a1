// Package aws is the domain model: the AWS resources of a stack as typed objects, which answer questions about
// themselves and each other, whichever way a program spells them. It holds no messages.
package aws

import (
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Stack is a stack's AWS resources as typed objects, which know how the versions of the providers spell them and what
// is attached to them. Rules run side by side: it is for any number of goroutines.
type Stack struct {
	*graph.Graph

	buckets       func() []*Bucket
	notifications func() []*Notification

	bucketNames   func() map[string]*Bucket
	logs          func() logDelivery
	notifiedNames func() map[string]*Notification
	policies      func() map[*graph.Resource]*Policy
}

// NewStack returns the typed objects of a graph. They are made when they are first asked for.
func NewStack(g *graph.Graph) *Stack {
	s := &Stack{Graph: g}
	s.buckets = objects(s, graph.Bucket, func(o object) *Bucket { return &Bucket{o} })
	s.notifications = objects(s, graph.BucketNotification, func(o object) *Notification { return &Notification{o} })
	s.bucketNames = sync.OnceValue(s.indexBucketNames)
	s.notifiedNames = sync.OnceValue(s.indexNotifiedNames)
	s.policies = sync.OnceValue(s.indexPolicies)
	s.logs = sync.OnceValue(s.indexLogDelivery)
	return s
}

// Buckets returns the buckets, managed or not.
func (s *Stack) Buckets() []*Bucket { return s.buckets() }

// object is what typed objects have in common.
type object struct {
	*graph.Resource

	stack *Stack
}

// Declaration returns the resource that declares the object.
func (o object) Declaration() *graph.Resource { return o.Resource }

// objects returns a function that makes the typed objects of one type of resource once.
func objects[T any](s *Stack, t graph.Type, from func(object) T) func() []T {
	return sync.OnceValue(func() []T {
		all := make([]T, 0, len(s.All(t)))
		for _, r := range s.All(t) {
			all = append(all, from(object{r, s}))
		}
		return all
	})
}
