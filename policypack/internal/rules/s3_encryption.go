package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var bucketEncryption = bucketSetting{
	inline:   []string{"serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations"},
	split:    graph.BucketServerSideEncryptionConfiguration,
	property: "rules",
}

var s3Encryption = &rule.Rule{
	ID:    "s3-encryption",
	Title: "Every bucket encrypts new objects with a KMS key of your own and a bucket key.",
	Rationale: "S3's own key and the key AWS manages for S3 have no policy that you can change: whoever may read the " +
		"bucket reads every object, nothing in the key's log tells who did, and nobody can cut access off by " +
		"disabling the key. Without a bucket key each object costs a request to KMS, which a busy pipeline pays for " +
		"and is throttled by.",
	Remediation: "Declare an aws.s3.BucketServerSideEncryptionConfigurationV2 for the bucket with sseAlgorithm aws:kms, " +
		"kmsMasterKeyId set to the ARN of an aws.kms.Key, and bucketKeyEnabled true.",
	Limitations: "Objects that were written before, or with an encryption of the request's own, and whether those who use the " +
		"bucket may use the key. A bucket that receives the access logs of other stacks is known by its ACL " +
		"log-delivery-write alone.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Bucket, graph.BucketServerSideEncryptionConfiguration},
	Frameworks: []string{
		"AWS FSBP S3.17", "NIST 800-53 r5 SC-12(2)", "NIST 800-53 r5 SC-13", "NIST 800-53 r5 SC-28", "NIST 800-53 r5 SC-28(1)",
	},
	Equivalents: []string{"Checkov CKV_AWS_19", "Checkov CKV_AWS_145", "Trivy AWS-0132"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-17",
	},
	Params: []rule.Param{{
		Name: "allowS3ManagedKey", Type: rule.Boolean, Default: false,
		Description: "Let every bucket use SSE-S3, which is also what S3 does when nothing is configured. Without it only " +
			"buckets that receive access logs may.",
	}},
	CheckStack: func(p *rule.Pass) {
		isLogBucket := logBuckets(p.Graph)
		s3Managed := func(bucket *graph.Resource) opinion {
			if p.Flag("allowS3ManagedKey") {
				return fine
			}
			return judged(isLogBucket(bucket), "leaves encryption to S3's own key (SSE-S3)",
				"declare an aws.s3.BucketServerSideEncryptionConfigurationV2 for the bucket with sseAlgorithm: aws:kms, "+
					"kmsMasterKeyId: the ARN of an aws.kms.Key, bucketKeyEnabled: true",
				bucket.String()+" uses SSE-S3, and whether it receives access logs is not known yet")
		}
		bucketEncryption.check(p, func(s given) opinion { return judgeEncryption(p.Graph, s, s3Managed) }, s3Managed)
	},
}

// judgeEncryption reads the one rule that an encryption configuration has. Of
// the lists of one that BucketV2 has instead of objects, Get looks inside.
func judgeEncryption(g *graph.Graph, s given, s3Managed func(*graph.Resource) opinion) opinion {
	configured := s.value
	if s.inline() {
		configured = firstOf(s.value, "rule", "rules")
	}
	byDefault := firstOf(configured, "applyServerSideEncryptionByDefault", "applyServerSideEncryptionByDefaults")
	algorithm, bucketKey := byDefault.Get("sseAlgorithm"), configured.Get("bucketKeyEnabled")
	dual := algorithm.Is("aws:kms:dsse")
	if !dual && !algorithm.Is("aws:kms") {
		if algorithm.Unknown() {
			return opinion{why: "the encryption of " + s.bucket.String() + " is not known yet"}
		}
		return s3Managed(s.bucket)
	}
	switch isCustomerKey(g, s.by, graph.Ref{Property: s.property, Value: byDefault.Get("kmsMasterKeyId")}) {
	case answer.No:
		return opinion{
			answer.No, "names no KMS key of your own, so that the one AWS manages for S3 is used, whose policy cannot be changed",
			"set kmsMasterKeyId to the ARN of an aws.kms.Key",
		}
	case answer.Unknown:
		return opinion{why: "the KMS key of " + s.bucket.String() + " is not known yet"}
	case answer.Yes:
	}
	switch on, _ := bucketKey.Bool(); {
	case dual || on: // S3 has no bucket keys for dual-layer encryption
		return fine
	case bucketKey.Unknown():
		return opinion{why: "bucketKeyEnabled of " + s.by.String() + " is not known yet"}
	}
	return opinion{
		answer.No, "does not enable the bucket key: every object costs a request to KMS", "set bucketKeyEnabled: true",
	}
}
