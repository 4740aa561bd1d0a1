package s3

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var encryption = &rule.Rule{
	ID:    "s3-encryption",
	Title: "Every bucket encrypts new objects with a KMS key of your own and a bucket key.",
	Rationale: "S3's own key and the key AWS manages for S3 have no policy that you can change: whoever may read the " +
		"bucket reads every object, no log shows who used the key, and nobody can cut access off by " +
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
	CheckStack: rule.EachSetting(aws.Encryption, judgeEncryption, judgeUnencrypted),
}

func judgeEncryption(p *rule.Pass, s aws.Setting) rule.Verdict {
	e := s.Encryption()
	v := rule.Verdict{Property: s.Property}
	switch e.UsesKMS() {
	case answer.Unknown:
		v.Reason = "the encryption of " + s.Bucket.String() + " is not known yet"
		return v
	case answer.No:
		v = judgeUnencrypted(p, s.Bucket)
		key := newKey(s.Bucket)
		v.Property = s.Property
		v.Fix = encrypted(s.Bucket, key, fix.Set(s.Resource, e.DefaultPath, byDefault(key)).And(fix.Set(s.Resource, e.RulePath+".bucketKeyEnabled", true)))
		return v
	case answer.Yes:
	}
	switch v.Answer = e.HasCustomerKey(); v.Answer {
	case answer.No:
		v.Message = "names no KMS key of your own, so that the one AWS manages for S3 is used, whose policy cannot be changed"
		key := newKey(s.Bucket)
		v.Fix = encrypted(s.Bucket, key, fix.Set(s.Resource, e.DefaultPath+".kmsMasterKeyId", fix.NewOutput{Declaration: key, Property: "arn"}))
	case answer.Unknown:
		v.Reason = "the KMS key of " + s.Bucket.String() + " is not known yet"
	case answer.Yes:
		v.Answer, v.Message = e.HasBucketKey(), "does not enable the bucket key: every object costs a request to KMS"
		v.Reason = "bucketKeyEnabled of " + s.Resource.String() + " is not known yet"
		v.Fix = fix.Set(s.Resource, e.RulePath+".bucketKeyEnabled", true).Safely()
	}
	return v
}

// judgeUnencrypted judges a bucket that leaves encryption to S3, as one without any configuration does.
func judgeUnencrypted(p *rule.Pass, b *aws.Bucket) rule.Verdict {
	if p.Flag("allowS3ManagedKey") {
		return rule.OK
	}
	key := newKey(b)
	return rule.Verdict{
		Answer: b.ReceivesLogs(), Message: "leaves encryption to S3's own key (SSE-S3)",
		Reason: b.String() + " uses SSE-S3, and whether it receives access logs is not known yet",
		Fix: encrypted(b, key, fix.Add(&fix.Declaration{
			Type: graph.BucketServerSideEncryptionConfiguration, Name: b.Name, Arguments: fix.Object{
				{Name: "bucket", Value: fix.Output{Resource: b.Resource, Property: "id"}},
				{Name: "rules", Value: []any{fix.Object{
					{Name: "applyServerSideEncryptionByDefault", Value: byDefault(key)}, {Name: "bucketKeyEnabled", Value: true},
				}}},
			},
		})),
	}
}

// newKey returns the declaration of a key for a bucket. Its policy is AWS's default, which leaves it to IAM who may use
// the key.
func newKey(b *aws.Bucket) *fix.Declaration {
	return &fix.Declaration{Type: graph.Key, Name: b.Name + "-key", Arguments: fix.Object{
		{Name: "description", Value: "Encrypts the objects of the bucket " + b.Name}, {Name: "enableKeyRotation", Value: true},
	}}
}

func byDefault(key *fix.Declaration) fix.Object {
	return fix.Object{
		{Name: "sseAlgorithm", Value: "aws:kms"}, {Name: "kmsMasterKeyId", Value: fix.NewOutput{Declaration: key, Property: "arn"}},
	}
}

// encrypted returns the fix that encrypts a bucket with a new key, which the roles that use the bucket may use.
func encrypted(b *aws.Bucket, key *fix.Declaration, use fix.Fix) fix.Fix {
	all := fix.Add(key).And(use)
	for _, user := range b.KeyUsers() {
		all = all.And(rule.AllowRole(user.Role, user.Role.Name+"-"+b.Name+"-key", fix.NewOutput{Declaration: key, Property: "arn"}, user.Actions...))
	}
	return all.Deciding("choose the key: this one, or one that you have; whoever else uses the bucket needs kms:Decrypt and " +
		"kms:GenerateDataKey on it")
}
