package lambda

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var supportedRuntime = &rule.Rule{
	ID:    "lambda-supported-runtime",
	Title: "Every function uses a runtime that AWS supports.",
	Rationale: "A deprecated runtime gets no security patches. A while later Lambda refuses new functions with it, and then " +
		"changes to those there are: the urgent fix of that day cannot be deployed before the code has moved to another " +
		"version of its language.",
	Remediation: "Set runtime to one that is supported, and test the function with it.",
	Limitations: "Runtimes inside of container images, and what AWS has changed since the day of the rule's table, " +
		aws.RuntimesAsOf + ".",
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
		Name: "asOf", Type: rule.String, Default: aws.RuntimesAsOf,
		Description: "The day to judge runtimes by, as 2027-01-31: a later one finds those that the table says will be " +
			"deprecated by then. The clock is never asked.",
	}},
	CheckResource: rule.Alone(aws.FunctionOf, func(p *rule.Pass, f *aws.Function) rule.Verdict {
		name, asOf := f.Arg("runtime"), p.Text("asOf")
		runtime, ends := f.Runtime()
		switch _, err := time.Parse(time.DateOnly, asOf); {
		case name.Absent(): // an image has its runtime inside
			return rule.OK
		case err != nil:
			return rule.NotEvaluated(f.Resource, "parameter asOf is not a date such as "+aws.RuntimesAsOf)
		case name.Unknown():
			return rule.NotEvaluated(f.Resource, "the runtime of "+f.String()+" is not known yet")
		case !ends || runtime.Deprecated > asOf:
			return rule.OK
		}
		message := f.String() + " uses the runtime " + name.Show() + ", deprecated on " + runtime.Deprecated + ": AWS no longer patches it"
		if runtime.CreateBlocked != "" && runtime.CreateBlocked <= asOf {
			message += ", and Lambda refuses new functions with it"
		}
		successor, decide := any(fix.Choice("a supported runtime")), "test the function with it"
		if runtime.Successor != "" {
			successor, decide = runtime.Successor, "or a later one, and test the function with it"
		}
		return rule.Violation(f.Resource, "runtime", message+".", fix.Set(f.Resource, "runtime", successor).Deciding(decide))
	}),
}
