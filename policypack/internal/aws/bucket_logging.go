package aws

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// LogTarget returns the value that names the bucket to which the setting sends access logs.
func (s Setting) LogTarget() graph.Ref {
	if s.Inline() {
		return graph.Ref{Property: s.Property, Value: s.Value.Get("targetBucket")}
	}
	return graph.Ref{Property: s.Property, Value: s.Value}
}

// SendsLogs reports whether the setting sends access logs to a bucket, in this stack or elsewhere.
func (s Setting) SendsLogs() answer.Answer {
	target := s.LogTarget()
	if target.Value.Unknown() && len(s.Bucket.stack.Resolve(s.Resource, target, graph.Bucket).Linked()) > 0 {
		return answer.Yes
	}
	return target.Value.IsGiven()
}

// AllowsLogs reports whether the policy of the bucket allows S3 to write access logs to it.
func (b *Bucket) AllowsLogs() answer.Answer {
	return b.Policies().Agree(func(p *Policy) answer.Answer { return p.Document().AllowsService(S3Logs.Principal, "s3:PutObject") })
}

// logTargets returns the values that name the buckets to which a bucket, or a BucketLogging, sends access logs.
func logTargets(r *graph.Resource) []graph.Ref {
	if r.Type == graph.BucketLogging {
		return []graph.Ref{r.Ref(Logging.property)}
	}
	var refs []graph.Ref
	for _, name := range Logging.inline {
		refs = append(refs, r.Ref(name, "targetBucket"))
	}
	return refs
}

// deliveryACL is the canned ACL that allows S3 to deliver access logs to a bucket.
const deliveryACL = "log-delivery-write"

// logDelivery indexes the buckets that receive access logs: targets holds the resources that send logs to them, acls
// those that allow it.
type logDelivery struct{ targets, acls *graph.Referrers }

func (s *Stack) indexLogDelivery() logDelivery {
	acls := slices.DeleteFunc(slices.Clone(s.All(graph.BucketAcl)), func(acl *graph.Resource) bool {
		return acl.Setting("acl").Equals(deliveryACL) == answer.No
	})
	bucket := func(acl *graph.Resource) []graph.Ref {
		return acl.Refs(graph.AttachedBy(graph.BucketAcl, graph.Bucket))
	}
	return logDelivery{
		targets: s.Referrers(s.All(graph.Bucket, graph.BucketLogging), logTargets, graph.Bucket),
		acls:    s.Referrers(acls, bucket, graph.Bucket),
	}
}

// LogBucket returns a bucket that receives the access logs of others, other than the given one, or nil.
func (s *Stack) LogBucket(other *Bucket) *Bucket {
	for _, b := range s.logBuckets() {
		if b != other {
			return b
		}
	}
	return nil
}

// indexLogBuckets returns the first two buckets that receive access logs: the second is for when the first is excluded.
func (s *Stack) indexLogBuckets() []*Bucket {
	var found []*Bucket
	for _, b := range s.Buckets() {
		if len(found) < 2 && b.ReceivesLogs() == answer.Yes {
			found = append(found, b)
		}
	}
	return found
}

// ReceivesLogs reports whether other buckets send their access logs to the bucket. A bucket whose ACL allows S3 to
// deliver logs is meant for that.
func (b *Bucket) ReceivesLogs() answer.Answer {
	logs := b.stack.logs()
	if len(logs.targets.Linked(b.Resource)) > 0 {
		return answer.Yes
	}
	receives := b.Arg("acl").Equals(deliveryACL)
	for _, acl := range logs.acls.Linked(b.Resource) {
		receives = max(receives, acl.Setting("acl").Equals(deliveryACL))
	}
	if logs.targets.Maybe(b.Resource) != nil || logs.acls.Maybe(b.Resource) != nil {
		receives = max(receives, answer.Unknown)
	}
	return receives
}
