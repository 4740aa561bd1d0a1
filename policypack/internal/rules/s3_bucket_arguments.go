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
	Blind:       "Arguments that a language SDK drops before they reach the engine: only the program's source shows those.",
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Bucket},
	Links: []string{
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketpublicaccessblock/",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
	},
	CheckResource: func(p *rule.Pass, bucket *graph.Resource) {
		for _, key := range sortedKeys(bucket.Inputs) {
			name := string(key)
			flag := camelCase(name)
			if !slices.Contains(publicAccessFlags, flag) || bucket.Arg(name).Absent() {
				continue
			}
			p.Report(bucket, name,
				bucket.String()+" is given "+name+", which is no argument of a Bucket: it closes nothing.",
				"remove "+name+" and declare an aws.s3.BucketPublicAccessBlock for this bucket with "+flag+": true")
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
