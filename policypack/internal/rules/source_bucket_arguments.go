package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

var sourceBucketArguments = &rule.Rule{
	ID:    "source-bucket-arguments",
	Title: "The program gives a Bucket no public-access arguments; a BucketPublicAccessBlock takes them.",
	Rationale: "A Bucket has no arguments block_public_acls, block_public_policy, ignore_public_acls and " +
		"restrict_public_buckets. Python's SDK stops the program with an error that does not say what to write instead; " +
		"the Node.js SDK drops them before anybody sees them, and the bucket looks closed in the program and is open in " +
		"the account.",
	Remediation: "Remove the arguments from the Bucket and declare an aws.s3.BucketPublicAccessBlock for it " +
		"with all four set to true.",
	Limitations: "Arguments that are put together where they cannot be followed: in a value that is assigned more than once, " +
		"changed after its making, or returned by a function. Programs in other languages than Python, TypeScript, " +
		"JavaScript, Go and YAML.",
	Scope:       rule.SourceScope,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.StackType, graph.Bucket},
	Links: []string{
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketpublicaccessblock/",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
	},
	Params: rule.BudgetParams(),
	Keywords: []string{
		"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets",
		"lockPublicAcls", "lockPublicPolicy", "gnorePublicAcls", "estrictPublicBuckets", // either case of the first letter
	},
	CheckResource: onResource(bucketArguments),
	CheckStack:    onStack(bucketArguments),
}

func bucketArguments(program *fact.Facts) []accusation {
	var found []accusation
	for _, call := range program.Calls {
		bucket, ok := declarationOf(call)
		if !ok || bucket.kind != graph.Bucket {
			continue
		}
		var given []string
		for _, arg := range bucket.args {
			if slices.Contains(aws.PublicAccessFlags, schemaName(arg.Key)) {
				given = append(given, arg.Key)
			}
		}
		if len(given) == 0 {
			continue
		}
		a := accusation{
			call:     call,
			resource: graph.Bucket,
			name:     bucket.name,
			message:  bucket.String() + " is given " + strings.Join(given, ", ") + ": a Bucket has no such argument.",
			fix: "remove it and declare an aws.s3.BucketPublicAccessBlock for this bucket with " +
				strings.Join(given, ", ") + " set to true",
		}
		if call.Language == fact.YAML {
			a.fix = strings.Replace(a.fix, "aws.s3.", "aws:s3:", 1)
		}
		if call.Language == fact.YAML || call.Language == fact.Python && !bucket.registered {
			a.name = "" // the SDK, or the YAML host, refuses the arguments, so the resource never comes to be
		}
		found = append(found, a)
	}
	return found
}
