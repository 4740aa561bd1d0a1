package s3

import (
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var noForceDestroy = &rule.Rule{
	ID:    "s3-no-force-destroy",
	Title: "No bucket of a protected stack is destroyed with its objects.",
	Rationale: "With forceDestroy a `pulumi destroy` on the wrong stack, or a rename that replaces the bucket, deletes " +
		"every object and every version first. Without it AWS refuses to delete a bucket that is not empty.",
	Remediation: "Remove forceDestroy, or set it by stack: true where stacks come and go, false where data is kept.",
	Limitations: "Objects that a lifecycle rule or a person deletes.",
	Scope:       rule.ResourceScope,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Bucket},
	Links: []string{
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketv2/#forcedestroy_go",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html",
	},
	Params: []rule.Param{{
		Name: "stacks", Type: rule.Strings, Default: []string{"prod*"},
		Description: "Patterns of the names of protected stacks, in which * stands for any characters. Upper and lower " +
			"case are the same.",
	}},
	CheckResource: rule.EachResource(func(p *rule.Pass, bucket *graph.Resource) rule.Verdict {
		stack := bucket.URN.Stack().String()
		if !slices.ContainsFunc(p.List("stacks"), func(pattern string) bool { return text.Matches(pattern, stack) }) {
			return rule.OK
		}
		return rule.Verdict{
			Answer: -bucket.Arg("forceDestroy").IsTrue(), Property: "forceDestroy",
			Message: bucket.String() + " is destroyed with all its objects, in the protected stack " + strconv.Quote(stack) + ".",
			Reason:  "forceDestroy of " + bucket.String() + " is not known yet",
			Fix:     fix.Set(bucket, "forceDestroy", false).Deciding("keep it, by stack, where stacks come and go"),
		}
	}),
}
