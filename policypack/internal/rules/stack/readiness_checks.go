package stack

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var readinessChecks = &rule.Rule{
	ID:    "stack-readiness-checks",
	Title: "The stack has an output `validations` of named checks that show whether it is ready.",
	Rationale: "A deployment that ends without an error is not yet one that works. Checks that the stack declares " +
		"show a pipeline, and the person on call, whether the parts fit together.",
	Remediation: "Export an output `validations`: an object of named checks, each true when it holds, worked out " +
		"from the resources' outputs.",
	Limitations: "Whether the checks are worth anything: only that there are some, and that none is known to fail. " +
		"A stack with neither a bucket nor a function is not asked for any.",
	Scope:       rule.StackScope,
	Documented:  true,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.StackType},
	Links:       []string{"https://www.pulumi.com/docs/iac/concepts/stacks/#outputs"},
	CheckStack: rule.OfStack(func(p *rule.Pass, stack *graph.Resource) []rule.Verdict {
		switch {
		case len(p.Graph.Managed(graph.Bucket, graph.Function)) == 0:
			return nil
		case stack == nil:
			return []rule.Verdict{rule.NotEvaluated(nil, "the stack's outputs are not part of what is checked")}
		}
		validations := stack.Output("validations")
		if decoded, isJSON := validations.JSON(); isJSON {
			validations = decoded
		}
		if validations.Unknown() {
			return []rule.Verdict{rule.NotEvaluated(stack, "the output validations is not known yet")}
		}
		// Advice, since an output is no argument of a resource.
		export := fix.Advise("export an output validations with named checks, as validations: {uploadsArePrivate: true}")
		if validations.Absent() {
			return []rule.Verdict{rule.Violation(stack, "validations",
				"the stack declares no output validations: nothing shows whether it is ready.", export)}
		}
		all, count := judgeChecks(stack, validations, "validations")
		if count == 0 {
			all = append(all, rule.Violation(stack, "validations", "the stack's output validations holds no named check.", export))
		}
		return all
	}),
}

// judgeChecks judges named checks and counts them. A check may be a group of more checks. The names in a secret are
// secret, too.
func judgeChecks(stack *graph.Resource, checks graph.Value, path string) (all []rule.Verdict, count int) {
	var unknown []string
	for _, name := range checks.Keys() {
		check, shown := checks.Get(name), path+"."+name
		if checks.Secret() {
			shown = path + ".[secret]"
		}
		switch {
		case check.Absent():
			continue
		case check.IsObject():
			more, n := judgeChecks(stack, check, shown)
			all, count = append(all, more...), count+n
			continue
		case check.Unknown():
			unknown = append(unknown, shown)
		case check.IsFalse():
			all = append(all, rule.Violation(stack, shown, "the stack's check "+shown+" fails.",
				fix.Advise("make the resources meet the check, or correct the check")))
		}
		count++
	}
	if len(unknown) > 0 {
		all = append(all, rule.NotEvaluated(stack, "not known yet, of the stack's checks: "+strings.Join(unknown, ", ")))
	}
	return all, count
}
