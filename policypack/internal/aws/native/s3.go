package native

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html
var s3Kinds = map[graph.Type]kind{
	"aws-native:s3:Bucket": {
		to: graph.Bucket,
		arguments: append(renamed("bucket bucketName", "bucketPrefix bucketNamePrefix"),
			member{name: "acl", native: "accessControl", as: cannedACL}, tags),
		outputs: renamed("id id", "arn arn", "bucketDomainName domainName", "bucketRegionalDomainName regionalDomainName"),
		parts: []part{
			ofBucket(graph.BucketPublicAccessBlock, "publicAccessBlockConfiguration", alike(
				"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")),
			ofBucket(graph.BucketOwnershipControls, "ownershipControls", renamed("rule rules[0]")),
			ofBucket(graph.BucketVersioning, "versioningConfiguration", renamed("versioningConfiguration.status status")),
			ofBucket(graph.BucketServerSideEncryptionConfiguration, "bucketEncryption", shape{{
				name: "rules", native: "serverSideEncryptionConfiguration",
				shape: renamed("applyServerSideEncryptionByDefault serverSideEncryptionByDefault"),
			}}),
			ofBucket(graph.BucketLifecycleConfiguration, "lifecycleConfiguration", shape{{
				name: "rules", native: "rules", shape: lifecycleRule,
			}}),
			// A bucket stores its own logs unless another bucket is named.
			{
				to: graph.BucketLogging, argument: "loggingConfiguration",
				shape: renamed("targetBucket destinationBucketName", "targetPrefix logFilePrefix"),
				owner: "bucket", identity: "bucket", itself: "targetBucket",
			},
			ofBucket(graph.BucketNotification, "notificationConfiguration", shape{
				{name: "lambdaFunctions", native: "lambdaConfigurations", shape: notification("lambdaFunctionArn", "function")},
				{name: "queues", native: "queueConfigurations", shape: notification("queueArn", "queue")},
				{name: "topics", native: "topicConfigurations", shape: notification("topicArn", "topic")},
				{name: "eventbridge", native: "eventBridgeConfiguration", as: eventBridge},
			}),
		},
	},
	"aws-native:s3:BucketPolicy": {
		to:        graph.BucketPolicy,
		arguments: renamed("policy policyDocument"),
		outputs:   renamed("id id"),
	},
}

// ofBucket returns an argument of a bucket as a part.
func ofBucket(to graph.Type, argument string, s shape) part {
	return part{to: to, argument: argument, shape: s, owner: "bucket", identity: "bucket"}
}

// notification returns the shape of a notification to one kind of target.
func notification(name, native string) shape {
	return shape{
		{name: name, native: native},
		{name: "events", native: "event", as: inList},
		{name: "filterPrefix", native: "filter.s3Key.rules", as: filterRule("prefix")},
		{name: "filterSuffix", native: "filter.s3Key.rules", as: filterRule("suffix")},
	}
}

var lifecycleRule = shape{
	{name: "expiration.days", native: "expirationInDays"},
	{name: "expiration.date", native: "expirationDate"},
	{name: "expiration.expiredObjectDeleteMarker", native: "expiredObjectDeleteMarker"},
	{name: "filter.prefix", native: "prefix"},
	{name: "filter.objectSizeGreaterThan", native: "objectSizeGreaterThan"},
	{name: "filter.objectSizeLessThan", native: "objectSizeLessThan"},
	{name: "noncurrentVersionTransitions", native: "noncurrentVersionTransitions", shape: renamed("noncurrentDays transitionInDays")},
	{name: "transitions", native: "transitions", shape: renamed("days transitionInDays", "date transitionDate")},
}

// eventBridge converts the object that sends a bucket's events to EventBridge, unless the object turns that off.
var eventBridge = &conversion{
	adapt: func(v graph.Value) graph.Value {
		if enabled := v.Get("eventBridgeEnabled"); !enabled.Absent() {
			return enabled
		}
		return graph.NewValue(resource.NewProperty(true))
	},
	restore: func(v, _ graph.Value) graph.Value {
		return graph.NewValue(resource.NewProperty(resource.PropertyMap{"eventBridgeEnabled": put(v)}))
	},
}

// cannedACL maps the names of canned ACLs in pulumi-aws and S3 to those in aws-native.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
var cannedACL = words(map[string]string{
	"authenticated-read":        "AuthenticatedRead",
	"aws-exec-read":             "AwsExecRead",
	"bucket-owner-full-control": "BucketOwnerFullControl",
	"bucket-owner-read":         "BucketOwnerRead",
	"log-delivery-write":        "LogDeliveryWrite",
	"private":                   "Private",
	"public-read":               "PublicRead",
	"public-read-write":         "PublicReadWrite",
})
