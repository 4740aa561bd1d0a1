package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

var handlerBufferedUpload = &rule.Rule{
	ID:    "handler-buffered-upload",
	Title: "A handler uploads bytes, or a stream whose position and length are settled.",
	Rationale: "An upload sends a stream from where it stands. One that was just written to stands at its end, and an " +
		"empty object is stored without an error; one that cannot be rewound cannot be retried, and one without a length " +
		"cannot be signed. It works on the desk and fails under load.",
	Remediation: "Pass bytes: buffer.getvalue() in Python, bytes.NewReader(buffer.Bytes()) in Go, a Buffer in Node.js. " +
		"For large objects use an uploader made for streams: upload_fileobj after seek(0), feature/s3/manager, @aws-sdk/lib-storage.",
	Limitations: "Streams that come out of functions that cannot be followed: those are \"not evaluated\". Handlers in other " +
		"languages than Python, TypeScript, JavaScript and Go, and compiled or minified ones without their source in " +
		"the program's folder.",
	Scope:       rule.HandlerScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Function},
	Links: []string{
		"https://docs.aws.amazon.com/boto3/latest/reference/services/s3/client/put_object.html",
		"https://docs.aws.amazon.com/sdk-for-go/v2/developer-guide/sdk-utilities-s3.html",
	},
	Params:   rule.BudgetParams(),
	Keywords: []string{"upload_fileobj", "put_object", "PutObject", "putObject", "upload_part", "UploadPart", "uploadPart", ".put("},
	CheckResource: func(p *rule.Pass, function *graph.Resource) {
		if p.Source == nil {
			return
		}
		for _, handler := range handlersOf(p, function) {
			judgeUploads(p, function, handler)
		}
	},
	CheckStack: func(p *rule.Pass) {
		if p.Source == nil {
			return
		}
		named := map[string]bool{}
		for _, function := range p.Graph.Managed(graph.Function) {
			for _, handler := range handlersOf(p, function) {
				for _, file := range handler.Files {
					named[file] = true
				}
			}
		}
		for _, handler := range p.Source.Handlers() {
			if !named[handler.Entry] {
				judgeUploads(p, nil, handler)
			}
		}
	},
}

func judgeUploads(p *rule.Pass, function *graph.Resource, handler fact.Handler) {
	if gaps := handler.Unread(); gaps != "" {
		p.NotEvaluated(function, "not all of the handler %s was read: %s", handler.Entry, gaps)
	}
	for _, a := range bufferedUploads(&handler.Facts) {
		if function != nil && !a.undecided {
			a.message = "in the handler of " + function.String() + ", " + a.message
		}
		a.tell(p, function, &handler.Facts)
	}
}

func bufferedUploads(handler *fact.Facts) []accusation {
	var found []accusation
	for _, call := range handler.Calls {
		for _, body := range uploadedBy(call) {
			switch why, fix, undecided := unsettled(call, body); {
			case undecided:
				found = append(found, accusation{
					call: call, undecided: true, message: "what " + call.Method() + " uploads is not known",
				})
			case why != "":
				found = append(found, accusation{call: call, message: call.Method() + " uploads " + why + ".", fix: fix})
			}
		}
	}
	return found
}
