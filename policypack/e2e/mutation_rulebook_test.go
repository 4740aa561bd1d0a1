package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// policy sets a policy, as text, that replaces a resource's own.
func policy(what, property, statements string) mutation {
	return set(what, property, `{"Version": "2012-10-17", "Statement": [`+statements+`]}`)
}

// both makes one mutation after the other.
func both(first, second mutation) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		first(t, rec)
		second(t, rec)
	}
}

// output adds an output to the stack.
func output(name, value string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, r := range rec.stack.GetResources() {
			if r.GetType() == "pulumi:pulumi:Stack" {
				r.GetProperties().GetFields()[name] = structpb.NewStringValue(value)
				return
			}
		}
		t.Fatal("the recording has no stack")
	}
}

// variable adds a variable to the environment of the function.
func variable(name, value string) mutation {
	return func(t *testing.T, rec *recording) {
		t.Helper()
		for _, properties := range rec.properties(t, "Function thumbnailer") {
			variables := properties.GetFields()["environment"].GetStructValue().GetFields()["variables"]
			variables.GetStructValue().GetFields()[name] = structpb.NewStringValue(value)
		}
	}
}

func TestEachMutationIsCaughtByItsRuleOfTheRuleBook(t *testing.T) {
	t.Parallel()
	rec := record(t)
	const (
		function, role, work   = "Function thumbnailer", "Role thumbnailer", "RolePolicy thumbnailer-work"
		source, sourcePolicy   = "Bucket source", "BucketPolicy source"
		encryption, versioning = "BucketServerSideEncryptionConfiguration source", "BucketVersioning source"
		lifecycle, ownership   = "BucketLifecycleConfiguration source", "BucketOwnershipControls source"
		permission             = "Permission uploads"
		invokeConfig           = "FunctionEventInvokeConfig thumbnailer"
		logGroup, idle         = "LogGroup thumbnailer", "MetricAlarm monitoring-idle"
		queue, topic           = "Queue dead-letters", "Topic monitoring"
		mayFail                = `{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:*:*"}`
		open                   = `{"Effect": "Allow", "Principal": "*", "Action": "%", "Resource": "*"}`
	)
	everyone := func(action string) string { return strings.ReplaceAll(open, "%", action) }
	below := set(idle, "comparisonOperator", "LessThanThreshold")
	list := func(item map[string]any) []any { return []any{item} }

	cases := map[string]map[string]mutation{
		"s3-encryption": {
			"not declared": remove(encryption),
			"S3's own key": set(encryption, "rules", list(map[string]any{
				"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"},
			})),
		},
		"s3-tls-only": {
			"no policy":    remove(sourcePolicy),
			"no statement": policy(sourcePolicy, "policy", ""),
		},
		"s3-no-public-access": {
			"canned ACL":         set(source, "acl", "public-read"),
			"another canned ACL": set(source, "acl", "public-read-write"),
		},
		"s3-ownership-enforced": {
			"not declared": remove(ownership),
			"the writer's": set(ownership, "rule", map[string]any{"objectOwnership": "ObjectWriter"}),
		},
		"s3-versioning": {
			"not declared": remove(versioning),
			"suspended":    set(versioning, "versioningConfiguration", map[string]any{"status": "Suspended"}),
		},
		"s3-lifecycle": {
			"not declared": remove(lifecycle),
			"nothing aborts uploads": set(lifecycle, "rules", list(map[string]any{
				"id": "old", "status": "Enabled", "expiration": map[string]any{"days": 30},
			})),
		},
		"s3-access-logging": {
			"of the source":      remove("BucketLogging source"),
			"of the destination": remove("BucketLogging destination"),
		},
		"s3-notification-permission": {
			"not declared":   remove(permission),
			"another bucket": set(permission, "sourceArn", "arn:aws:s3:::another"),
		},
		"lambda-supported-runtime": {
			"of Amazon Linux": set(function, "runtime", "provided"),
			"of Go":           set(function, "runtime", "go1.x"),
		},
		"lambda-explicit-limits": {
			"no timeout": set(function, "timeout", nil),
			"no memory":  set(function, "memorySize", nil),
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
			"no ARN":   set(permission, "sourceArn", nil),
			"everyone": both(set(permission, "principal", "*"), both(set(permission, "sourceArn", nil), set(permission, "sourceAccount", nil))),
		},
		"iam-least-privilege": {
			"everything": policy(work, "policy", `{"Effect": "Allow", "Action": "*", "Resource": "*"}`),
			"a service":  policy(work, "policy", `{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}`),
		},
		"iam-trust-scoped": {
			"everyone": policy(role, "assumeRolePolicy", `{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}`),
			"anyone of AWS": policy(role, "assumeRolePolicy",
				`{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}`),
		},
		"kms-rotation": {
			"switched off": set("Key key", "enableKeyRotation", false),
			"short window": set("Key key", "deletionWindowInDays", 7.0),
		},
		"sqs-policy-scoped": {
			"everyone may send": policy("QueuePolicy dead-letters", "policy", everyone("sqs:SendMessage")),
			"everyone may read": policy("QueuePolicy dead-letters", "policy", everyone("sqs:ReceiveMessage")),
		},
		"sns-policy-scoped": {
			"everyone may publish":   policy("TopicPolicy monitoring", "policy", everyone("sns:Publish")),
			"everyone may subscribe": policy("TopicPolicy monitoring", "policy", everyone("sns:Subscribe")),
		},
		"sqs-encryption": {
			"switched off":           both(set(queue, "kmsMasterKeyId", nil), set(queue, "sqsManagedSseEnabled", false)),
			"switched off, no reuse": both(set(queue, "kmsMasterKeyId", ""), set(queue, "sqsManagedSseEnabled", false)),
		},
		"sns-encryption": {
			"no key":    set(topic, "kmsMasterKeyId", nil),
			"AWS's key": set(topic, "kmsMasterKeyId", "alias/aws/sns"),
		},
		"sqs-dead-letter-retention": {
			"a day":     set(queue, "messageRetentionSeconds", 86400.0),
			"four days": set(queue, "messageRetentionSeconds", 345600.0),
		},
		"logs-retention": {
			"for ever":     set(logGroup, "retentionInDays", nil),
			"not declared": remove(logGroup),
		},
		"logs-encryption": {
			"no key":       set(logGroup, "kmsKeyId", nil),
			"an empty key": set(logGroup, "kmsKeyId", ""),
		},
		"kms-policy": {
			"everyone":      policy("Key key", "policy", everyone("kms:*")),
			"anyone of AWS": policy("Key key", "policy", `{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}`),
		},
		"lambda-no-secret-environment": {
			"by shape": variable("DATABASE", "postgres://app:correct-horse@db.example.com/images"),
			"by name":  variable("API_TOKEN", "9fK2xQ7vLm4TzR8pWs3N6yBd"),
		},
		"lambda-code-pinned": {
			"no version": both(set(function, "code", nil), both(set(function, "s3Bucket", "acme-builds"), set(function, "s3Key", "thumbnail.zip"))),
			"an empty version": both(set(function, "code", nil), both(set(function, "s3ObjectVersion", ""),
				both(set(function, "s3Bucket", "acme-builds"), set(function, "s3Key", "thumbnail.zip")))),
		},
		"lambda-role-sufficient": {
			"no logs": both(remove("RolePolicy thumbnailer-key"), policy(work, "policy", mayFail+
				`, {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::image-*/*"}`)),
			"nothing but logs": both(remove("RolePolicy thumbnailer-key"), policy(work, "policy", mayFail+
				`, {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "arn:aws:logs:*:*:log-group:image-*"}`)),
		},
		"secrets-in-outputs": {
			"by shape": output("connection", "postgres://app:correct-horse@db.example.com/images"),
			"by key":   output("signingKey", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"),
		},
		"alarm-treats-missing-data": {
			"as fine":    both(below, set(idle, "treatMissingData", "notBreaching")),
			"as nothing": both(below, set(idle, "treatMissingData", "ignore")),
		},
	}
	for rule, mutations := range cases {
		require.GreaterOrEqual(t, len(mutations), 2, "mutations for %s", rule)
		for name, mutate := range mutations {
			t.Run(rule+" "+name, func(t *testing.T) {
				t.Parallel()
				changed := rec.clone()
				mutate(t, &changed)
				assert.Equal(t, []string{rule}, changed.replay(t))
			})
		}
	}
}
