package rules

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var s3NotificationPermission = &rule.Rule{
	ID:    "s3-notification-permission",
	Title: "S3 may deliver to each target of a notification, and is told so first.",
	Rationale: "S3 tries the targets when the notification is put, and refuses all of it if one does not let S3 in: the " +
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
	CheckStack: func(p *rule.Pass) {
		all := newDeliveries(p.Graph)
		for _, notification := range p.Graph.Managed(graph.BucketNotification) {
			n := notified{p, all, notification, prerequisites(p.Graph, notification), map[string]bool{}}
			for _, e := range entries(notification) {
				n.check(e)
			}
		}
	},
}

// notified is a notification whose targets are judged.
type notified struct {
	pass       *rule.Pass
	deliveries *deliveries
	resource   *graph.Resource
	// before says which resources are settled before the notification.
	before func(*graph.Resource) bool
	// judged are the targets that were judged: each is so once, however many
	// filters lead to it.
	judged map[string]bool
}

// check judges one entry. Where the target is told by dependencies alone, the
// targets of all entries of the list are candidates.
func (n notified) check(e entry) {
	ref := graph.Ref{Property: e.kind.list, Value: e.get(e.kind.target)}
	found := n.pass.Graph.Resolve(n.resource, ref, e.kind.wants...)
	targets := found.Linked()
	if isAlias := func(r *graph.Resource) bool { return r.Type == graph.FunctionAlias }; slices.ContainsFunc(found.Certain, isAlias) {
		// An alias's ARN holds the name of its function, too.
		targets = slices.DeleteFunc(targets, func(r *graph.Resource) bool { return !isAlias(r) })
	}
	if len(targets) == 0 && !found.Absent { // an absent one is s3-notification-typed's business
		n.pass.NotEvaluated(n.resource, "the target of %s of %s is not in this stack, or not known yet", e.path, n.resource)
	}
	for _, target := range targets {
		text, _ := ref.Value.Str() // may name an alias of the same function
		if key := string(target.URN) + text; !n.judged[key] {
			n.judged[key] = true
			n.checkTarget(e, ref, target, len(targets) == 1)
		}
	}
}

// region returns that of the bucket. Of a bucket from elsewhere it is the
// notification's own: the provider finds a bucket in its own region only.
func (n notified) region() graph.Region {
	found := n.pass.Graph.Resolve(n.resource, n.resource.Ref("bucket"), graph.Bucket)
	switch buckets := found.Linked(); {
	case len(buckets) == 1:
		return buckets[0].Region()
	case found.Elsewhere:
		return n.resource.Region()
	default:
		return graph.Region{Open: true}
	}
}

func (n notified) checkTarget(e entry, ref graph.Ref, target *graph.Resource, certain bool) {
	switch near := n.region().Is(target.Region()); {
	case near == answer.No && certain:
		n.pass.Report(n.resource, e.path, e.path+" of "+n.resource.String()+" is for "+target.String()+
			", which is in another region than the bucket: S3 refuses it.", "use a target in the bucket's region")
		return
	case near != answer.Yes:
		n.pass.NotEvaluated(n.resource, "whether %s is in the region of the bucket, as %s of %s needs, is not known",
			target, e.path, n.resource)
	}
	d := n.deliveries.to(target, n.resource, ref)
	late := slices.DeleteFunc(slices.Clone(d.by), func(r *graph.Resource) bool { return !r.Managed() || n.before(r) })
	switch {
	case d.answer == answer.Yes && len(late) < len(d.by):
	case d.answer == answer.Yes:
		n.pass.Report(n.resource, e.path, n.resource.String()+" does not wait for "+names(late)+": S3 refuses it if "+
			target.String()+" does not let S3 in yet.", "add "+names(late)+" to its dependsOn")
	case d.answer == answer.No && certain && target.Managed():
		n.pass.Report(n.resource, e.path, e.path+" of "+n.resource.String()+" is for "+target.String()+
			", which does not let S3 in: "+d.why+".", d.fix)
	default:
		n.pass.NotEvaluated(n.resource, "whether %s lets S3 in, as %s of %s may need, is not known: %s",
			target, e.path, n.resource, d.why)
	}
}
