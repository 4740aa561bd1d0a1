package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var s3NotificationRecursion = &rule.Rule{
	ID:    "s3-notification-recursion",
	Title: "No function writes to where its own writes trigger it again.",
	Rationale: "A thumbnail that lands where uploads are watched is taken for an upload: the function makes a thumbnail of " +
		"the thumbnail, and so on. Lambda stops some such loops after sixteen rounds, others run until somebody sees " +
		"the bill.",
	Remediation: "Write to another bucket, or under a prefix that the notification's filterPrefix excludes, and allow the " +
		"function's role to write there only.",
	Limitations: "Where the code writes: the rule goes by environment variables that are named for a destination " +
		"(DESTINATION_BUCKET, OUTPUT_PREFIX and the like) and by what the function's role allows. Loops through queues, " +
		"topics or several functions.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.BucketNotification},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html",
	},
	CheckStack: func(p *rule.Pass) {
		roles, policies := iam.RolesOf(p.Graph), p.Graph.Referrers(p.Graph.All(graph.RolePolicy), graph.Arg("role"), graph.Role)
		for _, notification := range p.Graph.Managed(graph.BucketNotification) {
			judged := map[*graph.Resource]bool{}
			for _, e := range entries(notification) {
				if e.kind.list != "lambdaFunctions" || createsObjects(e) == answer.No {
					continue
				}
				functions, known := invokedBy(p.Graph, notification, e)
				if !known {
					p.NotEvaluated(notification, "the function that %s of %s invokes is not known yet", e.path, notification)
				}
				for _, function := range functions {
					if !judged[function] {
						judged[function] = loop{p.Graph, roles, policies, notification, e, function}.check(p)
					}
				}
			}
		}
	},
}

// createsObjects says whether writing an object can be one of the events of an
// entry.
func createsObjects(e entry) answer.Answer {
	const created = "s3:ObjectCreated:*"
	if e.get("events").Unknown() {
		return answer.Unknown
	}
	creates := answer.No
	for _, event := range e.get("events").Items() {
		switch name, known := event.Str(); {
		case event.Unknown():
			creates = max(creates, answer.Unknown)
		case known && (covers(created, name) || covers(name, created)):
			return answer.Yes
		}
	}
	return creates
}

// invokedBy returns the functions that an entry may invoke, by themselves or by an
// alias, and whether it is known that it invokes no others.
func invokedBy(g *graph.Graph, notification *graph.Resource, e entry) (functions []*graph.Resource, known bool) {
	ref := graph.Ref{Property: e.kind.list, Value: e.get(e.kind.target)}
	target := g.Resolve(notification, ref, e.kind.wants...)
	known = !target.Open
	for _, r := range target.Linked() {
		if r.Type != graph.FunctionAlias {
			functions = append(functions, r)
			continue
		}
		of := g.Resolve(r, r.Ref("functionName"), graph.Function)
		functions, known = append(functions, of.Linked()...), known && !of.Open
	}
	return functions, known
}
