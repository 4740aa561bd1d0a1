package source

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/packaging"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

var runtimePackaging = rule.OfProgram(&rule.Rule{
	ID:    "source-runtime-packaging",
	Title: "The program does not make the code it deploys.",
	Rationale: "A program that installs, compiles or zips while it runs does so at every preview, on every machine: it " +
		"needs tools that CI has not, deploys what nobody tested, gives another archive for the same commit, and leaves " +
		"half-made folders behind when it stops.",
	Remediation: "Make the code in a build step before `pulumi up` and name the result in the program: " +
		"pulumi.FileArchive of a .zip file, or of a folder of the source tree.",
	Limitations: "What a script does that the program runs: a command that is not known to make code or to make none is \"not " +
		"evaluated\". Files that the program writes without a tool, packages that are loaded by a computed name, and " +
		"programs in other languages than Python, TypeScript, JavaScript, Go and YAML. Resources of providers made for it " +
		"(docker, archive) are fine.",
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Function},
	Links: []string{
		"https://www.pulumi.com/docs/iac/concepts/assets-archives/",
		"https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html",
	},
	Keywords:    packaging.Keywords,
	JudgeSource: judgePackaging,
})

func judgePackaging(program *fact.Facts) []rule.SourceVerdict {
	all := make([]rule.SourceVerdict, 0, len(program.Calls))
	for _, call := range program.Calls {
		what, makes := packaging.Judge(call, program)
		v := rule.SourceVerdict{Call: call, Verdict: rule.Verdict{
			Answer:  -makes,
			Message: "the program " + what + " while it runs.",
			Reason:  "whether the program makes code while it runs is not known: it " + what,
			// What a program does besides declaring resources is in no argument.
			Fix: fix.Advise("do this in a build step before `pulumi up`, and name the result: pulumi.FileArchive(\"build/function.zip\")"),
		}}
		if name, ok := packaging.ClosureName(call); ok {
			v.Type, v.Name = graph.Function, name
			v.Arguments = []finding.Argument{{Type: string(graph.Function), Name: name, Path: "code"}}
			v.Message = "the code of Function '" + name + "' is a closure (callback), which Pulumi serializes and packages while " +
				"the program runs."
		}
		all = append(all, v)
	}
	return all
}
