package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var s3AccessLogging = &rule.Rule{
	ID:    "s3-access-logging",
	Title: "Every bucket writes access logs, except the one that receives them.",
	Rationale: "After a leak or a loss the first question is who read or deleted what. Without access logs nothing " +
		"answers it: CloudTrail does not record single objects unless it is told to, and neither can be had afterwards.",
	Remediation: "Declare an aws.s3.BucketLoggingV2 for the bucket with targetBucket set to a bucket kept for logs.",
	Limitations: "Data events that a CloudTrail trail records instead, and whether the target bucket's policy lets S3 write " +
		"there. A bucket that receives the logs of other stacks is known by its ACL log-delivery-write alone.",
	Scope:       rule.StackScope,
	Severity:    apitype.PolicySeverityMedium,
	Enforcement: apitype.Advisory,
	Types:       []graph.Type{graph.Bucket, graph.BucketLogging},
	Frameworks: []string{
		"AWS FSBP S3.9", "NIST 800-53 r5 AU-2", "NIST 800-53 r5 AU-3", "NIST 800-53 r5 AU-12",
	},
	Equivalents: []string{"Checkov CKV_AWS_18", "Trivy AWS-0089"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-9",
	},
	CheckStack: func(p *rule.Pass) {
		isLogBucket := logBuckets(p.Graph)
		missing := func(bucket *graph.Resource) opinion {
			return judged(isLogBucket(bucket), "writes no access logs: nobody can tell who read or deleted its objects",
				"declare an aws.s3.BucketLoggingV2 for the bucket with targetBucket: the name of a bucket kept for logs",
				bucket.String()+" has no access logs, and whether it receives those of others is not known yet")
		}
		bucketLogging.check(p, func(s given) opinion {
			switch target := s.logTarget(); {
			case target.Value.Absent() || target.Value.Is(""):
				return missing(s.bucket)
			case target.Value.Unknown() && len(p.Graph.Resolve(s.by, target, graph.Bucket).Linked()) == 0:
				return opinion{why: "the target of the access logs of " + s.bucket.String() + " is not known yet"}
			default:
				return fine
			}
		}, missing)
	},
}
