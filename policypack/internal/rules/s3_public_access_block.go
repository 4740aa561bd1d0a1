package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var s3PublicAccessBlock = &rule.Rule{
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
	CheckResource: func(p *rule.Pass, r *graph.Resource) {
		if r.Type == graph.BucketPublicAccessBlock {
			checkBlockFlags(p, r)
		}
	},
	CheckStack: func(p *rule.Pass) {
		accountWide := answer.No
		if p.Flag("accountLevel") {
			accountWide = accountBlock(p.Graph)
		}
		blocks := p.Graph.Referrers(p.Graph.All(graph.BucketPublicAccessBlock), graph.Arg("bucket"), graph.Bucket)
		for _, bucket := range p.Graph.Managed(graph.Bucket) {
			// A block that the program only reads protects, and overwrites nothing.
			certain, linked := managed(blocks.Certain(bucket)), blocks.Linked(bucket)
			switch {
			case len(certain) > 1:
				p.Report(bucket, "", bucket.String()+" has "+count(len(certain), "public access block")+", which overwrite "+
					"each other: "+names(certain)+".", "keep one BucketPublicAccessBlock for this bucket")
			case len(managed(linked)) > 1:
				p.NotEvaluated(bucket, "%s may have more than one public access block (%s): their bucket is not known yet",
					bucket, names(linked))
			case len(linked) > 0 || accountWide == answer.Yes:
			case blocks.Maybe(bucket) != nil:
				p.NotEvaluated(bucket, "%s may be the block of %s: its bucket is not known yet", blocks.Maybe(bucket), bucket)
			case accountWide == answer.Unknown:
				p.NotEvaluated(bucket, "whether an account-level block covers %s is not known yet", bucket)
			default:
				p.Report(bucket, "", bucket.String()+" has no BucketPublicAccessBlock: one wrong ACL or policy makes it public.",
					"declare an aws.s3.BucketPublicAccessBlock with bucket set to this bucket's id and "+
						strings.Join(publicAccessFlags, ", ")+" all true")
			}
		}
	},
	Remediate: func(_ *rule.Pass, r *graph.Resource) resource.PropertyMap {
		off, _ := blockFlags(r)
		if r.Type != graph.BucketPublicAccessBlock || len(off) == 0 {
			return nil
		}
		fixed := r.Inputs.Copy()
		for _, flag := range off {
			fixed[resource.PropertyKey(flag)] = resource.NewProperty(true)
		}
		return fixed
	},
}

func checkBlockFlags(p *rule.Pass, block *graph.Resource) {
	off, unknown := blockFlags(block)
	switch {
	case len(off) > 0:
		p.Report(block, off[0], block.String()+" does not set "+strings.Join(off, ", ")+" to true.",
			"set "+strings.Join(off, ": true, ")+": true")
	case len(unknown) > 0:
		p.NotEvaluated(block, "%s of %s is not known yet", strings.Join(unknown, ", "), block)
	}
}

// blockFlags are the flags of a block that are not true (an absent flag is
// false), and those that are not known.
func blockFlags(block *graph.Resource) (off, unknown []string) {
	for _, flag := range publicAccessFlags {
		v := block.Setting(flag)
		if on, known := v.Bool(); v.Unknown() {
			unknown = append(unknown, flag)
		} else if !known || !on {
			off = append(off, flag)
		}
	}
	return off, unknown
}

// accountBlock says whether the stack declares or reads an account-level block
// with all flags true.
func accountBlock(g *graph.Graph) answer.Answer {
	found := answer.No
	for _, block := range g.All(graph.AccountPublicAccessBlock) {
		switch off, unknown := blockFlags(block); {
		case len(off) > 0:
		case len(unknown) > 0:
			found = max(found, answer.Unknown)
		default:
			return answer.Yes
		}
	}
	return found
}
