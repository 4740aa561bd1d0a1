package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var stackReadinessChecks = &rule.Rule{
	ID:    "stack-readiness-checks",
	Title: "The stack says what makes it ready: an output `validations` of named checks.",
	Rationale: "A deployment that ends without an error is not yet one that works. Checks that the stack declares " +
		"tell a pipeline, and the person on call, whether the parts fit together.",
	Remediation: "Export an output `validations`: an object of named checks, each true when it holds, worked out " +
		"from the resources' outputs.",
	Limitations: "Whether the checks are worth anything: only that there are some, and that none is known to fail. " +
		"A stack with neither a bucket nor a function is not asked for any.",
	Scope:       rule.StackScope,
	Documented:  true,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.StackType},
	Links:       []string{"https://www.pulumi.com/docs/iac/concepts/stacks/#outputs"},
	CheckStack: func(p *rule.Pass) {
		stacks := p.Graph.All(graph.StackType)
		if len(p.Graph.Managed(graph.Bucket, graph.Function)) == 0 {
			return
		}
		if len(stacks) == 0 {
			p.NotEvaluated(nil, "the stack's outputs are not part of what is checked")
			return
		}
		stack := stacks[0]
		validations := stack.Output("validations")
		if decoded, ok := validations.JSON(); ok {
			validations = decoded
		}
		const fix = "export an output validations with named checks, as validations: {uploadsArePrivate: true}"
		switch {
		case validations.Unknown():
			p.NotEvaluated(stack, "the output validations is not known yet")
		case validations.Absent():
			p.Report(stack, "validations", "the stack declares no output validations: nothing tells whether it is ready.", fix)
		case checkValidations(p, stack, validations, "validations") == 0:
			p.Report(stack, "validations", "the stack's output validations holds no named check.", fix)
		}
	},
}

// checkValidations judges named checks and counts them. A check may be a group
// of more checks.
func checkValidations(p *rule.Pass, stack *graph.Resource, checks graph.Value, path string) int {
	total := 0
	var unknown []string
	for _, name := range checks.Keys() {
		check := checks.Get(name)
		shown := path + "." + name
		if checks.Secret() {
			shown = path + ".[secret]"
		}
		switch {
		case check.Absent():
			continue
		case check.IsObject():
			total += checkValidations(p, stack, check, shown)
			continue
		case check.Unknown():
			unknown = append(unknown, shown)
		case check.IsFalse():
			p.Report(stack, shown, "the stack's check "+shown+" fails.", "make the resources meet the check, or correct the check")
		}
		total++
	}
	if len(unknown) > 0 {
		p.NotEvaluated(stack, "not known yet, of the stack's checks: %s", strings.Join(unknown, ", "))
	}
	return total
}
