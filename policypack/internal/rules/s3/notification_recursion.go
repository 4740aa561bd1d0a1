package s3

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var notificationRecursion = &rule.Rule{
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
	CheckStack: rule.Each((*aws.Stack).Notifications, func(_ *rule.Pass, n *aws.Notification) []rule.Verdict {
		var all []rule.Verdict
		judged := map[*graph.Resource]bool{}
		for _, e := range n.Entries("lambdaFunctions") {
			if e.CreatesObjects() == answer.No {
				continue
			}
			functions, known := e.Functions()
			if !known {
				all = append(all, rule.NotEvaluated(nil, "the function that "+e.Path+" of "+n.String()+" invokes is not known yet"))
			}
			for _, function := range functions {
				if judged[function] {
					continue
				}
				v := judgeRecursion(e, function)
				judged[function] = v.Answer != answer.Yes
				all = append(all, v)
			}
		}
		return all
	}),
}

func judgeRecursion(e aws.NotificationEntry, function *graph.Resource) rule.Verdict {
	n, bucket := e.Notification, e.Notification.Bucket()
	if bucket == nil {
		return rule.NotEvaluated(nil, "the bucket of "+n.String()+" is not in this stack, or not known yet")
	}
	found := e.Recursion(function, bucket)
	shown := "its environment variable " + found.Variable + " names " + bucket.String()
	if found.Variable == "" {
		shown = "its role is made to write to " + bucket.String()
	}
	apart := fix.Set(n.Resource, e.Path+".filterPrefix", fix.Choice("the prefix of the objects to process, under which the function does not write"))
	if found.Folder != "" && e.Get("filterPrefix").IsGiven() == answer.Yes && !function.Arg("environment").Get("variables").Secret() {
		apart = fix.Set(function, "environment.variables."+found.Folder, fix.Choice("a prefix that filterPrefix excludes"))
	}
	return rule.Verdict{
		Answer: -found.Answer, Property: e.Path,
		Message: e.Path + " of " + n.String() + " invokes " + function.String() + " for what that writes itself: " + shown +
			", under the same filter.",
		Reason: "whether " + function.String() + " writes to " + bucket.String() + ", for whose objects it is invoked, is not known",
		Fix:    apart.Deciding("or have the function write to another bucket"),
	}
}
