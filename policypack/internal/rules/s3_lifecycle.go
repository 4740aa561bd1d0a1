package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var bucketLifecycle = bucketSetting{
	inline: []string{"lifecycleRules"}, split: graph.BucketLifecycleConfiguration, property: "rules",
}

var s3Lifecycle = &rule.Rule{
	ID:    "s3-lifecycle",
	Title: "Every bucket has a lifecycle rule that aborts incomplete multipart uploads.",
	Rationale: "The parts of an upload that was never completed stay, and are paid for, for ever: no listing of objects " +
		"shows them. Without any lifecycle rule old versions and temporary objects pile up the same way.",
	Remediation: "Declare an aws.s3.BucketLifecycleConfigurationV2 for the bucket with an enabled rule that has " +
		"abortIncompleteMultipartUpload.daysAfterInitiation, and rules for what else should expire.",
	Limitations: "Which objects a rule covers, and whether its days make sense.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityLow,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Bucket, graph.BucketLifecycleConfiguration},
	Frameworks:  []string{"AWS FSBP S3.13"},
	Equivalents: []string{"Checkov CKV_AWS_300", "Checkov CKV2_AWS_61"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-13",
	},
	CheckStack: func(p *rule.Pass) {
		const abort = "abortIncompleteMultipartUpload: {daysAfterInitiation: 7}"
		bucketLifecycle.check(p, func(s given) opinion {
			fix := "add a rule with status: Enabled and " + abort
			if s.inline() {
				fix = "add a rule with enabled: true and abortIncompleteMultipartUploadDays: 7"
			}
			return judged(abortsUploads(s), "has no enabled rule that aborts incomplete multipart uploads", fix,
				"whether a rule of "+s.by.String()+" aborts incomplete uploads is not known yet")
		}, func(*graph.Resource) opinion {
			return opinion{
				answer.No, "has no lifecycle rules: incomplete multipart uploads are kept, and paid for, for ever",
				"declare an aws.s3.BucketLifecycleConfigurationV2 for the bucket with an enabled rule and " + abort,
			}
		})
	},
}

// abortsUploads says whether one of the rules is enabled and aborts incomplete
// multipart uploads.
func abortsUploads(s given) answer.Answer {
	if s.value.Unknown() {
		return answer.Unknown
	}
	any := answer.No
	for _, item := range s.value.Items() {
		enabled, days := equals(item.Get("status"), "Enabled"), item.Get("abortIncompleteMultipartUpload").Get("daysAfterInitiation")
		if s.inline() {
			enabled, days = isTrue(item.Get("enabled")), item.Get("abortIncompleteMultipartUploadDays")
		}
		any = max(any, min(enabled, isPositive(days)))
	}
	return any
}

// isPositive says whether a value is a number above zero; an absent one is not.
func isPositive(v graph.Value) answer.Answer {
	switch n, known := v.Number(); {
	case v.Unknown():
		return answer.Unknown
	case known && n > 0:
		return answer.Yes
	}
	return answer.No
}
