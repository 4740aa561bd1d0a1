package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var s3NoPublicAccess = &rule.Rule{
	ID:    "s3-no-public-access",
	Title: "No ACL, grant or policy opens a bucket or its objects to everyone.",
	Rationale: "A public ACL or policy is how private images end up in a search engine: everyone can list or fetch " +
		"them, or store their own at the owner's cost. Where a public access block is on, the deployment fails " +
		"instead, or the setting does nothing until the block is lifted.",
	Remediation: "Remove the ACL, or set it to private. In a policy name the principals that need access, or tie it to " +
		"accounts, an organisation or a VPC endpoint; hand objects out by presigned URLs or through CloudFront.",
	Limitations: "Access points, and ACLs that clients send with the objects they store. A condition on addresses or on " +
		"the referer counts as none: it tells from where a request comes, not whose it is.",
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
	CheckResource: func(p *rule.Pass, r *graph.Resource) {
		checkNotPublic(p, r)
		acl := r.Arg("acl")
		text, _ := acl.Str()
		switch {
		case acl.Unknown():
			p.NotEvaluated(r, "acl of %s is not known yet", r)
		case slices.Contains(publicACLs, text):
			p.Report(r, "acl", "acl of "+r.String()+" is "+acl.Show()+", which opens it to everyone.",
				`remove acl, or set it to "private"`)
		}
		checkGrants(p, r, "grants", r.Arg("grants"), "uri")
		checkGrants(p, r, "targetGrants", r.Arg("targetGrants"), "grantee", "uri")
		checkGrants(p, r, "accessControlPolicy.grants", r.Arg("accessControlPolicy").Get("grants"), "grantee", "uri")
	},
}

// publicACLs are the canned ACLs that grant something to one of publicGroups.
var publicACLs = []string{"public-read", "public-read-write", "authenticated-read"}

// publicGroups are the ends of the URIs of the groups that anyone is in; for
// the second an AWS account of one's own is enough.
var publicGroups = []string{"/groups/global/AllUsers", "/groups/global/AuthenticatedUsers"}

// checkGrants reports grants to everyone; member is the path of the grantee's
// URI in a grant.
func checkGrants(p *rule.Pass, r *graph.Resource, path string, grants graph.Value, member ...string) {
	if grants.Unknown() {
		p.NotEvaluated(r, "%s of %s is not known yet", path, r)
	}
	for i, grant := range grants.Items() {
		at := fmt.Sprintf("%s[%d]", path, i)
		uri := grant
		for _, name := range member {
			uri = uri.Get(name)
		}
		text, _ := uri.Str()
		switch {
		case uri.Unknown():
			p.NotEvaluated(r, "the grantee of %s of %s is not known yet", at, r)
		case slices.ContainsFunc(publicGroups, func(group string) bool { return strings.HasSuffix(text, group) }):
			p.Report(r, at+"."+strings.Join(member, "."), at+" of "+r.String()+" is a grant to everyone.",
				"remove the grant to "+uri.Show())
		}
	}
}
