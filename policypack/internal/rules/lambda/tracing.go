package lambda

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var tracing = &rule.Rule{
	ID:    "lambda-tracing",
	Title: "Every function sends traces to X-Ray.",
	Rationale: "Where an image lost its seconds, in the queue, in the download or in the function, no log line shows. " +
		"PassThrough, the default, traces only what a caller already traces, and S3 does not.",
	Remediation: "Set tracingConfig.mode to Active and allow the function's role xray:PutTraceSegments and " +
		"xray:PutTelemetryRecords.",
	Limitations: "Whether the role may send traces, and traces that another tool collects.",
	Scope:       rule.ResourceScope,
	Severity:    apitype.PolicySeverityLow,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Function},
	Frameworks:  []string{"AWS FSBP Lambda.7", "NIST 800-53 r5 CA-7"},
	Equivalents: []string{"Checkov CKV_AWS_50", "Trivy AWS-0066"},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-7",
	},
	CheckResource: rule.Alone(aws.FunctionOf, func(_ *rule.Pass, f *aws.Function) rule.Verdict {
		trace := fix.Set(f.Resource, "tracingConfig.mode", "Active")
		if role := f.Role(); role != nil {
			allow := rule.AttachManaged(role, f.Name+"-tracing", "AWSXRayDaemonWriteAccess")
			trace = trace.And(rule.Before(f.Resource, allow)).Safely() // Lambda refuses traces that the role may not send
		} else {
			trace = trace.Deciding("allow the function's role xray:PutTraceSegments and xray:PutTelemetryRecords")
		}
		return rule.Verdict{
			Answer: f.SendsTraces(), Property: "tracingConfig.mode", Message: f.String() + " sends no traces of its own.",
			Reason: "tracingConfig.mode of " + f.String() + " is not known yet", Fix: trace,
		}
	}),
	// What the role is allowed one resource alone does not show: whoever asks for the remediation sees to that.
	Remediate: rule.Remediate(func(_ *rule.Pass, r *graph.Resource) rule.Verdict {
		return rule.Verdict{Answer: aws.FunctionOf(r).SendsTraces(), Fix: fix.Set(r, "tracingConfig.mode", "Active").Safely()}
	}),
}
