package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var bucketOwnership = bucketSetting{split: graph.BucketOwnershipControls, property: "rule"}

var s3OwnershipEnforced = &rule.Rule{
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
	CheckStack: func(p *rule.Pass) {
		bucketOwnership.check(p, func(s given) opinion {
			ownership := s.value.Get("objectOwnership")
			return judged(ownership.Equals("BucketOwnerEnforced"),
				"leaves ACLs on, with objectOwnership "+ownership.Show(), "set objectOwnership: BucketOwnerEnforced",
				"objectOwnership of "+s.by.String()+" is not known yet")
		}, func(*graph.Resource) opinion {
			return opinion{
				answer.No, "has no ownership controls: nothing in the program keeps its ACLs off",
				"declare an aws.s3.BucketOwnershipControls for the bucket with rule: {objectOwnership: BucketOwnerEnforced}",
			}
		})
	},
}
