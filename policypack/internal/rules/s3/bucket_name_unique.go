package s3

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

var bucketNameUnique = &rule.Rule{
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
	CheckStack: rule.Each((*aws.Stack).Buckets, func(_ *rule.Pass, b *aws.Bucket) rule.Verdict {
		arg := b.Arg("bucket")
		name, known := arg.Str()
		fault, part := aws.FaultOfBucketName(name)
		autoName := fix.Remove(b.Resource, "bucket") // Pulumi names the bucket
		named := b.String() + " is named " + arg.Show()
		switch {
		case arg.Unknown() && !b.IsNamedByRandom():
			return rule.NotEvaluated(nil, "the name of "+b.String()+" is not known yet")
		case !known:
			return rule.OK // Pulumi or bucketPrefix makes the name, or a random resource does
		case fault != aws.NoFault:
			why := faults[fault](name, part)
			if arg.Secret() {
				why = "it is secret, so the reason is not shown"
			}
			return rule.Violation(nil, "bucket", named+", which breaks the rules for bucket names: "+why+".",
				autoName.Deciding("Pulumi then names it; or choose a name of 3 to 63 lower-case letters, digits and hyphens, without a reserved prefix or suffix"))
		case b.Namesake() != nil:
			return rule.Violation(nil, "bucket", b.String()+" and "+b.Namesake().String()+" have the same name.",
				autoName.Deciding("Pulumi then names it; or give each bucket a name of its own"))
		}
		return rule.Verdict{
			Answer: b.HasUniqueName(), Property: "bucket",
			Message: named + ", and nothing in that name makes it unique across accounts, stacks and regions.",
			Reason: "the organization is not known, so whether the name of " + b.String() +
				" holds it is not either (pipeguard check takes --organization)",
			Fix: autoName.Deciding("Pulumi then names it; or add the account id, or the project and the stack, to the name; either " +
				"way a bucket that exists is replaced"),
		}
	}),
}

// faults word what is wrong with a name, by the fault and the part of the name that has it.
var faults = map[aws.NameFault]func(name, part string) string{
	aws.IPAddressName:  func(_, _ string) string { return "it is an IP address" },
	aws.ReservedPrefix: func(_, part string) string { return "the prefix " + part + " is reserved" },
	aws.ReservedSuffix: func(_, part string) string { return "the suffix " + part + " is reserved" },
	aws.NameLength:     func(name, _ string) string { return "it has " + text.Count(len(name), "character") + ", not 3 to 63" },
	aws.NameWithDot:    func(_, _ string) string { return "it has a dot, which breaks TLS to the bucket" },
	aws.NameCharacter: func(_, _ string) string {
		return "it has a character other than lower-case letters, digits and hyphens"
	},
	aws.NameWithOuterHyphen: func(_, _ string) string { return "it starts or ends with a hyphen" },
}
