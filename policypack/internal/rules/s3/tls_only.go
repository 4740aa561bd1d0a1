package s3

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var tlsOnly = &rule.Rule{
	ID:    "s3-tls-only",
	Title: "The policy of a bucket denies every request that comes without TLS.",
	Rationale: "S3 answers plain HTTP. A client with the wrong endpoint, or a presigned URL whose scheme was changed, " +
		"sends objects and signatures where anyone on the way can read and replay them, and nothing fails.",
	Remediation: "Give the bucket a policy with a statement that denies s3:* to everyone, on the bucket and on its " +
		"objects, where aws:SecureTransport is false or s3:TlsVersion is less than 1.2.",
	Limitations: "A policy that another stack or the console puts on the bucket, and statements that deny requests " +
		"without TLS in service control policies.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Bucket, graph.BucketPolicy},
	Frameworks: []string{
		"AWS FSBP S3.5", "CIS AWS Foundations 5.0.0 2.1.1", "CIS AWS Foundations 3.0.0 2.1.1",
		"NIST 800-53 r5 SC-8", "NIST 800-53 r5 SC-8(1)", "NIST 800-53 r5 AC-17(2)",
	},
	Equivalents: []string{"Checkov CKV_AWS_379"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-HTTP-HTTPS",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-5",
	},
	CheckStack: rule.Each((*aws.Stack).Buckets, func(_ *rule.Pass, b *aws.Bucket) rule.Verdict {
		return rule.RequireTLS(b.Policies())
	}),
	Remediate: rule.Remediate(func(_ *rule.Pass, r *graph.Resource) rule.Verdict {
		bucket, policy := ofPolicy(r), aws.PolicyOf(r)
		if bucket == nil || policy == nil {
			return rule.OK
		}
		return rule.RequireTLS(aws.Policies{Resource: bucket, Held: []*aws.Policy{policy}})
	}),
}

// ofPolicy returns the bucket that a resource holds a policy of, as far as its arguments show it. Its ARN is in the
// partition that the policy speaks of: AWS refuses one of another. It is nil when the bucket is not known: AWS refuses a
// policy for a guessed one, too.
func ofPolicy(r *graph.Resource) *graph.Resource {
	name, _ := r.Arg("bucket").Str()
	policy, _ := r.Arg("policy").Str()
	arn := name
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		if prefix := "arn:" + partition + ":s3:::"; !strings.HasPrefix(arn, "arn:") && strings.Contains(policy, `"`+prefix) {
			arn = prefix + name
		}
	}
	if name == "" || !strings.HasPrefix(arn, "arn:") {
		return nil
	}
	return &graph.Resource{
		Type: graph.Bucket, Inputs: resource.PropertyMap{"bucket": resource.NewProperty(name)},
		Outputs: resource.PropertyMap{"arn": resource.NewProperty(arn)},
	}
}
