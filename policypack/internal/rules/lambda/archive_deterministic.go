package lambda

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/archive"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var archiveDeterministic = &rule.Rule{
	ID:    "lambda-archive-deterministic",
	Title: "A function's code archive is the same whoever builds it, and holds code alone.",
	Rationale: "An archive with dates, owners or caches of the machine that built it differs at every build: each " +
		"deployment updates functions that did not change, and nobody can show that what runs is what was reviewed. " +
		"Tests, checkouts and keys in it are more to attack and more to leak.",
	Remediation: "Zip sorted names with one fixed date and without owners, from a folder that holds only what the " +
		"function needs, or give Pulumi that folder: it zips deterministically.",
	Limitations: "Bytes that a compiler makes different by itself. A single time on all entries may be the commit's or the " +
		"build's. Keys are found by their form in text files of up to 256 KB, files of installed packages (node_modules, " +
		"site-packages, what a pip RECORD lists) are not searched, and tar archives, S3 objects and images are not " +
		"looked into.",
	Scope:       rule.ArchiveScope,
	Severity:    apitype.PolicySeverityLow,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Function},
	Links: []string{
		"https://reproducible-builds.org/docs/archives/",
		"https://docs.aws.amazon.com/lambda/latest/dg/python-package.html",
	},
	Params: rule.ArchiveParams(),
	CheckResource: rule.EachArchive(func(f *aws.Function, defect archive.Defect) rule.Verdict {
		return rule.NotEvaluated(f.Resource, "the code of "+f.String()+" "+defect.Error())
	}, func(f *aws.Function, code *archive.Code) []rule.Verdict {
		starts, _ := rule.Starts(f) // a handler that is not known only leaves tests in doubt
		var all []rule.Verdict
		for _, said := range code.CheckDeterministic(starts) {
			all = append(all, rule.OfArchive(f, said))
		}
		return all
	}),
}
