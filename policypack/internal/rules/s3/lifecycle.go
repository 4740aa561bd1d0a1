package s3

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var lifecycle = &rule.Rule{
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
	CheckStack: rule.EachSetting(aws.Lifecycle, func(_ *rule.Pass, s aws.Setting) rule.Verdict {
		return rule.Verdict{
			Answer: s.AbortsUploads(), Property: s.Property, Fix: fix.Append(s.Resource, s.Property, abortUploads(s.Inline())).Safely(),
			Message: "has no enabled rule that aborts incomplete multipart uploads",
			Reason:  "whether a rule of " + s.Resource.String() + " aborts incomplete uploads is not known yet",
		}
	}, func(_ *rule.Pass, b *aws.Bucket) rule.Verdict {
		return rule.Verdict{
			Answer:  answer.No,
			Message: "has no lifecycle rules: incomplete multipart uploads are kept, and paid for, for ever",
			Fix: fix.Add(&fix.Declaration{Type: graph.BucketLifecycleConfiguration, Name: b.Name, Arguments: fix.Object{
				{Name: "bucket", Value: fix.Output{Resource: b.Resource, Property: "id"}},
				{Name: "rules", Value: []any{abortUploads(false)}},
			}}).Safely(),
		}
	}),
}

// abortUploads returns a rule that aborts incomplete multipart uploads, as the bucket's own argument has it or a resource
// of its own.
func abortUploads(inline bool) fix.Object {
	const id, days = "abort-incomplete-uploads", 7
	if inline {
		return fix.Object{
			{Name: "id", Value: id}, {Name: "enabled", Value: true}, {Name: "abortIncompleteMultipartUploadDays", Value: days},
		}
	}
	return fix.Object{
		{Name: "id", Value: id},
		{Name: "status", Value: "Enabled"},
		{Name: "filter", Value: fix.Object{}},
		{Name: "abortIncompleteMultipartUpload", Value: fix.Object{{Name: "daysAfterInitiation", Value: days}}},
	}
}
