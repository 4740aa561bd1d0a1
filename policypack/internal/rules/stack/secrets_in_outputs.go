package stack

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/credential"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var secretsInOutputs = &rule.Rule{
	ID:    "secrets-in-outputs",
	Title: "No output of the stack shows a credential.",
	Rationale: "Outputs are printed at the end of each deployment, into CI logs too, shown in the console, kept in the state " +
		"in plain text, and read by every stack that refers to this one. A credential among them has to be taken for " +
		"published.",
	Remediation: "Do not export it. Where another stack needs it, export the ARN of the secret that holds it, or wrap the " +
		"output in pulumi.ToSecret.",
	Limitations: "Credentials of a form that the rule does not know under a name that says nothing. Values that look like a " +
		"reference, the name of a secret, a flag or a number are taken for that.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityCritical,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.StackType},
	Links: []string{
		"https://www.pulumi.com/docs/iac/concepts/secrets/",
		"https://www.pulumi.com/docs/iac/concepts/stacks/#outputs",
	},
	CheckStack: rule.OfStack(func(_ *rule.Pass, stack *graph.Resource) []rule.Verdict {
		if stack == nil {
			return nil
		}
		var all []rule.Verdict
		var unknown []string
		for _, name := range slices.Sorted(maps.Keys(stack.Outputs)) {
			stack.Output(string(name)).EachLeaf(string(name), func(path string, v graph.Value) {
				switch holds, kind := credential.In(stack, path, v); holds {
				case answer.Yes:
					// Advice, since an output is no argument of a resource.
					all = append(all, rule.Violation(stack, path, "the output "+path+" holds "+kind+" and is no secret.",
						fix.Advise("do not export it, or wrap it in pulumi.ToSecret")))
				case answer.Unknown:
					unknown = append(unknown, path)
				case answer.No:
				}
			})
		}
		if len(unknown) > 0 {
			all = append(all, rule.NotEvaluated(stack, "the value of "+strings.Join(unknown, ", ")+" is not known yet"))
		}
		return all
	}),
}
