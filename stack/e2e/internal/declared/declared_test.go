package declared

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// node returns a resource of a preview. Its unknown values come from the
// resources that dependencies names.
func node(typ, name, inputs string, dependencies map[string][]string) string {
	for property, names := range dependencies {
		for i, dependency := range names {
			dependencies[property][i] = "urn:pulumi:dev::p::" + dependency
		}
	}
	encoded, _ := json.Marshal(dependencies) // strings can be marshaled
	return fmt.Sprintf(`{"op": "create", "newState": {"urn": "urn:pulumi:dev::p::%s::%s", "type": %q, "custom": true,
		"inputs": %s, "propertyDependencies": %s}}`, typ, name, typ, strings.ReplaceAll(inputs, "?", unknown), encoded)
}

// preview returns a preview of a small pipeline, with replacements of text in it.
func preview(replacements ...string) []byte {
	const key, queue, function, role, bucket = "aws:kms/key:Key::key", "aws:sqs/queue:Queue::failed",
		"aws:lambda/function:Function::f", "aws:iam/role:Role::r", "aws:s3/bucketV2:BucketV2::in"
	nodes := []string{
		node(keyType, "key", `{}`, nil),
		node("aws:s3/bucketV2:BucketV2", "in", `{"bucket": "in"}`, nil),
		node("aws:s3/bucketV2:BucketV2", "out", `{"bucket": "out"}`, nil),
		node("aws:s3/bucketVersioningV2:BucketVersioningV2", "in", `{"bucket": "?", "versioningConfiguration": {"status": "Enabled"}}`,
			map[string][]string{"bucket": {bucket}}),
		node("aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", "out",
			`{"bucket": "out", "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "?"}}]}`,
			map[string][]string{"rules": {key}}),
		node(queueType, "failed", `{"name": "failed-q", "messageRetentionSeconds": 60}`, nil),
		node(roleType, "r", `{}`, nil),
		node(roleType, "other", `{}`, nil),
		node(rolePolicyType, "p", `{"role": "?", "policy": "known"}`, map[string][]string{"role": {role}}),
		node(rolePolicyType, "q", `{"role": "?", "policy": "?"}`, map[string][]string{"role": {role}}),
		node(rolePolicyType, "o", `{"role": "?", "policy": "of another"}`, map[string][]string{"role": {"aws:iam/role:Role::other"}}),
		node(functionType, "f", `{"name": "f-fn", "handler": "bootstrap", "code": {"path": "../f.zip"}, "timeout": 30, "memorySize": 512,
			"reservedConcurrentExecutions": 3, "architectures": ["arm64"], "role": "?", "environment": {"variables": {"KEY": "?", "A": "b"}}}`,
			map[string][]string{"environment": {key}, "role": {role}}),
		node(invokeConfigType, "f", `{"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 90, "destinationConfig": {"onFailure": {"destination": "?"}}}`,
			map[string][]string{"destinationConfig": {queue, key}}),
		node(notificationType, "n", `{"bucket": "in", "lambdaFunctions": [{"events": ["s3:ObjectCreated:*"], "filterPrefix": "uploads/",
			"filterSuffix": ".png", "lambdaFunctionArn": "?"}]}`, map[string][]string{"lambdaFunctions": {function}}),
	}
	text := `{"config": {"aws:region": "eu-west-1"}, "steps": [{"op": "delete"}, ` + strings.Join(nodes, ",") + `]}`
	return []byte(strings.NewReplacer(replacements...).Replace(text))
}

func TestThePipelineIsReadFromThePreview(t *testing.T) {
	t.Parallel()
	got, err := Read(preview())
	require.NoError(t, err)
	const queue = "arn:aws:sqs:eu-west-1:123456789012:failed-q"
	assert.Equal(t, Pipeline{
		Region:        "eu-west-1",
		KeyName:       "key",
		KeyARN:        "arn:aws:kms:key",
		Buckets:       []Bucket{{Name: "in", Versioned: true}, {Name: "out", KeyARN: "arn:aws:kms:key"}},
		Queues:        []Queue{{Name: "failed-q", ARN: queue, Retention: time.Minute}},
		Notifications: []Notification{{Bucket: "in", Events: []string{"s3:ObjectCreated:*"}, Prefix: "uploads/", Suffix: ".png"}},
		Function: Function{
			Name: "f-fn", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:f-fn", Code: "../f.zip", Architecture: "arm64",
			Handler: "bootstrap", Timeout: 30 * time.Second, MemorySize: 512, Concurrency: 3,
			Environment: map[string]string{"KEY": "arn:aws:kms:key", "A": "b"},
			Retries:     0, MaximumEventAge: 90 * time.Second, OnFailure: queue, Policies: []string{"known"},
		},
	}, got)
}

func TestWhatTheProgramLeavesOutHasLambdasDefaults(t *testing.T) {
	t.Parallel()
	got, err := Read(preview(`"timeout": 30, "memorySize": 512,`, "", `"reservedConcurrentExecutions": 3, "architectures": ["arm64"],`, "",
		`"maximumRetryAttempts": 0, "maximumEventAgeInSeconds": 90, `, ""))
	require.NoError(t, err)
	f := got.Function
	assert.Equal(t, 3*time.Second, f.Timeout)
	assert.Equal(t, 128, f.MemorySize)
	assert.Equal(t, -1, f.Concurrency)
	assert.Equal(t, "x86_64", f.Architecture)
	assert.Equal(t, 2, f.Retries)
	assert.Equal(t, 6*time.Hour, f.MaximumEventAge)
}

func TestWhatCannotBeBuiltIsAnError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, from, to, want string
	}{
		{"no JSON", `{"config"`, `x`, "reading the preview"},
		{"no key", keyType + `::key", "type": "` + keyType, `x::x", "type": "x`, "0 KMS keys"},
		{"no function", `"type": "` + functionType, `"type": "x`, "0 functions"},
		{"no notification", `"type": "` + notificationType, `"type": "x`, "no bucket of the stack invokes"},
		{"no code", "../f.zip", "", "not an archive"},
		{"a bucket without a name", `{"bucket": "out"}`, `{}`, "not known before the deployment"},
		{"a queue without a name", `"name": "failed-q", `, ``, "not known before the deployment"},
		{"another's key", `"kmsMasterKeyId": "` + unknown, `"kmsMasterKeyId": "arn:aws:kms:x`, "not of this stack"},
		{"another's queue", `"destination": "` + unknown, `"destination": "arn:aws:sqs:eu-west-1:1:x`, "not a queue of this stack"},
		{"another's function", `"lambdaFunctionArn": "` + unknown, `"lambdaFunctionArn": "arn:x`, "not a function of this stack"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(preview(tt.from, tt.to))
			assert.ErrorContains(t, err, tt.want)
		})
	}
}
