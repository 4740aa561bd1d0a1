package rules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaRoleSufficient = &rule.Rule{
	ID:    "lambda-role-sufficient",
	Title: "The role of a function allows what the stack wires the function to do.",
	Rationale: "A permission that is missing shows only when the first event comes: AccessDenied on every image, and " +
		"where it is the log or the dead-letter queue that the function may not write to, not even that is seen.",
	Remediation: "Allow in a policy of the role what the finding names: to read the source, to write to the " +
		"destination and the dead-letter target, to use their keys, to write the log.",
	Limitations: "What the code does beyond the stack's wiring. A destination is a bucket of this stack that an environment " +
		"variable names with a word such as DESTINATION or OUTPUT. Sources are buckets that notify and SQS queues. Roles " +
		"and keys of other stacks, and denials under conditions in the policy of what the function uses, are not judged.",
	Scope: rule.StackScope, Severity: apitype.PolicySeverityMedium, Enforcement: apitype.Advisory,
	Types: []graph.Type{graph.Function},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms",
	},
	CheckStack: func(p *rule.Pass) {
		permits, roles := newPermits(p), iam.RolesOf(p.Graph)
		for _, function := range p.Graph.Managed(graph.Function) {
			role := permits.one(function, function.Ref("role"), graph.Role)
			if role == nil {
				p.NotEvaluated(function, "the role of %s is not declared in this stack, or not known yet", function)
				continue
			}
			var doubts []string
			var because string
			for _, permit := range permits.of(function) {
				unknown, why := checkPermit(p, roles, function, role, permit)
				doubts = append(doubts, unknown...)
				because = cmp.Or(because, why)
			}
			if unsettled := permits.unsettled[function]; len(unsettled) > 0 {
				p.NotEvaluated(function, "what %s has to allow depends on what is not known yet: %s", role, strings.Join(unsettled, ", "))
			}
			if len(doubts) > 0 {
				slices.Sort(doubts)
				p.NotEvaluated(function, "whether %s allows %s is not known: %s", role,
					strings.Join(slices.Compact(doubts), ", "), because)
			}
		}
	},
}

// checkPermit reports the actions that a role lacks. It gives back those of
// which that is not known, and why for the first.
func checkPermit(p *rule.Pass, roles *iam.Roles, function, role *graph.Resource, needed permit) (unknown []string, why string) {
	on := ""
	if needed.target != nil {
		on = " on " + needed.target.String()
	}
	var missing []string
	for _, action := range needed.actions {
		request := iam.Request{Action: action, Target: needed.target, ARN: needed.arn, For: needed.of}
		may, reason := roles.Allows(role, request)
		if may == answer.No && needed.otherwise != "" {
			may, reason = answer.Unknown, reason+", but "+needed.otherwise
		}
		switch may {
		case answer.No:
			if obstacle, fix := roles.Obstacle(role, request); fix != "" {
				p.Report(function, "role", function.String()+" cannot "+needed.purpose+": "+obstacle+".", fix)
				continue
			}
			missing = append(missing, action)
		case answer.Unknown:
			unknown, why = append(unknown, action+on), cmp.Or(why, reason)
		case answer.Yes:
		}
	}
	if len(missing) > 0 {
		p.Report(function, "role", function.String()+" cannot "+needed.purpose+": "+role.String()+" does not allow "+
			strings.Join(missing, ", ")+on+".", "allow "+strings.Join(missing, ", ")+on+" in a policy of "+role.String())
	}
	return unknown, why
}
