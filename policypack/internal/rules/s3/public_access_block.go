package s3

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var publicAccessBlock = &rule.Rule{
	ID:    "s3-public-access-block",
	Title: "Every bucket has one BucketPublicAccessBlock with all four flags true.",
	Rationale: "Without a public access block one wrong ACL or bucket policy, also a later one, opens every " +
		"object to the internet. With two, whichever is written last wins, and each deployment may differ.",
	Remediation: "Declare one aws.s3.BucketPublicAccessBlock for the bucket and set blockPublicAcls, " +
		"blockPublicPolicy, ignorePublicAcls and restrictPublicBuckets to true.",
	Limitations: "Blocks that another stack or the console puts on the bucket, and an account-level block that this " +
		"stack does not declare.",
	Scope:       rule.StackScope,
	Documented:  true,
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Bucket, graph.BucketPublicAccessBlock},
	Frameworks: []string{
		"AWS FSBP S3.8", "CIS AWS Foundations 3.0.0 2.1.4", "CIS AWS Foundations 5.0.0 2.1.4", "NIST 800-53 r5 AC-3", "NIST 800-53 r5 AC-6",
	},
	Equivalents: []string{
		"Checkov CKV_AWS_53", "Checkov CKV_AWS_54", "Checkov CKV_AWS_55", "Checkov CKV_AWS_56",
		"Checkov CKV2_AWS_6", "Trivy AWS-0086", "Trivy AWS-0087", "Trivy AWS-0091", "Trivy AWS-0093",
		"Trivy AWS-0094",
	},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8",
	},
	Params: []rule.Param{{
		Name: "accountLevel", Type: rule.Boolean, Default: false,
		Description: "Let an aws.s3.AccountPublicAccessBlock that the same stack declares or reads, with all four " +
			"flags true, stand for the blocks of its buckets.",
	}},
	CheckResource: rule.EachResource(judgeFlags),
	CheckStack:    rule.Each((*aws.Stack).Buckets, judgeBlocks),
	Remediate:     rule.Remediate(judgeFlags),
}

func judgeFlags(_ *rule.Pass, r *graph.Resource) rule.Verdict {
	off, unknown := aws.OpenFlags(r)
	switch {
	case r.Type != graph.BucketPublicAccessBlock:
		return rule.OK
	case len(off) > 0:
		return rule.Violation(r, off[0], r.String()+" does not set "+strings.Join(off, ", ")+" to true.", setFlags(r, off).Safely())
	case len(unknown) > 0:
		return rule.NotEvaluated(r, strings.Join(unknown, ", ")+" of "+r.String()+" is not known yet")
	default:
		return rule.OK
	}
}

func judgeBlocks(p *rule.Pass, b *aws.Bucket) rule.Verdict {
	accountWide := answer.No
	if p.Flag("accountLevel") {
		accountWide = p.Stack.BlocksPublicAccess()
	}
	// A block that the program only reads protects, and overwrites nothing.
	blocks := b.PublicAccessBlocks()
	certain, linked := graph.Managed(blocks.Certain), graph.Managed(blocks.Linked)
	switch {
	case len(certain) > 1:
		// Which of them to keep is not in their arguments, and no edit takes a resource away.
		return rule.Violation(nil, "", b.String()+" has "+text.Count(len(certain), "public access block")+", which overwrite "+
			"each other: "+text.Names(certain)+".", fix.Advise("keep one BucketPublicAccessBlock for this bucket"))
	case len(linked) > 1:
		return rule.NotEvaluated(nil, b.String()+" may have more than one public access block ("+text.Names(blocks.Linked)+
			"): their bucket is not known yet")
	case len(blocks.Linked) > 0 || accountWide == answer.Yes:
		return rule.OK
	case blocks.Maybe != nil:
		return rule.NotEvaluated(nil, blocks.Maybe.String()+" may be the block of "+b.String()+": its bucket is not known yet")
	case accountWide == answer.Unknown:
		return rule.NotEvaluated(nil, "whether an account-level block covers "+b.String()+" is not known yet")
	}
	block := fix.Object{{Name: "bucket", Value: fix.Output{Resource: b.Resource, Property: "id"}}}
	for _, flag := range aws.PublicAccessFlags {
		block = append(block, fix.Member{Name: flag, Value: true})
	}
	return rule.Violation(nil, "", b.String()+" has no BucketPublicAccessBlock: one wrong ACL or policy makes it public.",
		fix.Add(&fix.Declaration{Type: graph.BucketPublicAccessBlock, Name: b.Name, Arguments: block}).Safely())
}

// setFlags returns the fix that sets flags of a block to true.
func setFlags(block *graph.Resource, flags []string) fix.Fix {
	all := fix.Set(block, flags[0], true)
	for _, flag := range flags[1:] {
		all = all.And(fix.Set(block, flag, true))
	}
	return all
}
