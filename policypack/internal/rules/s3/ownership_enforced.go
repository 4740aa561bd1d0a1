package s3

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var ownershipEnforced = &rule.Rule{
	ID:    "s3-ownership-enforced",
	Title: "Every bucket switches ACLs off: its owner owns all objects.",
	Rationale: "While ACLs count, whoever uploads an object decides who may read it, and an upload from another account " +
		"stays that account's: policies do not reach it, and the bucket's owner may not even read it. S3 switches " +
		"ACLs off on new buckets only, and a later change in the console goes unnoticed while nothing declares it.",
	Remediation: "Declare an aws.s3.BucketOwnershipControls for the bucket with rule.objectOwnership BucketOwnerEnforced, " +
		"and replace ACLs by statements in the bucket's policy.",
	Limitations: "Ownership that is set outside the stack.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Bucket, graph.BucketOwnershipControls},
	Frameworks:  []string{"AWS FSBP S3.12", "NIST 800-53 r5 AC-3", "NIST 800-53 r5 AC-6"},
	Equivalents: []string{"Checkov CKV2_AWS_65"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-12",
	},
	CheckStack: rule.EachSetting(aws.Ownership, func(_ *rule.Pass, s aws.Setting) rule.Verdict {
		return rule.Verdict{
			Answer: s.SwitchesACLsOff(), Property: s.Property,
			Message: "leaves ACLs on, with objectOwnership " + s.Value.Get("objectOwnership").Show(),
			Reason:  "objectOwnership of " + s.Resource.String() + " is not known yet",
			Fix: fix.Set(s.Resource, "rule.objectOwnership", "BucketOwnerEnforced").
				Deciding("replace ACLs by statements in the bucket's policy first: from then on S3 refuses uploads with an ACL"),
		}
	}, func(_ *rule.Pass, b *aws.Bucket) rule.Verdict {
		return rule.Verdict{
			Answer: answer.No, Message: "has no ownership controls: nothing in the program keeps its ACLs off",
			Fix: fix.Add(&fix.Declaration{Type: graph.BucketOwnershipControls, Name: b.Name, Arguments: fix.Object{
				{Name: "bucket", Value: fix.Output{Resource: b.Resource, Property: "id"}},
				{Name: "rule", Value: fix.Object{{Name: "objectOwnership", Value: "BucketOwnerEnforced"}}},
			}}).Safely(), // new buckets are made with it
		}
	}),
}
