package native_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/native"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

type (
	object = resource.PropertyMap
	list   = []resource.PropertyValue
)

func value(v any) resource.PropertyValue { return resource.NewPropertyValue(v) }

func secret(v any) resource.PropertyValue { return resource.MakeSecret(value(v)) }

var unknown = resource.MakeComputed(value(""))

func urn(token, name string) resource.URN {
	return resource.URN("urn:pulumi:dev::images::" + token + "::" + name)
}

func declared(token, name string, inputs object) *graph.Resource {
	return &graph.Resource{
		URN: urn(token, name), Type: graph.Type(token), Name: name, Inputs: inputs, Outputs: inputs, File: "main.py", Line: 3,
	}
}

// part returns the only part of a type.
func part(t *testing.T, r *graph.Resource, of graph.Type) *graph.Resource {
	t.Helper()
	var found []*graph.Resource
	for _, p := range r.Parts {
		if p.Type == of {
			found = append(found, p)
		}
	}
	require.Len(t, found, 1, of)
	return found[0]
}

func TestOtherResourcesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"aws:s3/bucket:Bucket", "aws-native:ec2:Vpc", "gcp:storage/bucket:Bucket"} {
		r := declared(token, "r", object{"bucketName": value("x")})
		assert.Same(t, r, native.Adapt(r))
	}
}

func TestABucketBecomesABucketAndTheResourcesOfItsSettings(t *testing.T) {
	t.Parallel()
	source := declared("aws-native:s3:Bucket", "uploads", object{
		"bucketName":              value("acme-uploads"),
		"tags":                    value(list{value(object{"key": value("owner"), "value": value("images")})}),
		"versioningConfiguration": value(object{"status": value("Enabled")}),
		"bucketEncryption": value(object{"serverSideEncryptionConfiguration": value(list{value(object{
			"bucketKeyEnabled":              value(true),
			"serverSideEncryptionByDefault": value(object{"sseAlgorithm": value("aws:kms"), "kmsMasterKeyId": unknown}),
		})})}),
		"accelerateConfiguration": value(object{"accelerationStatus": value("Enabled")}),
	})
	source.PropertyDependencies = map[resource.PropertyKey][]resource.URN{"bucketEncryption": {"key"}}

	r := native.Adapt(source)

	assert.Equal(t, graph.Bucket, r.Type)
	assert.Equal(t, object{
		"bucket": value("acme-uploads"), "tags": value(object{"owner": value("images")}),
		"accelerateConfiguration": source.Inputs["accelerateConfiguration"],
	}, r.Inputs)
	assert.Same(t, source, r.Declared())
	assert.Len(t, r.Parts, 2)
	versioning := part(t, r, graph.BucketVersioning)
	assert.Equal(t, object{
		"bucket": value("acme-uploads"), "versioningConfiguration": value(object{"status": value("Enabled")}),
	}, versioning.Inputs)
	encryption := part(t, r, graph.BucketServerSideEncryptionConfiguration)
	assert.Equal(t, value(list{value(object{
		"bucketKeyEnabled":                   value(true),
		"applyServerSideEncryptionByDefault": value(object{"sseAlgorithm": value("aws:kms"), "kmsMasterKeyId": unknown}),
	})}), encryption.Inputs["rules"])
	assert.Equal(t, map[resource.PropertyKey][]resource.URN{"bucket": {r.URN}, "rules": {"key"}}, encryption.PropertyDependencies)
	for _, p := range r.Parts {
		assert.Equal(t, []any{source.URN, "Bucket 'uploads'", "main.py", 3}, []any{p.URN, p.String(), p.File, p.Line})
	}
}

func TestPathsAreThoseOfTheProgram(t *testing.T) {
	t.Parallel()
	bucket := native.Adapt(declared("aws-native:s3:Bucket", "b", object{
		"publicAccessBlockConfiguration": value(object{}), "ownershipControls": value(object{}),
		"notificationConfiguration": value(object{}), "lifecycleConfiguration": value(object{}),
		"versioningConfiguration": value(object{}),
	}))
	topic := native.Adapt(declared("aws-native:sns:Topic", "t", object{"subscription": value(list{value(object{}), value(object{})})}))
	function := native.Adapt(declared("aws-native:lambda:Function", "f", object{}))
	for _, test := range []struct {
		of             *graph.Resource
		path, declared string
	}{
		{bucket, "", ""},
		{bucket, "bucket", "bucketName"},
		{bucket, "tags.owner", "tags"},
		{bucket, "forceDestroy", "forceDestroy"},
		{part(t, bucket, graph.BucketPublicAccessBlock), "", "publicAccessBlockConfiguration"},
		{part(t, bucket, graph.BucketPublicAccessBlock), "bucket", "bucketName"},
		{part(t, bucket, graph.BucketPublicAccessBlock), "blockPublicAcls", "publicAccessBlockConfiguration.blockPublicAcls"},
		{part(t, bucket, graph.BucketOwnershipControls), "rule.objectOwnership", "ownershipControls.rules[0].objectOwnership"},
		{part(t, bucket, graph.BucketVersioning), "versioningConfiguration", "versioningConfiguration"},
		{part(t, bucket, graph.BucketVersioning), "versioningConfiguration.status", "versioningConfiguration.status"},
		{part(t, bucket, graph.BucketNotification), "lambdaFunctions[2].events[0]", "notificationConfiguration.lambdaConfigurations[2].event"},
		{part(t, bucket, graph.BucketNotification), "queues[0].queueArn", "notificationConfiguration.queueConfigurations[0].queue"},
		{part(t, bucket, graph.BucketLifecycleConfiguration), "rules[1].expiration.days", "lifecycleConfiguration.rules[1].expirationInDays"},
		{part(t, bucket, graph.BucketLifecycleConfiguration), "rules[1].expiration", "lifecycleConfiguration.rules[1]"},
		{topic.Parts[1], "protocol", "subscription[1].protocol"},
		{function, "s3Bucket", "code.s3Bucket"},
		{function, "environment.variables.KEY", "environment.variables.KEY"},
		{function, "imageConfig.commands", "imageConfig.command"},
	} {
		assert.Equal(t, test.declared, test.of.DeclaredPath(test.path), "%s of a %s", test.path, test.of.Type)
	}
}

func TestWhatIsUnknownStaysUnknownAndWhatIsSecretSecret(t *testing.T) {
	t.Parallel()
	block := part(t, native.Adapt(declared("aws-native:s3:Bucket", "b", object{
		"publicAccessBlockConfiguration": unknown,
	})), graph.BucketPublicAccessBlock)
	assert.True(t, block.Arg("blockPublicAcls").Unknown())
	assert.True(t, block.Arg("bucket").Unknown(), "nobody has named the bucket")

	bucket := native.Adapt(declared("aws-native:s3:Bucket", "b", object{
		"notificationConfiguration": unknown, "versioningConfiguration": secret(object{"status": value("Enabled")}),
		"ownershipControls": resource.NewNullProperty(), "tags": unknown,
	}))
	assert.Len(t, bucket.Parts, 2, "null is absent")
	notification := part(t, bucket, graph.BucketNotification)
	for _, argument := range []string{"lambdaFunctions", "queues", "topics"} {
		assert.True(t, notification.Arg(argument).Unknown(), argument)
	}
	status := part(t, bucket, graph.BucketVersioning).Arg("versioningConfiguration").Get("status")
	assert.True(t, status.Secret())
	assert.True(t, status.Is("Enabled"))
	assert.True(t, bucket.Arg("tags").Unknown())

	function := native.Adapt(declared("aws-native:lambda:Function", "f", object{
		"environment": value(object{"variables": secret(object{"A": value("b")})}), "code": unknown,
		"deadLetterConfig": value(object{"targetArn": unknown}),
	}))
	assert.True(t, function.Arg("environment").Get("variables").Secret())
	assert.True(t, function.Arg("deadLetterConfig").Get("targetArn").Unknown())
	assert.True(t, function.Arg("imageUri").Unknown())
	assert.True(t, function.Arg("memorySize").Absent())

	code := native.Adapt(declared("aws-native:lambda:Function", "f", object{
		"runtime": value("python3.13"), "code": value(object{"zipFile": secret("def handler(): pass")}),
	})).Arg("code")
	assert.True(t, code.Secret())
	assert.Contains(t, code.Property().ArchiveValue().Assets, "index.py")

	tags := native.Adapt(declared("aws-native:sqs:Queue", "q", object{
		"tags": value(list{value(object{"key": unknown, "value": value("x")})}),
	})).Arg("tags")
	assert.True(t, tags.Unknown(), "one of the names is")
}

func TestAWSsOwnDefaults(t *testing.T) {
	t.Parallel()
	bucket := native.Adapt(declared("aws-native:s3:Bucket", "b", object{
		"bucketName": value("b"), "loggingConfiguration": value(object{}),
		"notificationConfiguration": value(object{"eventBridgeConfiguration": value(object{})}),
	}))
	assert.True(t, part(t, bucket, graph.BucketLogging).Arg("targetBucket").Is("b"), "the bucket keeps its logs itself")
	assert.Equal(t, answer.Yes, part(t, bucket, graph.BucketNotification).Arg("eventbridge").IsTrue())

	elsewhere := native.Adapt(declared("aws-native:s3:Bucket", "b", object{
		"loggingConfiguration": value(object{"destinationBucketName": value("logs")}),
	}))
	assert.True(t, part(t, elsewhere, graph.BucketLogging).Arg("targetBucket").Is("logs"))
}

func TestValuesThatAreSpeltInAnotherWay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		token    string
		given    object
		argument string
		want     any
	}{
		{
			"aws-native:cloudwatch:Alarm",
			object{"dimensions": value(list{value(object{"name": value("Q"), "value": value("jobs")})})},
			"dimensions",
			object{"Q": value("jobs")},
		},
		{"aws-native:sns:TopicPolicy", object{"topics": value(list{value("one")})}, "arn", "one"},
		{"aws-native:sns:TopicPolicy", object{"topics": value(list{value("one"), value("two")})}, "arn", list{value("one"), value("two")}},
		{"aws-native:s3:Bucket", object{"accessControl": value("LogDeliveryWrite")}, "acl", "log-delivery-write"},
		{"aws-native:kms:Key", object{"origin": value("AWS_KMS")}, "customKeyStoreId", nil},
		{"aws-native:kms:Key", object{"origin": value("EXTERNAL")}, "customKeyStoreId", "EXTERNAL"},
		{
			"aws-native:iam:Role",
			object{"policies": value(list{value(object{"policyName": value("p"), "policyDocument": value("{}")})})},
			"inlinePolicies",
			list{value(object{"name": value("p"), "policy": value("{}")})},
		},
		{"aws-native:cloudwatch:Alarm", object{"metrics": value(list{value(object{"id": value("m"), "metricStat": value(object{
			"period": value(60), "stat": value("Sum"), "metric": value(object{"metricName": value("Errors")}),
		})})})}, "metricQueries", list{value(object{"id": value("m"), "metric": value(object{
			"period": value(60), "stat": value("Sum"), "metricName": value("Errors"),
		})})}},
		{"aws-native:events:EventBusPolicy", object{
			"action": value("events:PutEvents"), "principal": value("*"),
			"condition": value(object{"type": value("StringEquals"), "key": value("aws:PrincipalOrgID"), "value": value("o-1")}),
		}, "policy", object{"Version": value("2012-10-17"), "Statement": value(list{value(object{
			"Effect": value("Allow"), "Action": value("events:PutEvents"), "Resource": value("*"), "Principal": value("*"),
			"Condition": value(object{"StringEquals": value(object{"aws:PrincipalOrgID": value("o-1")})}),
		})})}},
	} {
		got := native.Adapt(declared(test.token, "r", test.given)).Arg(test.argument)
		assert.Equal(t, value(test.want), got.Property(), "%s of a %s", test.argument, test.token)
	}
}

func TestReferencesBetweenThePackagesAreFollowed(t *testing.T) {
	t.Parallel()
	const native7 = "aws-native:sqs:Queue"
	queue := native.Adapt(&graph.Resource{
		URN: urn(native7, "letters"), Type: native7, Name: "letters", Inputs: object{"queueName": value("letters")},
		Outputs: object{
			"id": value("https://sqs.eu-west-1.amazonaws.com/123456789012/letters"), "arn": value("arn:aws:sqs:eu-west-1:123456789012:letters"),
			"queueUrl": value("https://sqs.eu-west-1.amazonaws.com/123456789012/letters"),
		},
	})
	assert.True(t, queue.Output("url").Is("https://sqs.eu-west-1.amazonaws.com/123456789012/letters"))
	bucket := native.Adapt(declared("aws-native:s3:Bucket", "b", object{"publicAccessBlockConfiguration": value(object{})}))
	computedFrom := func(property string, v resource.PropertyValue, on ...resource.URN) *graph.Resource {
		return &graph.Resource{
			URN: "f", Type: graph.Function, Name: "f", Inputs: object{resource.PropertyKey(property): v},
			PropertyDependencies: map[resource.PropertyKey][]resource.URN{resource.PropertyKey(property): on},
		}
	}
	g := graph.New("images", "dev", "", []*graph.Resource{queue, bucket})

	target := func(r *graph.Resource, want graph.Type) graph.Target { return g.Resolve(r, r.Ref("x"), want) }
	assert.Equal(t, []*graph.Resource{queue}, target(computedFrom("x", queue.Outputs["arn"]), graph.Queue).Certain)
	assert.Equal(t, []*graph.Resource{queue}, target(computedFrom("x", unknown, queue.URN), graph.Queue).ByDependency)
	assert.Equal(t, bucket.Parts, target(computedFrom("x", unknown, bucket.URN), graph.BucketPublicAccessBlock).ByDependency)
	blocks := g.Attached(graph.BucketPublicAccessBlock, graph.Bucket)
	assert.Equal(t, bucket.Parts, blocks.Linked(bucket), "by dependency, as the bucket has no name yet")
}

func TestWhatTheProgramOnlyReadsHasItsPartsToo(t *testing.T) {
	t.Parallel()
	read := declared("aws-native:s3:Bucket", "b", nil)
	read.Outputs = object{
		"id": value("theirs"), "bucketName": value("theirs"),
		"publicAccessBlockConfiguration": value(object{"blockPublicAcls": value(true)}),
	}
	bucket := native.Adapt(read)
	block := part(t, bucket, graph.BucketPublicAccessBlock)
	assert.False(t, bucket.Managed())
	assert.False(t, block.Managed())
	assert.Equal(t, answer.Yes, block.Setting("blockPublicAcls").IsTrue())
	assert.True(t, block.Setting("bucket").Is("theirs"))
}

func TestFormsAreTheReverse(t *testing.T) {
	t.Parallel()
	arguments := object{
		"name": value("jobs"), "visibilityTimeoutSeconds": value(30.0), "tags": value(object{"owner": value("images")}),
		"kmsMasterKeyId": unknown,
	}
	forms := native.Forms(graph.Queue)
	require.Len(t, forms, 1)
	declaredArguments := forms[0].Arguments(arguments)
	assert.Equal(t, value(object{
		"queueName": value("jobs"), "visibilityTimeout": value(30.0), "kmsMasterKeyId": unknown,
		"tags": value(list{value(object{"key": value("owner"), "value": value("images")})}),
	}), declaredArguments)
	assert.Equal(t, arguments, native.Adapt(declared(string(forms[0].Type), "q", declaredArguments.ObjectValue())).Inputs)
}
