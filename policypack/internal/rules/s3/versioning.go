package s3

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var versioning = &rule.Rule{
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
	CheckStack: rule.EachSetting(aws.Versioning, func(_ *rule.Pass, s aws.Setting) rule.Verdict {
		enable := fix.Set(s.Resource, "versioningConfiguration.status", "Enabled")
		switch {
		case s.IsEmptyList():
			enable = fix.Set(s.Resource, s.Property, []any{fix.Object{{Name: "enabled", Value: true}}})
		case s.Inline():
			enable = fix.Set(s.Resource, s.Property+".enabled", true)
		}
		return rule.Verdict{
			Answer: s.KeepsVersions(), Property: s.Property, Message: "does not enable versioning", Fix: enable.Safely(),
			Reason: "whether " + s.Resource.String() + " enables versioning is not known yet",
		}
	}, func(_ *rule.Pass, b *aws.Bucket) rule.Verdict {
		return rule.Verdict{
			Answer: b.HasObjectLock(), Message: "has no versioning: what is deleted or overwritten is gone",
			Reason: "whether " + b.String() + " has Object Lock, and versioning with it, is not known yet",
			Fix: fix.Add(&fix.Declaration{Type: graph.BucketVersioning, Name: b.Name, Arguments: fix.Object{
				{Name: "bucket", Value: fix.Output{Resource: b.Resource, Property: "id"}},
				{Name: "versioningConfiguration", Value: fix.Object{{Name: "status", Value: "Enabled"}}},
			}}).Safely(),
		}
	}),
}
