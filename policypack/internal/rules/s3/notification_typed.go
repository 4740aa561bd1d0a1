package s3

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var notificationTyped = &rule.Rule{
	ID:    "s3-notification-typed",
	Title: "A bucket has one BucketNotification, and each entry of it is complete and well-formed.",
	Rationale: "A misspelt key is dropped without a word, an entry without events or target never fires, an empty " +
		"filter matches every object, overlapping filters are refused, and of two notification resources the last " +
		"one written erases the other.",
	Remediation: "Declare one BucketNotification per bucket with typed entries: a target, events such as " +
		"s3:ObjectCreated:*, and filterPrefix and filterSuffix that are left out or not empty.",
	Limitations: "Keys that a language SDK corrects or drops before they reach the engine: only the program's source shows " +
		"those. Two notifications of one bucket while the bucket's name is not known.",
	Scope:        rule.StackScope,
	Documented:   true,
	Severity:     apitype.PolicySeverityHigh,
	Enforcement:  apitype.Mandatory,
	Types:        []graph.Type{graph.BucketNotification},
	SeenInSource: "source-notification-typed",
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html",
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketnotification/",
	},
	CheckResource: rule.EachResource(func(_ *rule.Pass, r *graph.Resource) []rule.Verdict {
		var all []rule.Verdict
		for _, fault := range aws.NotificationOf(r).Faults() {
			all = append(all, judgeFault(r, fault))
		}
		return all
	}),
	CheckStack: rule.Each((*aws.Stack).Notifications, judgeTogether),
}

// judgeFault words what is wrong with an argument.
func judgeFault(r *graph.Resource, f aws.NotificationFault) rule.Verdict {
	at, target := f.Entry.Path+" of "+r.String(), targetNames[f.Entry.Kind.Service]
	setTarget := fix.Set(r, f.Entry.Path+"."+f.Entry.Kind.Argument, fix.Choice("the arn output of "+target))
	setEvents := fix.Set(r, f.Path, []any{"s3:ObjectCreated:*"}).Deciding("choose which of S3's event types it is to wait for")
	switch f.Kind {
	case aws.UnknownKey:
		rename := fix.Rename(r, f.Path, f.Meant)
		switch known := "the keys are " + strings.Join(f.Known, ", "); {
		case f.Key == "": // it is secret, so that no edit may name it
			rename = fix.Advise("remove it; " + known)
		case f.Meant == "":
			rename = fix.Remove(r, f.Path).Deciding(known)
		}
		return rule.Violation(r, f.Path, r.String()+" has an unknown key "+f.Path+", which is dropped or refused.", rename)
	case aws.EventsNoList:
		return rule.Violation(r, f.Path, "events in "+at+" is "+f.Value.Show()+", which is not a list.", setEvents)
	case aws.NoEvents:
		return rule.Violation(r, f.Path, at+" names no events: it never fires.", setEvents)
	case aws.UnknownEvent:
		if f.Meant != "" {
			setEvents = fix.Set(r, f.Path+"["+strconv.Itoa(f.Index)+"]", f.Meant)
		}
		return rule.Violation(r, f.Path, at+" waits for "+f.Value.Show()+", which is no S3 event.", setEvents)
	case aws.EmptyFilter:
		return rule.Violation(r, f.Path, at+" has an empty "+f.Key+", which reads like a filter and is none.",
			fix.Remove(r, f.Given).Deciding("or set it to what the objects' keys share"))
	case aws.NoTarget:
		return rule.Violation(r, f.Path, at+" has no "+f.Entry.Kind.Argument+": it goes nowhere.", setTarget)
	case aws.WrongTarget:
		return rule.Violation(r, f.Path, at+" sends to "+f.Value.Show()+", which is not the ARN of "+target+".", setTarget)
	case aws.FIFOTarget:
		return rule.Violation(r, f.Path, at+" sends to "+f.Value.Show()+": S3 does not send to FIFO queues and topics.",
			fix.Set(r, f.Path, fix.Choice("the arn output of "+target+" that is not FIFO")))
	case aws.NotificationUnsettled:
	}
	return rule.NotEvaluated(r, f.Path+" of "+r.String()+" is not known yet")
}

// targetNames are the kinds of targets by their services.
var targetNames = map[string]string{"lambda": "a function", "sqs": "an SQS queue", "sns": "an SNS topic"}

// judgeTogether judges what takes the stack, or more than one entry.
func judgeTogether(_ *rule.Pass, n *aws.Notification) []rule.Verdict {
	var all []rule.Verdict
	entries := n.Entries()
	for i, later := range entries {
		if later.IsTargetOpen() {
			all = append(all, rule.NotEvaluated(nil, "the target of "+later.Path+" of "+n.String()+" is not known yet"))
		}
		for _, earlier := range entries[:i] {
			overlaps := later.Overlaps(earlier)
			if overlaps == answer.No {
				continue
			}
			both := later.Path + " and " + earlier.Path + " of " + n.String()
			apart := fix.Set(n.Resource, later.Path+".filterPrefix", fix.Choice("a prefix that the other does not have"))
			if earlier.Get("filterPrefix").Absent() {
				apart = apart.And(fix.Set(n.Resource, earlier.Path+".filterPrefix", fix.Choice("the prefix of the other")))
			}
			all = append(all, rule.Verdict{
				Answer: -overlaps, Property: later.Path,
				Message: both + " match the same objects for the same event: S3 refuses that.",
				Reason:  "whether " + both + " overlap is not known yet",
				Fix:     apart.Deciding("make their filterPrefix or filterSuffix exclude each other, or merge the two"),
			})
		}
	}
	if rival := n.Rival(); rival != nil {
		// No edit: the entries of both are to be merged, and one resource goes.
		all = append(all, rule.Violation(nil, "bucket", n.String()+" and "+rival.String()+" are for the same bucket: the one "+
			"written last erases the other.", fix.Advise("put the entries of both into one BucketNotification")))
	}
	if n.MayHaveRival() {
		all = append(all, rule.NotEvaluated(nil, "whether the bucket of "+n.String()+" has another notification is not known yet"))
	}
	for _, b := range n.Buckets() {
		if several := b.PossibleNotifications(); len(several) > 0 {
			all = append(all, rule.NotEvaluated(b.Resource, b.String()+" may have more than one notification ("+
				text.Names(several)+"): their bucket is not known yet"))
		}
	}
	return all
}
