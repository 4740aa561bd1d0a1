package source

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var bucketArguments = rule.OfProgram(&rule.Rule{
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
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Bucket},
	Links: []string{
		"https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucketpublicaccessblock/",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
	},
	Keywords: []string{
		"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets",
		"lockPublicAcls", "lockPublicPolicy", "gnorePublicAcls", "estrictPublicBuckets", // either case of the first letter
	},
	JudgeSource: judgeBucketArguments,
})

func judgeBucketArguments(program *fact.Facts) []rule.SourceVerdict {
	var all []rule.SourceVerdict
	for _, call := range program.Calls {
		bucket, ok := aws.DeclaredBy(call)
		if !ok || bucket.Type != graph.Bucket {
			continue
		}
		var given []string
		var arguments []finding.Argument
		for _, argument := range bucket.Arguments {
			if name := text.SchemaName(argument.Key); slices.Contains(aws.PublicAccessFlags, name) {
				given, arguments = append(given, argument.Key), append(arguments, bucket.At(name))
			}
		}
		if len(given) == 0 {
			continue
		}
		class := "aws.s3.BucketPublicAccessBlock"
		if call.Language == fact.YAML {
			class = "aws:s3:BucketPublicAccessBlock"
		}
		// Which declaration in the source is which bucket is not known before the engine asks, so that words have to do.
		v := rule.SourceVerdict{Call: call, Type: graph.Bucket, Name: bucket.Name, Verdict: rule.Verdict{
			Answer:    answer.No,
			Message:   bucket.String() + " is given " + strings.Join(given, ", ") + ": a Bucket has no such argument.",
			Arguments: arguments,
			Fix: fix.Advise("remove it and declare an " + class + " for this bucket with " + strings.Join(given, ", ") +
				" set to true"),
		}}
		if call.Language == fact.YAML || call.Language == fact.Python && !bucket.IsUntyped {
			v.Name = "" // the SDK, or the YAML host, refuses the arguments, so the resource never comes to be
		}
		all = append(all, v)
	}
	return all
}
