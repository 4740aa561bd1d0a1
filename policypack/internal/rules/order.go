package rules

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// prerequisites tells which resources are settled before r: those it waits for,
// those that these wait for, and what belongs to a component among them.
func prerequisites(g *graph.Graph, r *graph.Resource) func(*graph.Resource) bool {
	seen := map[resource.URN]bool{}
	for queue := slices.Clone(r.Dependencies); len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		if before := g.ByURN(queue[0]); before != nil {
			queue = append(queue, before.Dependencies...)
		}
	}
	return func(other *graph.Resource) bool {
		for other != nil && other.Type != graph.StackType {
			if seen[other.URN] {
				return true
			}
			other = g.ByURN(other.Parent)
		}
		return false
	}
}
