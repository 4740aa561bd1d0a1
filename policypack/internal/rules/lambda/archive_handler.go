package lambda

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/archive"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var archiveHandler = &rule.Rule{
	ID:    "lambda-archive-handler",
	Title: "A function's code archive holds the handler that the function names.",
	Rationale: "Lambda creates a function whose handler is misspelt, in another folder, not executable or built for " +
		"another processor without a word. It fails at the first event, and after an update every event fails until " +
		"somebody looks.",
	Remediation: "Put the handler where the runtime looks for it, an executable named bootstrap at the root for " +
		"provided.*, built for the function's architecture, and keep the archive within Lambda's limits.",
	Limitations: "What the handler does when it is imported. Of a Ruby, Java or .NET handler only the file is looked for, and " +
		"jar files inside an archive, tar archives, S3 objects and images are not looked into. How large a zip will be " +
		"that Pulumi writes is not known, and neither are the layers' sizes.",
	Scope:       rule.ArchiveScope,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Function},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html",
		"https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html",
		"https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
	},
	Params: rule.ArchiveParams(),
	CheckResource: rule.EachArchive(func(f *aws.Function, defect archive.Defect) rule.Verdict {
		return rule.Violation(f.Resource, "code", "the code of "+f.String()+" "+defect.Error()+".",
			fix.Advise("build the archive again, as a zip file with the function's files at its root")) // outside the program
	}, func(f *aws.Function, code *archive.Code) []rule.Verdict {
		size := rule.OfArchive(f, code.CheckSize())
		starts, doubt := rule.Starts(f)
		if doubt != "" {
			return []rule.Verdict{size, rule.NotEvaluated(f.Resource, doubt)}
		}
		return []rule.Verdict{size, rule.OfArchive(f, code.CheckHandler(starts))}
	}),
}
