package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
)

// phase is how much of a stack is known when it is analyzed.
type phase int

const (
	// firstPreview is a preview before anything exists: what AWS computes, and
	// everything derived from it, is unknown.
	firstPreview phase = iota
	// deployed is after a deployment: everything is known.
	deployed
)

func (p phase) String() string {
	if p == firstPreview {
		return "first preview"
	}
	return "deployed"
}

// The stack that the resources belong to.
const (
	project      = "images"
	stackName    = "dev"
	organization = "acme"
	account      = "123456789012"
	region       = "eu-west-1"
)

const (
	stackType     = "pulumi:pulumi:Stack"
	componentType = "images:index:Pipeline"
	logGroupType  = "aws:cloudwatch/logGroup:LogGroup"
)

// declared is a resource as the engine knows it when its program has ended.
type declared struct {
	urn, parent          resource.URN
	token, name          string
	inputs, outputs      resource.PropertyMap
	dependencies         []resource.URN
	propertyDependencies map[resource.PropertyKey][]resource.URN
}

// custom reports whether a provider manages the resource.
func (d *declared) custom() bool { return strings.HasPrefix(d.token, "aws:") }

// object holds arguments: scalars, lists, objects, archives and outputs.
type object map[string]any

// output is a property of another resource, as an argument.
type output struct {
	of       *declared
	property resource.PropertyKey
}

func (d *declared) out(property resource.PropertyKey) output { return output{d, property} }

// text is a string composed of strings and outputs.
type text []any

// stack makes the resources of a stack.
type stack struct {
	phase     phase
	resources []*declared
}

// newStack returns a stack of size resources, at least one: the stack's own, as many
// copies of a hardened pipeline as there is room for, and log groups for the rest.
// It has no defects. The same arguments give the same stack.
func newStack(size int, p phase) []*declared {
	s := &stack{phase: p}
	root := s.declare(nil, stackType, project+"-"+stackName, nil, nil)
	s.pipeline(root, 0)
	each := len(s.resources) - 1
	for i := 1; len(s.resources)+each <= size; i++ {
		s.pipeline(root, i)
	}
	for i := 0; len(s.resources) < size; i++ {
		name := fmt.Sprintf("extra-%d", i)
		s.declare(root, logGroupType, name, object{"name": name}, object{"arn": arn("logs", "log-group:"+name)})
	}
	root.outputs = s.known(object{"validations": object{"uploadsArePrivate": true, "failuresAreSeen": true}})
	return s.resources
}

func arn(service, rest string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, region, account, rest)
}

// pipeline declares the i-th copy: images uploaded to one bucket become
// thumbnails in another. It is the pipeline of the reference stack, but refers
// to ids and ARNs, as most programs do, where the reference stack uses names
// known in advance.
func (s *stack) pipeline(root *declared, i int) {
	prefix := fmt.Sprintf("pipeline-%d", i)
	parent := s.declare(root, componentType, prefix, nil, nil)
	add := func(token, name string, args, computed object) *declared {
		return s.declare(parent, token, prefix+"-"+name, args, computed)
	}

	key := add("aws:kms/key:Key", "key",
		object{
			"description": "Encrypts " + prefix, "enableKeyRotation": true, "deletionWindowInDays": 30,
			"policy": policy(text{
				`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"kms:*","Resource":"*"},`,
				`{"Effect":"Allow","Principal":{"Service":["cloudwatch.amazonaws.com","logging.s3.amazonaws.com","logs.` + region + `.amazonaws.com"]},` +
					`"Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*",` +
					`"Condition":{"StringEquals":{"aws:SourceAccount":"` + account + `"}}}`,
			}),
		},
		object{"arn": arn("kms", "key/"+prefix), "keyId": prefix})
	add("aws:kms/alias:Alias", "key",
		object{"name": "alias/" + prefix, "targetKeyId": key.out("keyId")},
		object{"arn": arn("kms", "alias/"+prefix)})
	logs := bucket(add, prefix, "logs", key, nil)
	source := bucket(add, prefix, "source", key, logs)
	thumbnails := bucket(add, prefix, "thumbnails", key, logs)

	queueURL := "https://sqs." + region + ".amazonaws.com/" + account + "/" + prefix + "-failed"
	queue := add("aws:sqs/queue:Queue", "failed",
		object{"name": prefix + "-failed", "messageRetentionSeconds": 1209600, "kmsMasterKeyId": key.out("arn")},
		object{"id": queueURL, "url": queueURL, "arn": arn("sqs", prefix+"-failed")})
	add("aws:sqs/queuePolicy:QueuePolicy", "failed",
		object{"queueUrl": queue.out("url"), "policy": denyPlainText("sqs:*", queue.out("arn"))}, nil)

	function := s.function(add, prefix, key, source, thumbnails, queue)
	permission := add("aws:lambda/permission:Permission", "uploads", object{
		"action": "lambda:InvokeFunction", "function": function.out("name"), "principal": "s3.amazonaws.com",
		"sourceArn": source.out("arn"), "sourceAccount": account,
	}, nil)
	notification := add("aws:s3/bucketNotification:BucketNotification", "uploads", object{
		"bucket": source.out("id"),
		"lambdaFunctions": []any{object{
			"lambdaFunctionArn": function.out("arn"), "events": []any{"s3:ObjectCreated:*"},
			"filterPrefix": "uploads/", "filterSuffix": ".jpg",
		}},
	}, nil)
	notification.dependencies = append(notification.dependencies, permission.urn)
	alarms(add, prefix, key, function, queue)
}

// adder declares a resource of a pipeline.
type adder func(token, name string, args, computed object) *declared

// bucket declares a bucket and what hardens it. Its access logs go to logs,
// unless that is nil.
func bucket(add adder, prefix, name string, key, logs *declared) *declared {
	physical := prefix + "-" + name + "-" + account
	bucket := add("aws:s3/bucketV2:BucketV2", name,
		object{"bucket": physical, "forceDestroy": false},
		object{
			"id": physical, "arn": "arn:aws:s3:::" + physical, "region": region, "hostedZoneId": "Z1BKCTXD74EZPE",
			"bucketDomainName":         physical + ".s3.amazonaws.com",
			"bucketRegionalDomainName": physical + ".s3." + region + ".amazonaws.com",
		})
	id := bucket.out("id")
	add("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name, object{
		"bucket": id, "blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
	}, nil)
	add("aws:s3/bucketOwnershipControls:BucketOwnershipControls", name,
		object{"bucket": id, "rule": object{"objectOwnership": "BucketOwnerEnforced"}}, nil)
	add("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", name, object{
		"bucket": id,
		"rules": []any{object{
			"applyServerSideEncryptionByDefault": object{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key.out("arn")},
			"bucketKeyEnabled":                   true,
		}},
	}, nil)
	add("aws:s3/bucketVersioningV2:BucketVersioningV2", name,
		object{"bucket": id, "versioningConfiguration": object{"status": "Enabled"}}, nil)
	add("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", name, object{
		"bucket": id,
		"rules": []any{object{
			"id": "uploads", "status": "Enabled", "abortIncompleteMultipartUpload": object{"daysAfterInitiation": 7},
		}},
	}, nil)
	add("aws:s3/bucketPolicy:BucketPolicy", name, object{"bucket": id, "policy": policy(text{
		`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["`, bucket.out("arn"), `","`, bucket.out("arn"), `/*"],`,
		`"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
	})}, nil)
	if logs != nil {
		add("aws:s3/bucketLoggingV2:BucketLoggingV2", name,
			object{"bucket": id, "targetBucket": logs.out("id"), "targetPrefix": name + "/"}, nil)
	}
	return bucket
}

// function declares a function with its role and log group.
func (s *stack) function(add adder, prefix string, key, source, thumbnails, queue *declared) *declared {
	role := add("aws:iam/role:Role", "thumbnailer",
		object{
			"name":             prefix + "-thumbnailer",
			"assumeRolePolicy": policy(text{`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`}),
		},
		object{
			"id": prefix + "-thumbnailer", "uniqueId": fmt.Sprintf("AROA%s", strings.ToUpper(prefix)),
			"arn": "arn:aws:iam::" + account + ":role/" + prefix + "-thumbnailer",
		})
	logGroup := add(logGroupType, "thumbnailer",
		object{"name": "/aws/lambda/" + prefix + "-thumbnailer", "retentionInDays": 30, "kmsKeyId": key.out("arn")},
		object{"arn": arn("logs", "log-group:/aws/lambda/"+prefix+"-thumbnailer")})
	work := add("aws:iam/rolePolicy:RolePolicy", "work", object{
		"role": role.out("id"),
		"policy": policy(text{
			`{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"`, source.out("arn"), `/uploads/*"},`,
			`{"Effect":"Allow","Action":"s3:PutObject","Resource":"`, thumbnails.out("arn"), `/thumbnails/*"},`,
			`{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"`, queue.out("arn"), `"},`,
			`{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"`, logGroup.out("arn"), `:*"}`,
		}),
	}, nil)
	useKey := add("aws:iam/rolePolicy:RolePolicy", "key", object{
		"role": role.out("id"),
		"policy": policy(text{
			`{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"`, key.out("arn"), `"}`,
		}),
	}, nil)
	function := add("aws:lambda/function:Function", "thumbnailer",
		object{
			"name": prefix + "-thumbnailer", "description": "Makes JPEG thumbnails of uploaded images",
			"runtime": "provided.al2023", "architectures": []any{"arm64"}, "handler": "bootstrap",
			"code": &archive.Archive{Path: "../build/thumbnail.zip"}, "role": role.out("arn"),
			"memorySize": 1024, "timeout": 60, "ephemeralStorage": object{"size": 512},
			"reservedConcurrentExecutions": 20, "tracingConfig": object{"mode": "Active"},
			"environment": object{"variables": object{
				"DESTINATION_BUCKET": thumbnails.out("bucket"), "KMS_KEY_ARN": key.out("arn"),
				"SOURCE_PREFIX": "uploads/", "DESTINATION_PREFIX": "thumbnails/", "MAX_WIDTH": "200", "MAX_HEIGHT": "200",
			}},
			"deadLetterConfig": object{"targetArn": queue.out("arn")},
			"loggingConfig":    object{"logFormat": "JSON", "logGroup": logGroup.out("name")},
		},
		object{
			"id": prefix + "-thumbnailer", "arn": arn("lambda", "function:"+prefix+"-thumbnailer"),
			"qualifiedArn": arn("lambda", "function:"+prefix+"-thumbnailer:$LATEST"), "version": "$LATEST",
		})
	function.dependencies = append(function.dependencies, work.urn, useKey.urn)
	add("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "thumbnailer", object{
		"functionName": function.out("name"), "maximumRetryAttempts": 1, "maximumEventAgeInSeconds": 3600,
	}, nil)
	return function
}

// alarms declares the alarms on a function and its dead-letter queue.
func alarms(add adder, prefix string, key, function, queue *declared) {
	topic := add("aws:sns/topic:Topic", "alarms",
		object{"name": prefix + "-alarms", "kmsMasterKeyId": key.out("arn")},
		object{"id": arn("sns", prefix+"-alarms"), "arn": arn("sns", prefix+"-alarms")})
	add("aws:sns/topicPolicy:TopicPolicy", "alarms",
		object{"arn": topic.out("arn"), "policy": denyPlainText("sns:Publish", topic.out("arn"))}, nil)
	add("aws:sns/topicSubscription:TopicSubscription", "alarms",
		object{"topic": topic.out("arn"), "protocol": "email", "endpoint": "ops@example.com"},
		object{"arn": arn("sns", prefix+"-alarms:1")})
	alarm := func(name, namespace, metric, statistic string, dimensions object) {
		add("aws:cloudwatch/metricAlarm:MetricAlarm", name, object{
			"name": prefix + "-" + name, "namespace": namespace, "metricName": metric, "statistic": statistic,
			"dimensions": dimensions, "period": 300, "evaluationPeriods": 1, "threshold": 0,
			"comparisonOperator": "GreaterThanThreshold", "treatMissingData": "notBreaching",
			"alarmActions": []any{topic.out("arn")},
		}, object{"arn": arn("cloudwatch", "alarm:"+prefix+"-"+name)})
	}
	alarm("errors", "AWS/Lambda", "Errors", "Sum", object{"FunctionName": function.out("name")})
	alarm("dead-letters", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", object{"QueueName": queue.out("name")})
}

// policy returns an IAM policy document of these statements.
func policy(statements text) text {
	return slices.Concat(text{`{"Version":"2012-10-17","Statement":[`}, statements, text{`]}`})
}

func denyPlainText(action string, of output) text {
	return policy(text{
		`{"Effect":"Deny","Principal":"*","Action":"` + action + `","Resource":"`, of,
		`","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
	})
}

// declare adds a resource. computed are the outputs that AWS computes, besides
// those that repeat an argument; the id is the resource's name unless it is
// given.
func (s *stack) declare(parent *declared, token, name string, args, computed object) *declared {
	d := &declared{token: token, name: name, propertyDependencies: map[resource.PropertyKey][]resource.URN{}}
	types := token
	if parent != nil {
		d.parent = parent.urn
		if parent.token != stackType {
			types = parent.token + "$" + token
		}
	}
	d.urn = resource.URN("urn:pulumi:" + stackName + "::" + project + "::" + types + "::" + name)
	d.inputs = resource.PropertyMap{}
	for _, key := range slices.Sorted(maps.Keys(args)) {
		from := map[resource.URN]bool{}
		d.inputs[resource.PropertyKey(key)] = s.value(args[key], from)
		if len(from) > 0 {
			d.propertyDependencies[resource.PropertyKey(key)] = slices.Sorted(maps.Keys(from))
		}
	}
	for _, urns := range d.propertyDependencies {
		d.dependencies = append(d.dependencies, urns...)
	}
	slices.Sort(d.dependencies)
	d.dependencies = slices.Compact(d.dependencies)

	d.outputs = maps.Clone(d.inputs)
	if d.custom() {
		d.outputs["id"] = s.computed(name)
	}
	for key, value := range computed {
		d.outputs[resource.PropertyKey(key)] = s.computed(value)
	}
	s.resources = append(s.resources, d)
	return d
}

func (s *stack) known(o object) resource.PropertyMap {
	return s.value(o, map[resource.URN]bool{}).ObjectValue()
}

func (s *stack) computed(value any) resource.PropertyValue {
	if s.phase == firstPreview {
		return resource.MakeComputed(resource.NewProperty(""))
	}
	return resource.NewPropertyValue(value)
}

// value evaluates an argument and adds to from the resources it comes from.
func (s *stack) value(arg any, from map[resource.URN]bool) resource.PropertyValue {
	switch arg := arg.(type) {
	case object:
		o := make(resource.PropertyMap, len(arg))
		for key, member := range arg {
			o[resource.PropertyKey(key)] = s.value(member, from)
		}
		return resource.NewProperty(o)
	case []any:
		items := make([]resource.PropertyValue, len(arg))
		for i, item := range arg {
			items[i] = s.value(item, from)
		}
		return resource.NewProperty(items)
	case output:
		from[arg.of.urn] = true
		return arg.of.outputs[arg.property]
	case text:
		var b strings.Builder
		known := true
		for _, part := range arg {
			v := s.value(part, from)
			known = known && v.IsString()
			if known {
				b.WriteString(v.StringValue())
			}
		}
		if !known {
			return s.computed("")
		}
		return resource.NewProperty(b.String())
	default:
		return resource.NewPropertyValue(arg)
	}
}
