package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

var sourceRuntimePackaging = &rule.Rule{
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
	Scope:       rule.SourceScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.StackType, graph.Function},
	Links: []string{
		"https://www.pulumi.com/docs/iac/concepts/assets-archives/",
		"https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html",
	},
	Params:        rule.BudgetParams(),
	Keywords:      packagingWords,
	CheckResource: onResource(packagings),
	CheckStack:    onStack(packagings),
}

func packagings(program *fact.Facts) []accusation {
	var found []accusation
	for _, call := range program.Calls {
		what, makes := packaging(call, program)
		switch makes {
		case answer.Yes:
			a := accusation{
				call: call, message: "the program " + what + " while it runs.",
				fix: "do this in a build step before `pulumi up`, and name the result: pulumi.FileArchive(\"build/function.zip\")",
			}
			if name, ok := closureName(call); ok {
				a.resource, a.name = graph.Function, name
				a.arguments = []finding.Argument{{Type: string(graph.Function), Name: name, Path: "code"}}
				a.message = "the code of Function '" + name + "' is a closure (callback), which Pulumi serializes and packages while " +
					"the program runs."
			}
			found = append(found, a)
		case answer.Unknown:
			found = append(found, accusation{
				call: call, undecided: true, message: "whether the program makes code while it runs is not known: it " + what,
			})
		case answer.No:
		}
	}
	return found
}
