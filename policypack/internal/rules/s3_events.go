package rules

import (
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// s3Events are the event types of S3 notifications, as the S3 API's model of
// 2026 lists them; a test compares them with the AWS SDK's.
var s3Events = []string{
	"s3:IntelligentTiering",
	"s3:LifecycleExpiration:*",
	"s3:LifecycleExpiration:Delete",
	"s3:LifecycleExpiration:DeleteMarkerCreated",
	"s3:LifecycleTransition",
	"s3:ObjectAcl:Put",
	"s3:ObjectAnnotation:*",
	"s3:ObjectAnnotation:Delete",
	"s3:ObjectAnnotation:Put",
	"s3:ObjectCreated:*",
	"s3:ObjectCreated:CompleteMultipartUpload",
	"s3:ObjectCreated:Copy",
	"s3:ObjectCreated:Post",
	"s3:ObjectCreated:Put",
	"s3:ObjectRemoved:*",
	"s3:ObjectRemoved:Delete",
	"s3:ObjectRemoved:DeleteMarkerCreated",
	"s3:ObjectRestore:*",
	"s3:ObjectRestore:Completed",
	"s3:ObjectRestore:Delete",
	"s3:ObjectRestore:Post",
	"s3:ObjectRetention:Put",
	"s3:ObjectTagging:*",
	"s3:ObjectTagging:Delete",
	"s3:ObjectTagging:Put",
	"s3:ReducedRedundancyLostObject",
	"s3:Replication:*",
	"s3:Replication:OperationFailedReplication",
	"s3:Replication:OperationMissedThreshold",
	"s3:Replication:OperationNotTracked",
	"s3:Replication:OperationReplicatedAfterThreshold",
}

// checkOverlaps compares each pair of entries: S3 refuses a configuration in
// which two of them match one object for one event type.
func checkOverlaps(p *rule.Pass, notification *graph.Resource) {
	all := entries(notification)
	for i, later := range all {
		for _, earlier := range all[:i] {
			switch min(sharedEvent(earlier, later),
				overlap(earlier.get("filterPrefix"), later.get("filterPrefix"), strings.HasPrefix),
				overlap(earlier.get("filterSuffix"), later.get("filterSuffix"), strings.HasSuffix)) {
			case answer.Yes:
				p.Report(notification, later.path, later.path+" and "+earlier.path+" of "+notification.String()+
					" match the same objects for the same event: S3 refuses that.",
					"make their filterPrefix or filterSuffix exclude each other, or merge the two")
			case answer.Unknown:
				p.NotEvaluated(notification, "whether %s and %s of %s overlap is not known yet",
					later.path, earlier.path, notification)
			case answer.No:
			}
		}
	}
}

func sharedEvent(a, b entry) answer.Answer {
	if a.value.Unknown() || b.value.Unknown() || a.get("events").Unknown() || b.get("events").Unknown() {
		return answer.Unknown
	}
	result := answer.No
	for _, x := range a.get("events").Items() {
		for _, y := range b.get("events").Items() {
			xs, xKnown := x.Str()
			ys, yKnown := y.Str()
			switch {
			case x.Unknown() || y.Unknown():
				result = answer.Unknown
			case xKnown && yKnown && (covers(xs, ys) || covers(ys, xs)):
				return answer.Yes
			}
		}
	}
	return result
}

// covers says that event type a is b, or the wildcard over it.
func covers(a, b string) bool {
	family, wild := strings.CutSuffix(a, "*")
	return a == b || wild && strings.HasPrefix(b, family)
}

// overlap says whether two filters match a common key: when one extends the
// other. An absent filter matches everything.
func overlap(a, b graph.Value, extends func(s, part string) bool) answer.Answer {
	as, _ := a.Str()
	bs, _ := b.Str()
	switch {
	case a.Unknown() && !b.Absent() || b.Unknown() && !a.Absent():
		return answer.Unknown
	case extends(as, bs) || extends(bs, as):
		return answer.Yes
	}
	return answer.No
}
