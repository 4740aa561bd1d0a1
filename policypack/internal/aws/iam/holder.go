package iam

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

// policyHolders maps resource types to the type that holds their resource-based policy. They may also have a `policy`
// argument.
var policyHolders = map[graph.Type]graph.Type{
	graph.Bucket:   graph.BucketPolicy,
	graph.EventBus: graph.EventBusPolicy,
	graph.Key:      graph.KeyPolicy,
	graph.Queue:    graph.QueuePolicy,
	graph.Topic:    graph.TopicPolicy,
}

// PolicyHolder returns the type of resource that holds the resource-based policy of resources of that type, or "" if
// there is none.
func PolicyHolder(t graph.Type) graph.Type { return policyHolders[t] }
