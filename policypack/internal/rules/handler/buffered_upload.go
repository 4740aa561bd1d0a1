package handler

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/upload"
)

var bufferedUpload = rule.OfHandlers(&rule.Rule{
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
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Links: []string{
		"https://docs.aws.amazon.com/boto3/latest/reference/services/s3/client/put_object.html",
		"https://docs.aws.amazon.com/sdk-for-go/v2/developer-guide/sdk-utilities-s3.html",
	},
	Keywords:    []string{"upload_fileobj", "put_object", "PutObject", "putObject", "upload_part", "UploadPart", "uploadPart", ".put("},
	JudgeSource: judgeUploads,
})

func judgeUploads(handler *fact.Facts) []rule.SourceVerdict {
	var all []rule.SourceVerdict
	for _, call := range handler.Calls {
		for _, body := range upload.Bodies(call) {
			why, advice, undecided := upload.Judge(call, body)
			v := rule.SourceVerdict{Call: call, Verdict: rule.Verdict{
				Answer:  answer.Yes,
				Message: call.Method() + " uploads " + why + ".",
				Reason:  "what " + call.Method() + " uploads is not known",
				Fix:     fix.Advise(advice), // a handler's code is no resource
			}}
			switch {
			case undecided:
				v.Answer = answer.Unknown
			case why != "":
				v.Answer = answer.No
			}
			all = append(all, v)
		}
	}
	return all
}
