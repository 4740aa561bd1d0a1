package iam

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

// policyHolders are the resource types that hold the resource-based policy of a resource, which may also be its own
// argument `policy`.
var policyHolders = map[graph.Type]graph.Type{
	graph.Bucket:   graph.BucketPolicy,
	graph.EventBus: graph.EventBusPolicy,
	graph.Key:      graph.KeyPolicy,
	graph.Queue:    graph.QueuePolicy,
	graph.Topic:    graph.TopicPolicy,
}

// PolicyHolder returns the type of resource that holds the resource-based policy of one of that type, or "" if there is
// none.
func PolicyHolder(t graph.Type) graph.Type { return policyHolders[t] }
