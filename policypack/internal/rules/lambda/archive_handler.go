package rules

import (
	"errors"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/archive"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaArchiveHandler = &rule.Rule{
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
	Params: archiveParams,
	CheckResource: func(p *rule.Pass, function *graph.Resource) {
		code, defect := openCode(p, function)
		if defect != "" {
			p.Report(function, "code", "the code of "+function.String()+" "+defect.Error()+".",
				"build the archive again, as a zip file with the function's files at its root")
		}
		if code == nil {
			return
		}
		defer code.Close()
		tell(p, function, code.CheckSize())
		f, doubt := codeSettings(function)
		if doubt != "" {
			p.NotEvaluated(function, "%s", doubt)
			return
		}
		tell(p, function, code.CheckHandler(f))
	},
}

// archiveParams are what the rules that look into archives may spend on each.
var archiveParams = []rule.Param{
	{
		Name: "maxFiles", Type: rule.Integer, Default: 20000,
		Description: "How many files of an archive are listed before the rule gives up: 20000 is three times what a large node_modules has.",
	},
	{
		Name: "maxMegabytes", Type: rule.Integer, Default: 512,
		Description: "How many megabytes of an archive are read and unpacked before the rule gives up.",
	},
	{
		Name: "maxSeconds", Type: rule.Integer, Default: 2,
		Description: "How many seconds an archive is looked into before the rule gives up.",
	},
}

// openCode opens the local archive that a function's code is in, or is what is
// wrong with it. It is neither when there is none, and when it cannot be opened:
// then it has said so.
func openCode(p *rule.Pass, function *graph.Resource) (*archive.Code, archive.Defect) {
	arg, packageType := function.Arg("code"), function.Arg("packageType")
	switch {
	case arg.Absent(), packageType.Is("Image"): // an S3 object or an image
		return nil, ""
	case arg.Unknown(), packageType.Unknown():
		p.NotEvaluated(function, "the code of %s is not known yet", function)
		return nil, ""
	case arg.Secret():
		p.NotEvaluated(function, "the code of %s is secret", function)
		return nil, ""
	}
	code, err := archive.Open(arg.Property(), p.Dir, archive.Budget{
		Files: p.Number("maxFiles"),
		Bytes: int64(p.Number("maxMegabytes")) << 20,
		Time:  time.Duration(p.Number("maxSeconds")) * time.Second,
	})
	var defect archive.Defect
	switch {
	case errors.As(err, &defect):
		return nil, defect
	case err != nil:
		p.NotEvaluated(function, "the code archive of %s was not looked into: %v", function, err)
		return nil, ""
	}
	return code, ""
}

// tell passes on what the archive of a function was found to be.
func tell(p *rule.Pass, function *graph.Resource, v archive.Verdict) {
	switch {
	case v.Wrong != "":
		p.Report(function, "code", "the code of "+function.String()+" "+v.Wrong+".", v.Fix)
	case v.Doubt != "":
		p.NotEvaluated(function, "the code archive of %s: %s", function, v.Doubt)
	}
}

// codeSettings are the arguments that say what a function starts, or why that is
// not known.
func codeSettings(function *graph.Resource) (f archive.Function, doubt string) {
	runtime, handler := function.Arg("runtime"), function.Arg("handler")
	for _, v := range []graph.Value{runtime, handler} {
		if _, ok := v.Str(); v.Secret() || !v.Absent() && !ok {
			doubt = "the runtime or the handler of " + function.String() + " is not known, or secret"
		}
	}
	if runtime.Absent() {
		doubt = function.String() + " has no runtime"
	}
	if !runtime.Secret() {
		f.Runtime, _ = runtime.Str()
	}
	if !handler.Secret() {
		f.Handler, _ = handler.Str()
	}
	f.Architecture = "x86_64"
	if architectures := function.Arg("architectures"); architectures.HasUnknown() || architectures.Secret() {
		f.Architecture = ""
	} else if items := architectures.Items(); len(items) > 0 {
		f.Architecture, _ = items[0].Str()
	}
	layers := function.Arg("layers")
	f.Layers = layers.Unknown() || len(layers.Items()) > 0
	variables := function.Arg("environment").Get("variables")
	if variables.Unknown() {
		f.Environment = "its environment, which is not known yet, may change what is started"
	}
	for _, name := range variables.Keys() {
		if slices.Contains(startVariables, name) {
			f.Environment = "its environment variable " + name + " may change what is started"
		}
	}
	return f, doubt
}

// startVariables are environment variables that change what a runtime starts, or
// where it looks.
var startVariables = []string{
	"AWS_LAMBDA_EXEC_WRAPPER", "CLASSPATH", "NODE_OPTIONS", "NODE_PATH", "PYTHONPATH", "RUBYLIB",
}
