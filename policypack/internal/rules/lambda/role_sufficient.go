package lambda

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var roleSufficient = &rule.Rule{
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
	CheckStack: rule.Each((*aws.Stack).Functions, func(p *rule.Pass, f *aws.Function) []rule.Verdict {
		role := f.Role()
		if role == nil {
			return []rule.Verdict{rule.NotEvaluated(f.Resource, "the role of "+f.String()+" is not declared in this stack, or not known yet")}
		}
		var all []rule.Verdict
		var doubts []string
		var because string
		needs, unsettled := f.Needs()
		for _, need := range needs {
			violations, unknown, why := judgeNeed(p, f, role, need)
			all, doubts, because = append(all, violations...), append(doubts, unknown...), cmp.Or(because, why)
		}
		if len(unsettled) > 0 {
			var arguments []string
			for _, u := range unsettled {
				arguments = append(arguments, u.Property+" of "+u.Resource.String())
			}
			all = append(all, rule.NotEvaluated(f.Resource, "what "+role.String()+" has to allow depends on what is not known yet: "+
				strings.Join(arguments, ", ")))
		}
		if len(doubts) > 0 {
			slices.Sort(doubts)
			all = append(all, rule.NotEvaluated(f.Resource, "whether "+role.String()+" allows "+
				strings.Join(slices.Compact(doubts), ", ")+" is not known: "+because))
		}
		return all
	}),
}

// judgeNeed judges whether a role allows what its function needs: it returns the violations, the actions of which that
// is not known, and why for the first.
func judgeNeed(
	p *rule.Pass, f *aws.Function, role *graph.Resource, need aws.Need,
) (violations []rule.Verdict, unknown []string, why string) {
	on := ""
	if need.Target != nil {
		on = " on " + need.Target.String()
	}
	cannot := f.String() + " cannot " + purpose(need) + ": "
	var missing []string
	for _, action := range need.Actions {
		may, reason := p.Stack.Roles().Allows(role, need.Request(action))
		if may == answer.No && need.MayHaveGrant() {
			may, reason = answer.Unknown, reason+", but Lambda may have a grant on the key for it"
		}
		switch may {
		case answer.No:
			obstacles, allowed := p.Stack.Roles().Obstacles(role, need.Request(action))
			if len(obstacles) == 0 {
				missing = append(missing, action)
				continue
			}
			var add fix.Fix
			if !allowed {
				add = allow(f, role, need, []string{action})
			}
			violations = append(violations, rule.Violation(f.Resource, "role", cannot+reason+".",
				rule.AllowDespite(p.Stack, role, need.Target, resources(need), obstacles, add, action)))
		case answer.Unknown:
			unknown, why = append(unknown, action+on), cmp.Or(why, reason)
		case answer.Yes:
		}
	}
	if len(missing) > 0 {
		violations = append(violations, rule.Violation(f.Resource, "role", cannot+role.String()+" does not allow "+
			strings.Join(missing, ", ")+on+".", allow(f, role, need, missing)))
	}
	return violations, unknown, why
}

// allow returns the fix that allows a role the actions that it lacks.
func allow(f *aws.Function, role *graph.Resource, need aws.Need, missing []string) fix.Fix {
	name := f.Name + "-" + strings.ReplaceAll(missing[0], ":", "-")
	if need.Target == nil { // the log, which no resource may declare
		return rule.AttachManaged(role, name, "service-role/AWSLambdaBasicExecutionRole").Safely()
	}
	return rule.AllowRole(role, name, resources(need), missing...).Safely()
}

// resources returns the ARN that a policy has to name for a need.
func resources(need aws.Need) any {
	switch {
	case need.Target == nil:
		return fix.Choice("the ARN of the log group, and :*")
	case need.Objects != "":
		return fix.Joined{fix.Output{Resource: need.Target, Property: "arn"}, "/" + need.Objects}
	default:
		return fix.Output{Resource: need.Target, Property: "arn"}
	}
}

// purpose returns what the function needs it for, as the end of "cannot …".
func purpose(need aws.Need) string {
	switch need.Purpose {
	case aws.ReadObjects:
		return "read what " + need.By.String() + " notifies it of"
	case aws.ReadMessages:
		return "read from " + need.By.String()
	case aws.WriteObjects:
		return "write to " + need.By.String()
	case aws.SendFailures:
		return "send failed events to " + need.By.String()
	case aws.ReadEnvironment:
		return "read its environment"
	default: // aws.WriteLogs
		return "write its logs"
	}
}
