package s3

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var accessLogging = &rule.Rule{
	ID:    "s3-access-logging",
	Title: "Every bucket writes access logs, except the one that receives them.",
	Rationale: "After a leak or a loss the first question is who read or deleted what. Without access logs nothing " +
		"answers it: CloudTrail does not record single objects unless it is configured to, and neither can be had afterwards.",
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
	CheckStack: rule.EachSetting(aws.Logging, func(p *rule.Pass, s aws.Setting) rule.Verdict {
		v := judgeUnlogged(p, s.Bucket)
		switch s.SendsLogs() {
		case answer.Yes:
			return rule.OK
		case answer.Unknown:
			v = rule.Verdict{Reason: "the target of the access logs of " + s.Bucket.String() + " is not known yet"}
		case answer.No:
			v.Fix = sendLogs(p, s.Bucket, &s)
		}
		v.Property = s.Property
		return v
	}, judgeUnlogged),
}

// judgeUnlogged judges a bucket that writes no access logs.
func judgeUnlogged(p *rule.Pass, b *aws.Bucket) rule.Verdict {
	return rule.Verdict{
		Answer: b.ReceivesLogs(), Message: "writes no access logs: nobody can tell who read or deleted its objects",
		Reason: b.String() + " has no access logs, and whether it receives those of others is not known yet",
		Fix:    sendLogs(p, b, nil),
	}
}

// sendLogs returns the fix that sends the access logs of a bucket to one of the stack that receives others', with
// what allows that, or else to one that is to be chosen. An empty setting is filled in.
func sendLogs(p *rule.Pass, b *aws.Bucket, empty *aws.Setting) fix.Fix {
	target, allow := any(fix.Choice("the name of a bucket kept for access logs")), fix.Fix{}
	if logs := p.Stack.LogBucket(b); logs != nil {
		target = fix.Output{Resource: logs.Resource, Property: "id"}
		if logs.AllowsLogs() == answer.No {
			objects := fix.Joined{fix.Output{Resource: logs.Resource, Property: "arn"}, "/*"}
			allow = rule.AddStatement(logs.Policies(), rule.AllowService(aws.S3Logs, "s3:PutObject", objects,
				fix.Output{Resource: b.Resource, Property: "arn"}))
		}
	}
	send := fix.Object{{Name: "targetBucket", Value: target}, {Name: "targetPrefix", Value: b.Name + "/"}}
	var log fix.Fix
	switch {
	case empty == nil:
		log = fix.Add(&fix.Declaration{Type: graph.BucketLogging, Name: b.Name, Arguments: append(
			fix.Object{{Name: "bucket", Value: fix.Output{Resource: b.Resource, Property: "id"}}}, send...)})
	case empty.Value.IsList():
		log = fix.Set(b.Resource, empty.Property, []any{send})
	case empty.Inline():
		log = fix.Set(b.Resource, empty.Property, send)
	default:
		log = fix.Set(empty.Resource, "targetBucket", target)
	}
	return allow.And(log).Deciding("choose where the logs go: to a bucket whose policy allows " + aws.S3Logs.Principal + " to write there")
}
