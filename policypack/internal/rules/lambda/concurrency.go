package lambda

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var concurrency = &rule.Rule{
	ID:    "lambda-concurrency",
	Title: "Every function reserves a share of the account's concurrency.",
	Rationale: "All functions of an account and region share one limit, 1,000 at first. A burst of uploads takes all of it, " +
		"and the functions behind the website are throttled; or another function's burst leaves nothing for the uploads.",
	Remediation: "Set reservedConcurrentExecutions to how many invocations may run at once, or to 0 to switch the function off.",
	Limitations: "Whether the number suits the load, and provisioned concurrency, which reserves nothing from others.",
	Scope:       rule.ResourceScope,
	Severity:    apitype.PolicySeverityLow,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Function},
	Equivalents: []string{"Checkov CKV_AWS_115"},
	Links:       []string{"https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"},
	CheckResource: rule.Alone(aws.FunctionOf, func(_ *rule.Pass, f *aws.Function) rule.Verdict {
		return rule.Verdict{
			Answer: f.ReservesConcurrency(), Property: "reservedConcurrentExecutions",
			Message: f.String() + " reserves no concurrency: it competes with all functions of the account.",
			Reason:  "reservedConcurrentExecutions of " + f.String() + " is not known yet",
			Fix: fix.Set(f.Resource, "reservedConcurrentExecutions", 10).
				Deciding("choose how many invocations may run at once"),
		}
	}),
}
