package lambda

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var codePinned = &rule.Rule{
	ID:    "lambda-code-pinned",
	Title: "A function's image is named by its digest, and its code in S3 by its version.",
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
	CheckResource: rule.Alone(aws.FunctionOf, func(_ *rule.Pass, f *aws.Function) []rule.Verdict {
		image, version := f.Arg("imageUri"), any(fix.Choice("the versionId of the object"))
		digest := any(fix.Choice("the URI of the image, which ends in @sha256: and its digest"))
		if uri, known := image.Str(); known && !image.Secret() {
			repository := imageTag.ReplaceAllString(uri, "")
			digest = fix.Joined{repository + "@sha256:", fix.Choice("the digest of the image")}
		}
		if object := f.CodeObject(); object != nil {
			version = fix.Output{Resource: object, Property: "versionId"}
		}
		return []rule.Verdict{{
			Answer: f.NamesImageByDigest(), Property: "imageUri",
			Message: f.String() + " names its image by a tag, which can be moved: " + image.Show() + ".",
			Reason:  "imageUri of " + f.String() + " is not known yet",
			Fix:     fix.Set(f.Resource, "imageUri", digest).Deciding("choose which image it is"),
		}, {
			Answer: f.NamesObjectByVersion(), Property: "s3Key",
			Message: f.String() + " takes its code from an object in S3 without its version.",
			Reason:  "s3Key of " + f.String() + " is not known yet",
			Fix:     fix.Set(f.Resource, "s3ObjectVersion", version).Deciding("keep versions in the object's bucket"),
		}}
	}),
	CheckStack: rule.Each((*aws.Stack).Functions, func(_ *rule.Pass, f *aws.Function) rule.Verdict {
		if f.MayLackObjectVersion() {
			return rule.NotEvaluated(f.Resource, "s3ObjectVersion of "+f.String()+" is not known yet")
		}
		return rule.OK
	}),
}

// imageTag is the tag at the end of an image's URI, whose registry may have a port.
var imageTag = regexp.MustCompile(`:[^:/@]*$`)
