package s3

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var notificationPermission = &rule.Rule{
	ID:    "s3-notification-permission",
	Title: "S3 may deliver to every target of a notification before the notification is created.",
	Rationale: "S3 tries the targets when the notification is put, and refuses all of it if it may not deliver to one: the " +
		"deployment fails, or, where only the order is left to chance, fails every other time. A permission that is " +
		"lost later makes events vanish without an error anywhere.",
	Remediation: "For a function declare an aws.lambda.Permission for principal s3.amazonaws.com with the bucket's ARN as " +
		"sourceArn; for a queue or topic a policy that allows sqs:SendMessage or sns:Publish to that service. Let the " +
		"notification depend on it.",
	Limitations: "Targets of other stacks, statements that deny, conditions other than on the source ARN, and whether S3 may " +
		"use the key of an encrypted queue or topic.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.BucketNotification},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketnotification/",
	},
	CheckStack: rule.Each((*aws.Stack).Notifications, func(p *rule.Pass, n *aws.Notification) []rule.Verdict {
		var all []rule.Verdict
		judged := map[string]bool{} // each target once, however many filters lead to it
		for _, e := range n.Entries() {
			// Where only dependencies show the target, those of all entries of the list are candidates.
			targets, found := e.Targets()
			if len(targets) == 0 && !found.Absent { // an absent one is for s3-notification-typed
				all = append(all, rule.NotEvaluated(nil, "the target of "+e.Path+" of "+n.String()+" is not in this stack, or not known yet"))
			}
			for _, target := range targets {
				arn, _ := e.Target().Value.Str() // may name an alias of the same function
				if key := string(target.URN) + arn; !judged[key] {
					judged[key] = true
					all = append(all, judgeTarget(p, e, target, len(targets) == 1)...)
				}
			}
		}
		return all
	}),
}

func judgeTarget(p *rule.Pass, e aws.NotificationEntry, target *graph.Resource, certain bool) []rule.Verdict {
	n, at := e.Notification, e.Path+" of "+e.Notification.String()
	near, d := e.IsNear(target), e.Delivery(target)
	if near == answer.No && certain {
		// A region is not among the arguments that an edit of this stack could set: most are the provider's.
		return []rule.Verdict{rule.Violation(nil, e.Path, at+" is for "+target.String()+
			", which is in another region than the bucket: S3 refuses it.", fix.Advise("use a target in the bucket's region"))}
	}
	var all []rule.Verdict
	if near != answer.Yes {
		all = append(all, rule.NotEvaluated(nil, "whether "+target.String()+" is in the region of the bucket, as "+at+" needs, is not known"))
	}
	before := p.Graph.Before(n.Resource)
	late := slices.DeleteFunc(slices.Clone(d.By), func(r *graph.Resource) bool { return !r.Managed() || before(r) })
	switch {
	case d.Answer == answer.Yes && len(late) < len(d.By):
	case d.Answer == answer.Yes:
		all = append(all, rule.Violation(nil, e.Path, n.String()+" does not wait for "+text.Names(late)+
			": S3 refuses it if it may not deliver to "+target.String()+" yet.", fix.Wait(n.Resource, late...).Safely()))
	case d.Answer == answer.No && certain && target.Managed():
		all = append(all, rule.Violation(nil, e.Path, at+" is for "+target.String()+", to which S3 may not deliver: "+
			obstacle(d, e)+".", rule.AllowDelivery(e, target, d.Policies, late)))
	default:
		all = append(all, rule.NotEvaluated(nil, "whether S3 may deliver to "+target.String()+", as "+at+" needs, is not known: "+obstacle(d, e)))
	}
	return all
}

// obstacle words why S3 may not deliver to a target, or why that is not known.
func obstacle(d aws.Delivery, e aws.NotificationEntry) string {
	switch d.Obstacle {
	case aws.NoPermission:
		return "no aws.lambda.Permission for it names principal " + aws.S3.Principal
	case aws.WrongPermission:
		return "the " + d.Argument + " of " + d.Permission.String() + " does not match"
	case aws.PermissionInDoubt:
		return "the " + d.Argument + " of " + d.Permission.String() + " is not known yet"
	case aws.NoPolicy:
		return "it has no policy"
	case aws.NoStatement:
		return "the policy of " + text.Names(d.By) + " does not allow " + e.Kind.Action + " to " + aws.S3.Principal + " for this bucket"
	case aws.PolicyInDoubt:
		return rule.PolicyDoubt(d.Policies)
	case aws.OtherInDoubt:
		return d.Maybe.String() + " may be for it"
	case aws.NoObstacle:
	}
	return ""
}
