package rules

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// bucketSetting is a setting of a bucket. A program gives it as an argument of
// the bucket or, as the provider's later versions want it, with a resource of
// its own.
type bucketSetting struct {
	// inline are the bucket's arguments for it: the provider's versions have
	// named them differently.
	inline []string
	// split is the resource of its own, and property the argument of that one
	// which holds the setting.
	split    graph.Type
	property string
}

// given is a bucket's setting as one resource gives it.
type given struct {
	bucket, by *graph.Resource
	// property is the top-level argument that holds it.
	property string
	value    graph.Value
}

// inline says that the bucket's own argument gives the setting.
func (s given) inline() bool { return s.by == s.bucket }

// opinion is what a rule thinks of a setting: why it is wrong, as the end of a
// sentence that begins with the resource, and how to fix it; or, for Unknown,
// what is not known.
type opinion struct {
	answer   answer.Answer
	why, fix string
}

var fine = opinion{answer: answer.Yes}

// judged is the opinion that goes with an answer: what is wrong and how to fix
// it, or what is not known.
func judged(a answer.Answer, wrong, fix, unknown string) opinion {
	if a == answer.Unknown {
		return opinion{why: unknown}
	}
	return opinion{a, wrong, fix}
}

// check judges the setting of every bucket that the program declares. One
// resource that gives it rightly is enough; missing is the opinion on a bucket
// for which none gives it.
func (s bucketSetting) check(p *rule.Pass, judge func(given) opinion, missing func(bucket *graph.Resource) opinion) {
	splits := p.Graph.Referrers(p.Graph.All(s.split), graph.Arg("bucket"), graph.Bucket)
	reported := map[*graph.Resource]bool{}
	for _, bucket := range p.Graph.Managed(graph.Bucket) {
		at, best := given{by: bucket}, opinion{}
		for i, setting := range s.of(bucket, splits.Linked(bucket)) {
			if o := judge(setting); i == 0 || o.answer > best.answer {
				at, best = setting, o
			}
		}
		if at.property == "" {
			best = missing(bucket)
		}
		if !at.by.Managed() {
			at = given{by: bucket} // the program only reads the setting
		}
		switch maybe := splits.Maybe(bucket); {
		case best.answer == answer.Yes || reported[at.by]:
		case best.answer == answer.Unknown:
			p.NotEvaluated(at.by, "%s", best.why)
		case maybe != nil:
			p.NotEvaluated(bucket, "%s may be that of %s: its bucket is not known yet", maybe, bucket)
		default:
			reported[at.by] = true
			p.Report(at.by, at.property, at.by.String()+" "+best.why+".", best.fix)
		}
	}
}

// of are the places where the setting of a bucket is given.
func (s bucketSetting) of(bucket *graph.Resource, splits []*graph.Resource) []given {
	var all []given
	for _, name := range s.inline {
		if v := bucket.Arg(name); !v.Absent() {
			all = append(all, given{bucket, bucket, name, v})
		}
	}
	for _, split := range splits {
		all = append(all, given{bucket, split, s.property, split.Setting(s.property)})
	}
	return all
}

var bucketLogging = bucketSetting{
	inline: []string{"logging", "loggings"}, split: graph.BucketLogging, property: "targetBucket",
}

// logTarget is the bucket that a setting sends access logs to.
func (s given) logTarget() graph.Ref {
	if s.inline() {
		return graph.Ref{Property: s.property, Value: s.value.Get("targetBucket")}
	}
	return graph.Ref{Property: s.property, Value: s.value}
}

// logBuckets tells which buckets receive the access logs of others.
func logBuckets(g *graph.Graph) func(bucket *graph.Resource) answer.Answer {
	targets := g.Referrers(g.All(graph.Bucket, graph.BucketLogging), func(r *graph.Resource) []graph.Ref {
		if r.Type == graph.BucketLogging {
			return graph.Arg("targetBucket")(r)
		}
		var refs []graph.Ref
		for _, setting := range bucketLogging.of(r, nil) {
			refs = append(refs, setting.logTarget())
		}
		return refs
	}, graph.Bucket)
	const forLogs = "log-delivery-write"
	acls := slices.DeleteFunc(slices.Clone(g.All(graph.BucketAcl)), func(acl *graph.Resource) bool {
		return acl.Setting("acl").Equals(forLogs) == answer.No
	})
	let := g.Referrers(acls, graph.Arg("bucket"), graph.Bucket)
	isUnknown := func(acl *graph.Resource) bool { return acl.Setting("acl").Unknown() }
	return func(bucket *graph.Resource) answer.Answer {
		linked := let.Linked(bucket)
		switch {
		case len(targets.Linked(bucket)) > 0, slices.ContainsFunc(linked, func(acl *graph.Resource) bool { return !isUnknown(acl) }),
			bucket.Arg("acl").Is(forLogs):
			return answer.Yes
		case targets.Maybe(bucket) != nil, let.Maybe(bucket) != nil, len(linked) > 0, bucket.Arg("acl").Unknown():
			return answer.Unknown
		}
		return answer.No
	}
}

// firstOf is the member under the first of the names that it has.
func firstOf(v graph.Value, names ...string) graph.Value {
	for _, name := range names {
		if member := v.Get(name); !member.Absent() {
			return member
		}
	}
	return graph.Value{}
}

// isCustomerKey says whether a value names a KMS key of the customer's own,
// rather than the one that AWS manages for a service, which is what an absent
// key means. A value that is computed from a key of this stack is one.
func isCustomerKey(g *graph.Graph, r *graph.Resource, key graph.Ref) answer.Answer {
	text, known := key.Value.Str()
	switch {
	case key.Value.Absent(), known && (text == "" || strings.Contains(text, "alias/aws/")):
		return answer.No
	case known, len(g.Resolve(r, key, graph.Key, graph.KeyAlias).Linked()) > 0:
		return answer.Yes
	}
	return answer.Unknown
}
