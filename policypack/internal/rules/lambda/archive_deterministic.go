package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaArchiveDeterministic = &rule.Rule{
	ID:    "lambda-archive-deterministic",
	Title: "A function's code archive is the same whoever builds it, and holds nothing but code.",
	Rationale: "An archive with dates, owners or caches of the machine that built it differs at every build: each " +
		"deployment updates functions that did not change, and nobody can show that what runs is what was reviewed. " +
		"Tests, checkouts and keys in it are more to attack and more to leak.",
	Remediation: "Zip sorted names with one fixed date and without owners, from a folder that holds only what the " +
		"function needs, or give Pulumi that folder: it zips deterministically.",
	Limitations: "Bytes that a compiler makes different by itself. A single time on all entries may be the commit's or the " +
		"build's. Keys are told by their form in text files of up to 256 KB, files of installed packages (node_modules, " +
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
	Params: archiveParams,
	CheckResource: func(p *rule.Pass, function *graph.Resource) {
		code, defect := openCode(p, function)
		if defect != "" {
			p.NotEvaluated(function, "the code of %s %v", function, defect)
		}
		if code == nil {
			return
		}
		defer code.Close()
		// A handler that is not known only leaves tests in doubt.
		f, _ := codeSettings(function)
		for _, verdict := range code.CheckDeterministic(f) {
			tell(p, function, verdict)
		}
	},
}
