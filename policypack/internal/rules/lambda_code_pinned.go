package rules

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lambdaCodePinned = &rule.Rule{
	ID:    "lambda-code-pinned",
	Title: "A function's image has a digest, its code in S3 a version.",
	Rationale: "A tag and an object's key can be written again. Then a preview shows no change while the next deployment, or " +
		"another region, gets different code; and a rollback of the program rolls nothing back.",
	Remediation: "End imageUri in @sha256: and the image's digest, which the image's resource has as an output; set " +
		"s3ObjectVersion to the versionId of the object.",
	Limitations: "Repositories with immutable tags, and sourceCodeHash, which shows a change but does not pin what is fetched. A " +
		"key with a long hexadecimal part is taken for one that is made from the content.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Function},
	Links: []string{
		"https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
		"https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
	},
	CheckResource: func(p *rule.Pass, function *graph.Resource) {
		image, key, version := function.Arg("imageUri"), function.Arg("s3Key"), function.Arg("s3ObjectVersion")
		switch uri, _ := image.Str(); {
		case image.Unknown():
			p.NotEvaluated(function, "imageUri of %s is not known yet", function)
		case !isNotGiven(image) && !strings.Contains(uri, "@sha256:"):
			p.Report(function, "imageUri", function.String()+" names its image by a tag, which can be moved: "+image.Show()+".",
				"end imageUri in @sha256: and the image's digest")
		}
		switch name, _ := key.Str(); {
		case isNotGiven(key) || !isNotGiven(version) || contentHash.MatchString(name):
		case key.Unknown():
			p.NotEvaluated(function, "s3Key of %s is not known yet", function)
		default:
			p.Report(function, "s3Key", function.String()+" takes its code from an object in S3 without its version.",
				"set s3ObjectVersion to the versionId of the object")
		}
	},
	CheckStack: func(p *rule.Pass) {
		for _, function := range p.Graph.Managed(graph.Function) {
			version := function.Ref("s3ObjectVersion")
			object := p.Graph.Resolve(function, version, graph.BucketObject, graph.BucketObjectv2).Linked()
			if version.Value.Unknown() && len(object) == 0 {
				p.NotEvaluated(function, "s3ObjectVersion of %s is not known yet", function)
			}
		}
	},
}

// contentHash is a part of a key that is made from the content.
var contentHash = regexp.MustCompile(`[0-9a-f]{16,}`)
