package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var bucketVersioning = bucketSetting{
	inline: []string{"versioning", "versionings"}, split: graph.BucketVersioning, property: "versioningConfiguration",
}

var s3Versioning = &rule.Rule{
	ID:    "s3-versioning",
	Title: "Every bucket keeps the versions of its objects.",
	Rationale: "Without versioning a wrong delete or overwrite, by a bug, a wrong prefix or ransomware, is final: S3 has " +
		"no other way back.",
	Remediation: "Declare an aws.s3.BucketVersioningV2 for the bucket with versioningConfiguration.status Enabled, and a " +
		"lifecycle rule that expires old versions.",
	Limitations: "Versioning that is switched on outside the stack, and for how long versions are kept.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Bucket, graph.BucketVersioning},
	Frameworks:  []string{"AWS FSBP S3.14", "NIST 800-53 r5 CP-9", "NIST 800-53 r5 CP-10", "NIST 800-53 r5 SI-12"},
	Equivalents: []string{"Checkov CKV_AWS_21", "Trivy AWS-0090"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-14",
	},
	CheckStack: func(p *rule.Pass) {
		bucketVersioning.check(p, func(s given) opinion {
			on, fix := equals(s.value.Get("status"), "Enabled"), "set versioningConfiguration: {status: Enabled}"
			if s.inline() {
				on, fix = isTrue(s.value.Get("enabled")), "set "+s.property+" to enabled: true"
			}
			return judged(on, "does not enable versioning", fix, "whether "+s.by.String()+" enables versioning is not known yet")
		}, func(bucket *graph.Resource) opinion {
			return judged(isLocked(bucket), "has no versioning: what is deleted or overwritten is gone",
				"declare an aws.s3.BucketVersioningV2 for the bucket with versioningConfiguration: {status: Enabled}",
				"whether "+bucket.String()+" has Object Lock, and versioning with it, is not known yet")
		})
	},
}

// isLocked says whether a bucket is created with Object Lock, for which S3
// switches versioning on for good.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
func isLocked(bucket *graph.Resource) answer.Answer {
	return max(isTrue(bucket.Arg("objectLockEnabled")), equals(bucket.Arg("objectLockConfiguration").Get("objectLockEnabled"), "Enabled"))
}

// isTrue says whether a value is true; an absent one is not.
func isTrue(v graph.Value) answer.Answer {
	switch on, known := v.Bool(); {
	case v.Unknown():
		return answer.Unknown
	case known && on:
		return answer.Yes
	}
	return answer.No
}
