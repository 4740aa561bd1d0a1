package s3

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var noPublicAccess = &rule.Rule{
	ID:    "s3-no-public-access",
	Title: "No ACL, grant or policy opens a bucket or its objects to everyone.",
	Rationale: "A public ACL or policy is how private images end up in a search engine: everyone can list or fetch " +
		"them, or store their own at the owner's cost. Where a public access block is on, the deployment fails " +
		"instead, or the setting does nothing until the block is lifted.",
	Remediation: "Remove the ACL, or set it to private. In a policy name the principals that need access, or tie it to " +
		"accounts, an organisation or a VPC endpoint; hand objects out by presigned URLs or through CloudFront.",
	Limitations: "Access points, and ACLs that clients send with the objects they store. A condition on addresses or on " +
		"the referer counts as none: it says where a request comes from, not whose it is.",
	Scope:       rule.ResourceScope,
	Severity:    apitype.PolicySeverityCritical,
	Enforcement: apitype.Mandatory,
	Types: []graph.Type{
		graph.Bucket, graph.BucketAcl, graph.BucketLogging, graph.BucketObject, graph.BucketObjectv2, graph.BucketPolicy,
		graph.ObjectCopy,
	},
	Frameworks: []string{
		"AWS FSBP S3.2", "AWS FSBP S3.3", "NIST 800-53 r5 AC-3", "NIST 800-53 r5 AC-6", "NIST 800-53 r5 SC-7",
	},
	Equivalents: []string{
		"Checkov CKV_AWS_20", "Checkov CKV_AWS_57", "Checkov CKV_AWS_70", "Checkov CKV_AWS_375",
		"Trivy AWS-0092",
	},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status",
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-2",
	},
	CheckResource: rule.EachResource(func(p *rule.Pass, r *graph.Resource) []rule.Verdict {
		verdicts := append(rule.NotPublic(p, r), rule.Verdict{
			Answer: -aws.IsPublicACL(r.Arg("acl")), Property: "acl",
			Message: "acl of " + r.String() + " is " + r.Arg("acl").Show() + ", which opens it to everyone.",
			Reason:  "acl of " + r.String() + " is not known yet",
			Fix:     fix.Set(r, "acl", "private").Deciding("decide how those who need the objects get them: " + handOut),
		})
		grants, unknown := aws.Grants(r)
		for _, path := range unknown {
			verdicts = append(verdicts, rule.NotEvaluated(r, path+" of "+r.String()+" is not known yet"))
		}
		for _, grant := range grants {
			verdicts = append(verdicts, rule.Verdict{
				Answer: -grant.ToEveryone(), Property: grant.Path + "." + grant.Member,
				Message: grant.Path + " of " + r.String() + " is a grant to everyone.",
				Reason:  "the grantee of " + grant.Path + " of " + r.String() + " is not known yet",
				Fix:     fix.Remove(r, grant.Path).Deciding("decide how those who need the objects get them: " + handOut),
			})
		}
		return verdicts
	}),
}

// handOut is how objects reach whoever is to have them while the bucket is closed.
const handOut = "by presigned URLs, through CloudFront or by a policy that names them"
