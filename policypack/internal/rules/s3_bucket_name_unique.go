package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var s3BucketNameUnique = &rule.Rule{
	ID:    "s3-bucket-name-unique",
	Title: "A bucket's fixed name is valid for S3, used once, and unique across accounts.",
	Rationale: "Bucket names are shared by all AWS accounts of a partition. A fixed name that nothing makes unique is " +
		"taken by somebody else, by another stage or by another region sooner or later, and then the deployment " +
		"fails, or objects go to a bucket that is not yours.",
	Remediation: "Leave the name to Pulumi, use bucketPrefix, or put the account id, the organisation, the project " +
		"with the stack, or a random suffix of at least 4 characters into it.",
	Limitations: "Buckets of other stacks and accounts. A word that looks like a random suffix, such as a9f3, is taken for one.",
	Scope:       rule.StackScope,
	Documented:  true,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Mandatory,
	Types:       []graph.Type{graph.Bucket},
	Equivalents: []string{"Trivy AWS-0320"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
		"https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming",
	},
	CheckStack: func(p *rule.Pass) {
		const fix = "leave bucket out so that Pulumi names it, or add the account id, or the project and the stack, to the name"
		taken := map[string]*graph.Resource{}
		for _, bucket := range p.Graph.Managed(graph.Bucket) {
			arg := bucket.Arg("bucket")
			name, known := arg.Str()
			switch {
			case arg.Unknown() && !namedByRandom(p.Graph, bucket):
				p.NotEvaluated(bucket, "the name of %s is not known yet", bucket)
			case !known:
				// Pulumi or bucketPrefix makes the name, or a random resource does.
			case invalidBucketName(name) != "":
				why := invalidBucketName(name)
				if arg.Secret() {
					why = "it is secret, so the reason is not shown"
				}
				p.Report(bucket, "bucket", bucket.String()+" is named "+arg.Show()+", which breaks the rules for bucket names: "+
					why+".", "choose a name of 3 to 63 lower-case letters, digits and hyphens, without a reserved prefix or suffix")
			case taken[name] != nil:
				p.Report(bucket, "bucket", bucket.String()+" and "+taken[name].String()+" have the same name.",
					"give each bucket a name of its own, or leave bucket out so that Pulumi does")
			case !isUniqueName(p.Graph, bucket, name) && p.Graph.Organization == "":
				p.NotEvaluated(bucket, "the organization is not known, so whether the name of %s holds it is not either (pipeguard check takes --organization)", bucket)
			case !isUniqueName(p.Graph, bucket, name):
				p.Report(bucket, "bucket", bucket.String()+" is named "+arg.Show()+
					", and nothing in that name makes it unique across accounts, stacks and regions.", fix)
			}
			if known && taken[name] == nil {
				taken[name] = bucket
			}
		}
	},
}

// namedByRandom says that a bucket's name is computed from a resource of the
// random provider.
func namedByRandom(g *graph.Graph, bucket *graph.Resource) bool {
	for _, urn := range bucket.PropertyDependencies["bucket"] {
		if r := g.ByURN(urn); r != nil && strings.HasPrefix(string(r.Type), "random:") {
			return true
		}
	}
	return false
}
