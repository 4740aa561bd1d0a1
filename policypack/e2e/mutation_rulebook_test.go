package e2e_test

import (
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// These are the reference stack's resources, and parts of them, that mutations change.
const (
	function, role         = "Function thumbnailer", "Role thumbnailer"
	work, keyUse           = "RolePolicy thumbnailer-work", "RolePolicy thumbnailer-key"
	sourceBucket           = "Bucket source"
	sourcePolicy, key      = "BucketPolicy source", "Key key"
	notification           = "BucketNotification uploads"
	permission             = "Permission uploads"
	encryption, versioning = "BucketServerSideEncryptionConfiguration source", "BucketVersioning source"
	lifecycle, ownership   = "BucketLifecycleConfiguration source", "BucketOwnershipControls source"
	logging                = "BucketLogging source"
	invokeConfig           = "FunctionEventInvokeConfig thumbnailer"
	logGroup, idle         = "LogGroup thumbnailer", "MetricAlarm monitoring-idle"
	queue, queuePolicy     = "Queue dead-letters", "QueuePolicy dead-letters"
	topic, topicPolicy     = "Topic monitoring", "TopicPolicy monitoring"

	// These are the names under the configuration in Pulumi.dev.yaml.
	sourceName      = "image-pipeline-dev-organization-source-123456789012"
	destinationName = "image-pipeline-dev-organization-thumbnails-123456789012"
)

// allow returns a statement that allows anyone to do something; extra has more
// of its elements.
func allow(action, extra string) string {
	return `{"Effect":"Allow","Action":"` + action + `","Resource":"*"` + extra + `}`
}

// everyone returns the principal that stands for anyone, followed by more elements.
func everyone(extra string) string { return `,"Principal":"*"` + extra }

// keyIsKnown makes the role's use of the key known: at preview its ARN is
// unknown, so nothing that the role lacks would be certain.
var keyIsKnown = policy(keyUse, "policy", `{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],`+
	`"Resource":"arn:aws:kms:us-east-1:123456789012:key/*"}`)

// roleLacks removes a part of the role's permissions.
func roleLacks(part, left string) mutation {
	return all(keyIsKnown, reword(work, "policy", part, left))
}

// writesToSource makes the function write its thumbnails to a folder of the
// bucket that it is invoked for.
func writesToSource(folder string) mutation {
	return all(
		variables(map[string]any{"DESTINATION_BUCKET": sourceName, "DESTINATION_PREFIX": folder}),
		reword(work, "policy", destinationName+"/thumbnails/*", sourceName+"/"+folder+"*"),
	)
}

// notifiedOf makes the notification invoke the function for all keys that the
// filters match, and lets the function read them.
func notifiedOf(filters map[string]any) mutation {
	entry := map[string]any{
		"lambdaFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:image-pipeline-dev-thumbnailer",
		"events":            []any{"s3:ObjectCreated:*"},
	}
	maps.Copy(entry, filters)
	return all(set(notification, "lambdaFunctions", []any{entry}), reword(work, "policy", sourceName+"/uploads/*", sourceName+"/*"))
}

var ownerAndCostCenter = configured("required-tags", map[string]any{"requiredTags": []any{"Owner", "CostCenter"}})

// code puts the function's code elsewhere than in an archive of the program.
func code(arguments map[string]any) mutation {
	mutations := []mutation{set(function, "code", nil)}
	for argument, value := range arguments {
		mutations = append(mutations, set(function, argument, value))
	}
	return all(mutations...)
}

// encrypted sets the default encryption of a bucket.
func encrypted(byDefault map[string]any, bucketKey bool) mutation {
	return set(encryption, "rules", []any{map[string]any{
		"applyServerSideEncryptionByDefault": byDefault, "bucketKeyEnabled": bucketKey,
	}})
}

// ruleBookMutations returns the mutations for the other rules.
func ruleBookMutations() mutations {
	const (
		customerKey = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
		overTLS     = `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`
		inAnyOrg    = `,"Condition":{"StringLike":{"aws:PrincipalOrgID":"*"}}`
		plainText   = `"aws:SecureTransport":["false"]`
		bothParts   = `"Resource":["arn:aws:s3:::` + sourceName + `","arn:aws:s3:::` + sourceName + `/*"]`
		toAlarms    = `"Principal":{"Service":["cloudwatch.amazonaws.com"]},"Action":["kms:Decrypt","kms:GenerateDataKey*"]`
		github      = `"Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}`
		database    = "postgres://app:correct-horse@db.example.com/images"
	)
	trust := func(elements string) mutation {
		return policy(role, "assumeRolePolicy", `{"Effect":"Allow",`+elements+`}`)
	}
	// The expression of the idle alarm itself fills the gaps in its metrics: this
	// one uses a metric without data when nothing invokes the function.
	tooFew := all(
		set(idle, "metricQueries", nil),
		set(idle, "namespace", "AWS/Lambda"), set(idle, "metricName", "Invocations"),
		set(idle, "dimensions", map[string]any{"FunctionName": "image-pipeline-dev-thumbnailer"}),
		set(idle, "statistic", "Sum"), set(idle, "period", 300.0),
		set(idle, "comparisonOperator", "LessThanThreshold"), set(idle, "threshold", 1.0),
	)

	return mutations{
		"s3-encryption": {
			"not declared":    remove(encryption),
			"S3's own key":    encrypted(map[string]any{"sseAlgorithm": "AES256"}, false),
			"AWS's key":       encrypted(map[string]any{"sseAlgorithm": "aws:kms"}, true),
			"AWS's key named": encrypted(map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "alias/aws/s3"}, true),
			"no bucket key":   encrypted(map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": customerKey}, false),
		},
		"s3-tls-only": {
			"no policy":            remove(sourcePolicy),
			"no statement":         policy(sourcePolicy, "policy", ""),
			"the bucket alone":     reword(sourcePolicy, "policy", bothParts, `"Resource":["arn:aws:s3:::`+sourceName+`"]`),
			"the objects alone":    reword(sourcePolicy, "policy", bothParts, `"Resource":["arn:aws:s3:::`+sourceName+`/*"]`),
			"one action":           reword(sourcePolicy, "policy", `"s3:*"`, `"s3:GetObject"`),
			"the condition turned": reword(sourcePolicy, "policy", plainText, `"aws:SecureTransport":["true"]`),
			"one more condition":   reword(sourcePolicy, "policy", plainText, plainText+`,"aws:ViaAWSService":["true"]`),
			"one principal":        reword(sourcePolicy, "policy", `"Principal":{"AWS":["*"]},"Action":["s3:*"]`, `"Principal":{"AWS":["123456789012"]},"Action":["s3:*"]`),
			"another bucket's":     reword(sourcePolicy, "policy", bothParts, strings.ReplaceAll(bothParts, sourceName, destinationName)),
			"all but what matters": reword(sourcePolicy, "policy", `"Action":["s3:*"]`, `"NotAction":["s3:*"]`),
		},
		"s3-no-public-access": {
			"canned ACL": set(sourceBucket, "acl", "public-read"),
			"a grant": set(sourceBucket, "grants", []any{map[string]any{
				"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers", "permissions": []any{"READ"},
			}}),
			"everyone may read":          states(sourcePolicy, allow("s3:GetObject", everyone(""))),
			"everyone who has TLS":       states(sourcePolicy, allow("s3:PutObject", everyone(overTLS))),
			"everyone of any company":    states(sourcePolicy, allow("s3:ListBucket", everyone(inAnyOrg))),
			"everyone but one":           states(sourcePolicy, allow("s3:GetObject", `,"NotPrincipal":{"AWS":"arn:aws:iam::123456789012:root"}`)),
			"in the bucket's own policy": set("Bucket logs", "policy", `{"Statement":`+allow("s3:GetObject", everyone(""))+`}`),
		},
		"s3-ownership-enforced": {
			"not declared": remove(ownership),
			"the writer's": set(ownership, "rule", map[string]any{"objectOwnership": "ObjectWriter"}),
			"preferred":    set(ownership, "rule", map[string]any{"objectOwnership": "BucketOwnerPreferred"}),
		},
		"s3-versioning": {
			"not declared": remove(versioning),
			"suspended":    set(versioning, "versioningConfiguration", map[string]any{"status": "Suspended"}),
		},
		"s3-lifecycle": {
			"not declared": remove(lifecycle),
			"nothing aborts uploads": set(lifecycle, "rules", []any{map[string]any{
				"id": "old", "status": "Enabled", "expiration": map[string]any{"days": 30},
			}}),
			"switched off": set(lifecycle, "rules", []any{map[string]any{
				"id": "old", "status": "Disabled", "abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 7},
			}}),
		},
		"s3-access-logging": {
			"not declared": remove(logging),
			"no target":    set(logging, "targetBucket", ""),
		},
		"s3-no-force-destroy": {
			"of production":              all(onStack("production"), set(sourceBucket, "forceDestroy", true)),
			"whose name is in capitals":  all(onStack("PROD-eu"), set("Bucket logs", "forceDestroy", true)),
			"of a stack that is guarded": all(configured("s3-no-force-destroy", map[string]any{"stacks": []any{"live", "d?v"}}), set("Bucket destination", "forceDestroy", true)),
		},
		"s3-notification-permission": {
			"not declared":     remove(permission),
			"another bucket":   set(permission, "sourceArn", "arn:aws:s3:::another"),
			"another function": set(permission, "function", "another"),
			"another service":  set(permission, "principal", "sns.amazonaws.com"),
			"another action":   set(permission, "action", "lambda:GetFunction"),
			"of a version":     set(permission, "qualifier", "7"),
			"not waited for":   unordered(notification, permission),
		},
		"s3-notification-recursion": {
			"a folder of the uploads": writesToSource("uploads/thumbnails/"),
			"no filter on the folder": all(notifiedOf(map[string]any{"filterSuffix": ".jpg"}), writesToSource("thumbnails/")),
			"no filter, and any folder": all(notifiedOf(nil), writesToSource(""),
				variables(map[string]any{"DESTINATION_PREFIX": nil})),
			"as its role tells": all(notifiedOf(map[string]any{"filterPrefix": "uploads/"}), writesToSource("uploads/small/"),
				variables(map[string]any{"DESTINATION_BUCKET": nil, "DESTINATION_PREFIX": nil})),
		},
		"lambda-supported-runtime": {
			"of Amazon Linux": set(function, "runtime", "provided"),
			"of Go":           set(function, "runtime", "go1.x"),
		},
		"lambda-explicit-limits": {
			"no timeout": set(function, "timeout", nil),
			"no memory":  set(function, "memorySize", nil),
			"no storage": set(function, "ephemeralStorage", nil),
		},
		"lambda-async-retries": {
			"no attempts": set(invokeConfig, "maximumRetryAttempts", nil),
			"no age":      set(invokeConfig, "maximumEventAgeInSeconds", nil),
		},
		"lambda-tracing": {
			"not declared": set(function, "tracingConfig", nil),
			"passed on":    set(function, "tracingConfig", map[string]any{"mode": "PassThrough"}),
		},
		"lambda-concurrency": {
			"not declared": set(function, "reservedConcurrentExecutions", nil),
			"unreserved":   set(function, "reservedConcurrentExecutions", -1.0),
		},
		"lambda-permission-scoped": {
			"no ARN":     set(permission, "sourceArn", nil),
			"no account": set(permission, "sourceAccount", nil),
			"everyone":   all(set(permission, "principal", "*"), set(permission, "sourceArn", nil), set(permission, "sourceAccount", nil)),
		},
		"iam-least-privilege": {
			"everything":          states(work, allow("*", "")),
			"a service":           states(work, allow("s3:*", "")),
			"one action":          states(work, allow("s3:GetObject", "")),
			"on any bucket":       states(work, `{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::*"}`),
			"everything but some": states(work, `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`),
			"any role":            states(work, allow("iam:PassRole", "")),
			"an administrator's":  set(role, "managedPolicyArns", []any{"arn:aws:iam::aws:policy/AdministratorAccess"}),
		},
		"iam-trust-scoped": {
			"everyone":                 trust(`"Principal":"*","Action":"sts:AssumeRole"`),
			"anyone in any account":    trust(`"Principal":{"AWS":["arn:aws:iam::123456789012:root","*"]},"Action":"sts:AssumeRole"`),
			"everyone with a password": trust(`"Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`),
			"everyone of any company":  trust(`"Principal":"*","Action":"sts:AssumeRole"` + inAnyOrg),
			"every workflow": trust(github + `,"Action":"sts:AssumeRoleWithWebIdentity",` +
				`"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`),
		},
		"kms-rotation": {
			"not declared": set(key, "enableKeyRotation", nil),
			"switched off": set(key, "enableKeyRotation", false),
			"short window": set(key, "deletionWindowInDays", 7.0),
		},
		"kms-policy": {
			"everyone":                 states(key, allow("kms:Decrypt", everyone(""))),
			"everyone who has TLS":     states(key, allow("kms:*", everyone(overTLS))),
			"alarms may not":           reword(key, "policy", "cloudwatch.amazonaws.com", "events.amazonaws.com"),
			"alarms only half":         reword(key, "policy", toAlarms, strings.ReplaceAll(toAlarms, `,"kms:GenerateDataKey*"`, "")),
			"alarms may not after all": states(key, `{"Effect":"Deny","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"kms:*","Resource":"*"}`),
			"logs only half":           reword(key, "policy", `"kms:GenerateDataKey*","kms:Describe*"`, `"kms:Describe*"`),
			"the account alone": policy(key, "policy",
				`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}`),
			"none of its own": set(key, "policy", nil),
		},
		"sqs-policy-scoped": {
			"everyone may send":       states(queuePolicy, allow("sqs:SendMessage", everyone(""))),
			"everyone who has TLS":    states(queuePolicy, allow("sqs:ReceiveMessage", everyone(overTLS))),
			"everyone of any company": states(queuePolicy, allow("sqs:*", everyone(inAnyOrg))),
		},
		"sns-policy-scoped": {
			"everyone may publish":    states(topicPolicy, allow("sns:Publish", everyone(""))),
			"everyone who has TLS":    states(topicPolicy, allow("sns:Subscribe", everyone(overTLS))),
			"everyone of any company": states(topicPolicy, allow("sns:Publish", everyone(inAnyOrg))),
		},
		"sqs-encryption": {
			"switched off": all(set(queue, "kmsMasterKeyId", nil), set(queue, "sqsManagedSseEnabled", false)),
			"a key of one's own is asked for": all(
				configured("sqs-encryption", map[string]any{"customerKey": true}), set(queue, "kmsMasterKeyId", "alias/aws/sqs")),
		},
		"sns-encryption": {
			"no key":    set(topic, "kmsMasterKeyId", nil),
			"AWS's key": set(topic, "kmsMasterKeyId", "alias/aws/sns"),
		},
		"sqs-dead-letter-retention": {
			"a day":       set(queue, "messageRetentionSeconds", 86400.0),
			"SQS's own":   set(queue, "messageRetentionSeconds", nil),
			"a bit short": set(queue, "messageRetentionSeconds", 1209599.0),
		},
		"logs-retention": {
			"for ever":     set(logGroup, "retentionInDays", nil),
			"not declared": remove(logGroup),
		},
		"output-in-string": {
			"Python's f-string":  variables(map[string]any{"BUILT_FROM": "Calling __str__ on an Output[T] is not supported.\n\nTo get the value …"}),
			"a template literal": set(function, "description", "thumbnails of Calling [toString] on an [Output<T>] is not supported."),
			"an output":          output("site", "https://Calling __str__ on an Output[T] is not supported."),
		},
		"logs-encryption": {
			"no key":    set(logGroup, "kmsKeyId", nil),
			"AWS's key": set(logGroup, "kmsKeyId", "arn:aws:kms:us-east-1:123456789012:alias/aws/logs"),
		},
		"lambda-no-secret-environment": {
			"by shape":             variables(map[string]any{"DATABASE": database}),
			"by name":              variables(map[string]any{"API_TOKEN": "9fK2xQ7vLm4TzR8pWs3N6yBd"}),
			"a secret without key": all(set(function, "kmsKeyArn", nil), variables(map[string]any{"DATABASE": resource.MakeSecret(resource.NewProperty(database))})),
		},
		"lambda-code-pinned": {
			"no version": code(map[string]any{"s3Bucket": "acme-builds", "s3Key": "thumbnail.zip"}),
			"a tag": code(map[string]any{
				"packageType": "Image", "imageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/thumbnailer:v1",
				"runtime": nil, "handler": nil,
			}),
		},
		"lambda-role-sufficient": {
			"cannot read":               roleLacks(`"s3:GetObject",`, ""),
			"reads another folder":      roleLacks(sourceName+"/uploads/*", sourceName+"/originals/*"),
			"cannot write":              roleLacks("s3:PutObject", "s3:PutObjectTagging"),
			"writes to another":         roleLacks(destinationName+"/", "thumbnails-of-last-year/"),
			"cannot log":                roleLacks(`"logs:CreateLogStream",`, ""),
			"logs elsewhere":            roleLacks("/aws/lambda/image-pipeline-dev-thumbnailer", "/aws/lambda/thumbnailer"),
			"is denied":                 all(keyIsKnown, states(work, `{"Effect":"Deny","Action":"s3:Put*","Resource":"arn:aws:s3:::*"}`)),
			"cannot use the key":        remove(keyUse),
			"cannot open with the key":  all(keyIsKnown, reword(keyUse, "policy", `"kms:Decrypt",`, "")),
			"cannot close with the key": all(keyIsKnown, reword(keyUse, "policy", `,"kms:GenerateDataKey"`, "")),
			"has another key":           all(keyIsKnown, reword(keyUse, "policy", "key/*", "alias/*")),
			"the key is not for it":     all(keyIsKnown, reword(key, "policy", ":root", ":role/deploy")),
		},
		"secrets-in-outputs": {
			"by shape": output("connection", database),
			"by key":   output("signingKey", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"),
			"by name":  output("databasePassword", "9fK2xQ7vLm4TzR8pWs3N6yBd"),
		},
		"alarm-treats-missing-data": {
			"as fine":    all(tooFew, set(idle, "treatMissingData", "notBreaching")),
			"as nothing": all(tooFew, set(idle, "treatMissingData", "ignore")),
		},
		"required-tags": {
			"none":              ownerAndCostCenter,
			"one of one lacks":  all(ownerAndCostCenter, tagged(map[string]any{"Owner": "images", "CostCenter": "1"}), set(queue, "tags", map[string]any{"Owner": "images"})),
			"another's capital": all(ownerAndCostCenter, tagged(map[string]any{"owner": "images", "CostCenter": "1"})),
		},
	}
}
