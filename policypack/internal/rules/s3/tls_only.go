package s3

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
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
	Remediate: denyPlainText,
}

// denyPlainText returns the arguments of a bucket's policy with a statement more that denies requests without TLS. It
// is nil when there is such a statement, or when the bucket or the policy is not known: AWS refuses a policy for a
// guessed bucket.
func denyPlainText(_ *rule.Pass, r *graph.Resource) resource.PropertyMap {
	name, known := r.Arg("bucket").Str()
	text, isText := r.Arg("policy").Str()
	arn, found := bucketARN(name, text)
	bucket := &graph.Resource{Type: graph.Bucket, Inputs: resource.PropertyMap{"bucket": resource.NewProperty(name)}}
	if !known || name == "" || !isText || !found || aws.PolicyOf(r).Document().DeniesPlainText(bucket) != answer.No {
		return nil
	}
	policy, err := iam.AddStatement(text, map[string]any{
		"Effect": "Deny", "Principal": "*", "Action": "s3:*",
		"Resource":  []string{arn, arn + "/*"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
	})
	if err != nil {
		return nil
	}
	fixed := r.Inputs.Copy()
	fixed["policy"] = resource.NewProperty(policy)
	if r.Arg("policy").Secret() {
		fixed["policy"] = resource.MakeSecret(fixed["policy"])
	}
	return fixed
}

// bucketARN returns the ARN of a bucket in the partition that a policy speaks of: AWS refuses one of another. A name
// that is an ARN already is that.
func bucketARN(name, policy string) (string, bool) {
	if strings.HasPrefix(name, "arn:") {
		return name, true
	}
	for _, partition := range []string{"aws", "aws-cn", "aws-us-gov"} {
		if arn := "arn:" + partition + ":s3:::"; strings.Contains(policy, `"`+arn) {
			return arn + name, true
		}
	}
	return "", false
}
