package rules

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaSupportedRuntime = &rule.Rule{
	ID:    "lambda-supported-runtime",
	Title: "No function uses a runtime that AWS has deprecated.",
	Rationale: "A deprecated runtime gets no security patches. A while later Lambda refuses new functions with it, and then " +
		"changes to those there are: the urgent fix of that day cannot be deployed before the code has moved to another " +
		"version of its language.",
	Remediation: "Set runtime to one that is supported, and test the function with it.",
	Limitations: "Runtimes inside of container images, and what AWS has changed since the day of the rule's table, " +
		runtimesAsOf + ".",
	Scope:       rule.ResourceScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Function},
	Frameworks:  []string{"AWS FSBP Lambda.2", "NIST 800-53 r5 CM-2", "NIST 800-53 r5 SI-2"},
	Equivalents: []string{"Checkov CKV_AWS_363"},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-2",
	},
	Params: []rule.Param{{
		Name: "asOf", Type: rule.String, Default: runtimesAsOf,
		Description: "The day to judge runtimes by, as 2027-01-31: a later one finds those that the table says will be " +
			"deprecated by then. The clock is never asked.",
	}},
	CheckResource: func(p *rule.Pass, function *graph.Resource) {
		name, asOf := function.Arg("runtime"), p.Text("asOf")
		id, _ := name.Str()
		given, ends := runtimes[id]
		switch _, err := time.Parse(time.DateOnly, asOf); {
		case name.Absent(): // an image has its runtime inside
		case err != nil:
			p.NotEvaluated(function, "parameter asOf is not a date such as %s", runtimesAsOf)
		case name.Unknown():
			p.NotEvaluated(function, "the runtime of %s is not known yet", function)
		case ends && given.deprecated <= asOf:
			state, fix := ": AWS no longer patches it", "set runtime to a supported one"
			if given.successor != "" {
				fix = "set runtime: " + given.successor + ", or a later one"
			}
			if given.createBlocked != "" && given.createBlocked <= asOf {
				state += ", and Lambda refuses new functions with it"
			}
			p.Report(function, "runtime", function.String()+" uses the runtime "+name.Show()+", deprecated on "+given.deprecated+
				state+".", fix)
		}
	},
}
