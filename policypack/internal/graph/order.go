package graph

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Before returns a function that reports whether a resource is complete before r is started: because r depends on it,
// directly or indirectly, or because it belongs to a component that r depends on.
func (g *Graph) Before(r *Resource) func(*Resource) bool {
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
	return func(other *Resource) bool {
		for other != nil && other.Type != StackType {
			if seen[other.URN] {
				return true
			}
			other = g.ByURN(other.Parent)
		}
		return false
	}
}
