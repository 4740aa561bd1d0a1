package s3

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var bucketArguments = &rule.Rule{
	ID:    "s3-bucket-arguments",
	Title: "A Bucket takes no public-access arguments; a BucketPublicAccessBlock does.",
	Rationale: "A Bucket has no arguments blockPublicAcls, blockPublicPolicy, ignorePublicAcls and " +
		"restrictPublicBuckets. Depending on the SDK they fail the deployment or are dropped without a word, " +
		"and then the bucket looks closed in the program and is open in the account.",
	Remediation: "Remove the arguments from the Bucket and declare an aws.s3.BucketPublicAccessBlock for it " +
		"with all four set to true.",
	Limitations:  "Arguments that a language SDK drops before they reach the engine: only the program's source shows those.",
	Scope:        rule.ResourceScope,
	Documented:   true,
	Severity:     apitype.PolicySeverityHigh,
	Enforcement:  apitype.Mandatory,
	Types:        []graph.Type{graph.Bucket},
	SeenInSource: "source-bucket-arguments",
	Links: []string{
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketpublicaccessblock/",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
	},
	CheckResource: rule.EachResource(func(_ *rule.Pass, bucket *graph.Resource) rule.Verdict {
		given := aws.MisplacedFlags(bucket)
		if len(given) == 0 {
			return rule.OK
		}
		var remove fix.Fix
		for _, name := range given {
			remove = remove.And(fix.Remove(bucket, name))
		}
		return rule.Violation(bucket, given[0], bucket.String()+" is given "+strings.Join(given, ", ")+
			": a Bucket has no such argument, and stays as open as it was.",
			remove.Deciding("declare an aws.s3.BucketPublicAccessBlock for this bucket, unless it has one, with "+
				strings.Join(aws.PublicAccessFlags, ": true, ")+": true"))
	}),
}
