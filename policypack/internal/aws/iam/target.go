package iam

import (
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/aws/naming"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// targetText returns the ARN that a policy's resource patterns are compared with, with holes for what is not known. It
// is made from the first of these that there is: the given ARN, the target's own ARN, the target's type and physical
// name. If there is none of them, or it is not an ARN, the result is a single hole.
//
// With a physical name, the service and the name are known, the account is not, and the region may be. So
// `arn:aws:sqs:*:*:dlq` matches a queue named dlq, `arn:aws:sqs:*:*:other` does not, and `arn:aws:sqs:eu-west-1:*:dlq`
// may.
func targetText(action string, target *graph.Resource, targetARN string) string {
	text := targetARN
	if text == "" && target != nil {
		text = arnOf(target)
	}
	if !strings.HasPrefix(text, "arn:") {
		return string(anyHole)
	}
	if strings.Contains(text, ":s3:::") && !strings.Contains(text, "/") && onObjects(action) {
		text += "/" + string(anyHole)
	}
	return text
}

// onObjects reports whether an S3 action is on the objects of a bucket, whose ARNs begin with the bucket's.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func onObjects(action string) bool {
	_, name, _ := strings.Cut(strings.ToLower(action), ":")
	switch name {
	case "abortmultipartupload", "listmultipartuploadparts":
		return true
	default:
		return strings.Contains(name, "object") && !strings.Contains(name, "bucket")
	}
}

// arnOf returns the ARN of a resource, with holes for what is not known of it.
func arnOf(r *graph.Resource) string { return naming.ARN(r, string(segmentHole)) }

// ObjectsARN returns an ARN for all objects of a bucket whose keys begin with prefix and end with suffix.
func ObjectsARN(bucket *graph.Resource, prefix, suffix string) string {
	return arnOf(bucket) + "/" + prefix + string(anyHole) + suffix
}

// SomeObjectARN returns an ARN for objects of a bucket that the caller can choose: what is allowed on some is allowed.
func SomeObjectARN(bucket *graph.Resource) string { return arnOf(bucket) + "/" + string(someHole) }

// LogStreamsARN returns an ARN for any log stream in a function's log group of that name, or of an unknown name if that
// is empty.
func LogStreamsARN(function *graph.Resource, group string) string {
	if group == "" {
		group = string(segmentHole)
	}
	own := strings.SplitN(arnOf(function), ":", 6) // in the function's own account and region
	return strings.Join([]string{"arn", own[1], "logs", own[3], own[4], "log-group:" + group + ":log-stream:" + nobodysName}, ":")
}
