package lambda

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var prebuiltCode = &rule.Rule{
	ID:    "lambda-prebuilt-code",
	Title: "A function's code is built before the program runs, not by it.",
	Rationale: "Code that the program writes, installs or downloads while it runs depends on the machine it runs on: " +
		"two deployments of one commit differ, nobody can test or scan what is deployed, and a preview in CI fails " +
		"where a tool is missing.",
	Remediation: "Build the package in a step before `pulumi up` and name it: a FileArchive of a file or of a folder in " +
		"the source tree, an S3 object, or an image.",
	Limitations: "What a build before the program did. Folders are judged by their names: venv, site-packages, node_modules, " +
		"and the system's temporary folders, these last only while the program itself is outside them. A " +
		"closure that source-runtime-packaging finds in the source is reported there, with its line.",
	Scope:        rule.ResourceScope,
	Documented:   true,
	Severity:     apitype.PolicySeverityMedium,
	Enforcement:  apitype.Mandatory,
	Types:        []graph.Type{graph.Function},
	SeenInSource: "source-runtime-packaging",
	Links: []string{
		"https://www.pulumi.com/docs/iac/concepts/assets-archives/",
		"https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html",
	},
	Params: []rule.Param{{
		Name: "requireSingleFile", Type: rule.Boolean, Default: false,
		Description: "Ask for one prebuilt file (.zip or .jar): a folder or an archive of files is a finding.",
	}},
	CheckResource: rule.Alone(aws.FunctionOf, func(p *rule.Pass, f *aws.Function) rule.Verdict {
		if f.Arg("code").Unknown() {
			return rule.NotEvaluated(f.Resource, "the code of "+f.String()+" is not known yet")
		}
		is := ""
		switch how, installer := f.Made(p.Dir); how {
		case aws.Downloaded:
			is = "downloaded from a URL while the program runs"
		case aws.WrittenInline:
			is = "written inline in the program"
		case aws.WithInlineMember:
			is = "put together by the program: a member is inline text"
		case aws.SerializedClosure:
			is = "a closure that the program serializes (" + aws.ClosureFile + ")"
		case aws.FromInstaller:
			is = "taken from " + installer + ", a folder that an installer fills"
		case aws.FromTemporary:
			is = "taken from a temporary folder, so something makes it while the program runs"
		case aws.Prebuilt:
			if !p.Flag("requireSingleFile") || f.IsOneFile(p.Dir) {
				return rule.OK
			}
			is = "not one prebuilt file"
		}
		return rule.Violation(f.Resource, "code", "the code of "+f.String()+" is "+is+".",
			fix.Set(f.Resource, "code", fix.FileArchive("build/"+f.Name+".zip")).Deciding("build the package there before `pulumi up`"))
	}),
}
