package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

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
	Blind: "Blocks that another stack or the console puts on the bucket, and an account-level block that this " +
		"stack does not declare.",
	Severity:    apitype.PolicySeverityHigh,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Bucket, graph.BucketPublicAccessBlock},
	Frameworks:  []string{"AWS FSBP S3.8"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8",
	},
	Params: []rule.Param{{
		Name: "accountLevel", Type: rule.Boolean, Default: false,
		Description: "Let an aws.s3.AccountPublicAccessBlock of the same stack, with all four flags true, " +
			"stand for the blocks of its buckets.",
	}},
	CheckStack: func(p *rule.Pass) {
		for _, block := range p.Graph.Managed(graph.BucketPublicAccessBlock) {
			checkBlockFlags(p, block)
		}
		accountWide := p.Flag("accountLevel") && hasAccountBlock(p.Graph)
		blocks := p.Graph.Referrers(p.Graph.All(graph.BucketPublicAccessBlock), graph.Arg("bucket"), graph.Bucket)
		for _, bucket := range p.Graph.Managed(graph.Bucket) {
			linked := blocks.Linked(bucket)
			switch {
			case len(blocks.Certain(bucket)) > 1:
				p.Report(bucket, "", bucket.String()+" has "+count(len(linked), "public access block")+": "+
					names(linked)+". They overwrite each other.", "keep one BucketPublicAccessBlock for this bucket")
			case len(linked) > 1:
				p.NotEvaluated(bucket, "%s may have more than one public access block (%s): their bucket is not known yet",
					bucket, names(linked))
			case len(linked) == 1 || accountWide:
			case blocks.Maybe(bucket) != nil:
				p.NotEvaluated(bucket, "%s may be the bucket of %s, whose bucket is not known yet", bucket, blocks.Maybe(bucket))
			default:
				p.Report(bucket, "", bucket.String()+" has no BucketPublicAccessBlock: one ACL or policy makes it public.",
					"declare an aws.s3.BucketPublicAccessBlock with bucket set to this bucket's id and "+
						strings.Join(publicAccessFlags, ", ")+" all true")
			}
		}
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
		v := block.Arg(flag)
		if on, known := v.Bool(); v.Unknown() {
			unknown = append(unknown, flag)
		} else if !known || !on {
			off = append(off, flag)
		}
	}
	return off, unknown
}

func hasAccountBlock(g *graph.Graph) bool {
	for _, block := range g.Managed(graph.AccountPublicAccessBlock) {
		if off, _ := blockFlags(block); len(off) == 0 {
			return true
		}
	}
	return false
}
