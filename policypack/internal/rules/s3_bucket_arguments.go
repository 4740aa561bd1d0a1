package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// publicAccessFlags are the four arguments of a BucketPublicAccessBlock.
var publicAccessFlags = []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}

var s3BucketArguments = &rule.Rule{
	ID:    "s3-bucket-arguments",
	Title: "A Bucket takes no public-access arguments; a BucketPublicAccessBlock does.",
	Rationale: "A Bucket has no arguments blockPublicAcls, blockPublicPolicy, ignorePublicAcls and " +
		"restrictPublicBuckets. Depending on the SDK they fail the deployment or are dropped without a word, " +
		"and then the bucket looks closed in the program and is open in the account.",
	Remediation: "Remove the arguments from the Bucket and declare an aws.s3.BucketPublicAccessBlock for it " +
		"with all four set to true.",
	Limitations: "Arguments that a language SDK drops before they reach the engine: only the program's source shows those.",
	Scope:       rule.ResourceScope,
	Documented:  true,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Bucket},
	Links: []string{
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketpublicaccessblock/",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
	},
	CheckResource: func(p *rule.Pass, bucket *graph.Resource) {
		var given, flags []string
		for _, key := range sortedKeys(bucket.Inputs) {
			name, flag := string(key), camelCase(string(key))
			if slices.Contains(publicAccessFlags, flag) && !bucket.Arg(name).Absent() {
				given, flags = append(given, name), append(flags, flag+": true")
			}
		}
		if len(given) > 0 {
			p.Report(bucket, given[0],
				bucket.String()+" is given "+strings.Join(given, ", ")+": a Bucket has no such argument, and stays as open as it was.",
				"remove it and declare an aws.s3.BucketPublicAccessBlock for this bucket with "+strings.Join(flags, ", "))
		}
	},
}

// camelCase turns snake_case into Pulumi's camelCase; other names stay as they
// are.
func camelCase(name string) string {
	words := strings.Split(name, "_")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}
