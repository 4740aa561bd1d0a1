package rules

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// eventSource is the bucket that events come from.
type eventSource struct {
	g       *graph.Graph
	buckets []*graph.Resource
	// name is the bucket's name, empty while it is not known.
	name string
}

func (d *deliveries) source(notification *graph.Resource) eventSource {
	ref := notification.Ref("bucket")
	source := eventSource{g: d.g, buckets: d.g.Resolve(notification, ref, graph.Bucket).Linked()}
	source.name, _ = ref.Value.Str()
	if len(source.buckets) == 1 {
		source.name, _ = source.buckets[0].PhysicalName().Str()
	}
	return source
}

// named says whether the value of an argument of r is the ARN of the bucket, or
// a pattern of it. An absent one is that of every bucket.
func (s eventSource) named(r *graph.Resource, ref graph.Ref) answer.Answer {
	if ref.Value.Absent() {
		return answer.Yes
	}
	pattern, known := ref.Value.Str()
	if known && !strings.HasPrefix(pattern, "arn:") && strings.Trim(pattern, "*?") != "" {
		return answer.No // a bucket's name is not its ARN
	}
	if !known || s.name == "" {
		for _, bucket := range s.g.Resolve(r, ref, graph.Bucket).Linked() {
			if slices.Contains(s.buckets, bucket) {
				return answer.Yes
			}
		}
		return answer.Unknown
	}
	// AWS's own examples write arn:aws:s3:*:*:name, too.
	if slices.ContainsFunc([]string{"aws", "aws-cn", "aws-us-gov"}, func(partition string) bool {
		return matches(pattern, "arn:"+partition+":s3:::"+s.name)
	}) {
		return answer.Yes
	}
	return answer.No
}

// meets says whether a request for the bucket's events can meet a condition of
// the policy of r. Only aws:SourceArn is looked at.
func (s eventSource) meets(r *graph.Resource, condition graph.Value) answer.Answer {
	if condition.Unknown() {
		return answer.Unknown
	}
	met := answer.Yes
	for _, operator := range condition.Keys() {
		for _, key := range condition.Get(operator).Keys() {
			if !strings.EqualFold(key, "aws:SourceArn") {
				continue
			}
			one := answer.No
			for _, value := range condition.Get(operator).Get(key).Items() {
				if text, _ := value.Str(); literal(operator) && strings.ContainsAny(text, "*?") {
					continue // it stands for itself there, and so is in no bucket's ARN
				}
				one = max(one, s.named(r, graph.Ref{Property: "policy", Value: value}))
			}
			if strings.Contains(operator, "Not") || strings.HasPrefix(operator, "Null") {
				one = answer.Unknown
			}
			met = min(met, one)
		}
	}
	return met
}

// literal says that a condition operator takes wildcards for what they are.
func literal(operator string) bool {
	_, name, isSet := strings.Cut(strings.ToLower(operator), ":")
	if !isSet {
		name = strings.ToLower(operator)
	}
	return strings.HasPrefix(name, "stringequals")
}
