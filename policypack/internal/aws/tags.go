package aws

import (
	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// HasTag reports whether a resource has a tag with that key and any value, either its own or one that its provider adds
// to every resource. The real provider merges those into the argument tags itself.
func HasTag(r *graph.Resource, key string) answer.Answer {
	has := func(tags graph.Value) answer.Answer {
		if tags.Unknown() {
			return answer.Unknown
		}
		if tags.Get(key).Absent() {
			return answer.No
		}
		return answer.Yes
	}
	return max(has(r.Arg("tags")), has(defaultTags(r)))
}

func defaultTags(r *graph.Resource) graph.Value {
	if r.Provider == nil {
		return graph.Unknown
	}
	tags, isJSON := graph.NewValue(r.Provider["defaultTags"]).JSON()
	if !isJSON {
		return graph.Unknown
	}
	return tags.Get("tags")
}
