package rules_test

import (
	"strings"
	"testing"
)

// A setting of a bucket can be given inline or with a resource of its own; what
// is said of it must be the same.
func TestS3Encryption(t *testing.T) {
	t.Parallel()
	const (
		bucket = "uploads: {type: aws:s3:BucketV2}\nkey: {type: aws:kms:Key}\n"
		split  = "encryption: {type: aws:s3:BucketServerSideEncryptionConfigurationV2, properties: {bucket: \"${uploads.id}\", rules: [%RULE]}}\n"
		right  = `{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: "${key.arn}"}, bucketKeyEnabled: true}`
		s3Own  = "{applyServerSideEncryptionByDefault: {sseAlgorithm: AES256}}"
	)
	with := func(rule string) string { return bucket + strings.ReplaceAll(split, "%RULE", rule) }
	testRule(t, "s3-encryption", []ruleCase{
		{name: "nothing", resources: "uploads: {type: aws:s3:BucketV2}", want: fires("uploads"), says: "leaves encryption to S3's own key"},
		{name: "classic bucket, nothing", resources: "uploads: {type: aws:s3:Bucket}", want: fires("uploads")},
		{name: "customer key and bucket key", resources: with(right), want: clean},
		{
			name: "without V2",
			resources: `uploads: {type: aws:s3:Bucket}
key: {type: aws:kms:Key}
encryption: {type: aws:s3:BucketServerSideEncryptionConfiguration, properties: {bucket: "${uploads.id}", rules: [` + right + `]}}`,
			want: clean,
		},
		{
			name: "inline on a classic bucket",
			resources: `key: {type: aws:kms:Key}
uploads: {type: aws:s3:Bucket, properties: {serverSideEncryptionConfiguration: {rule: ` + right + `}}}`,
			want: clean,
		},
		{
			name: "inline on a V2 bucket",
			resources: `key: {type: aws:kms:Key}
uploads:
  type: aws:s3:BucketV2
  properties:
    serverSideEncryptionConfigurations:
      - rules:
          - applyServerSideEncryptionByDefaults: [{sseAlgorithm: "aws:kms", kmsMasterKeyId: "${key.arn}"}]
            bucketKeyEnabled: true`,
			want: clean,
		},
		{
			name:      "inline SSE-S3",
			resources: `uploads: {type: aws:s3:Bucket, properties: {serverSideEncryptionConfiguration: {rule: ` + s3Own + `}}}`,
			want:      fires("uploads serverSideEncryptionConfiguration"),
		},
		{name: "SSE-S3", resources: with(s3Own), want: fires("encryption rules")},
		{name: "SSE-S3, allowed", resources: with(s3Own), params: map[string]any{"allowS3ManagedKey": true}, want: clean},
		{
			name: "nothing, SSE-S3 allowed", resources: "uploads: {type: aws:s3:BucketV2}",
			params: map[string]any{"allowS3ManagedKey": true}, want: clean,
		},
		{
			name:      "no key",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms"}, bucketKeyEnabled: true}`),
			want:      fires("encryption rules"), says: "names no KMS key",
		},
		{
			name:      "the AWS-managed key",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: alias/aws/s3}, bucketKeyEnabled: true}`),
			want:      fires("encryption rules"),
		},
		{
			name: "key by alias",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: "${alias.arn}"}, bucketKeyEnabled: true}`) +
				"alias: {type: aws:kms:Alias, properties: {name: alias/images, targetKeyId: \"${key.id}\"}}",
			want: clean,
		},
		{
			name:      "key of another stack",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:aws:kms:us-east-1:123456789012:key/1"}, bucketKeyEnabled: true}`),
			want:      clean,
		},
		{
			name:      "no bucket key",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: "${key.arn}"}}`),
			want:      fires("encryption rules"), says: "does not enable the bucket key",
		},
		{
			name:      "dual-layer encryption has no bucket keys",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms:dsse", kmsMasterKeyId: "${key.arn}"}}`),
			want:      clean,
		},
		{
			name:      "unknown algorithm",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: {"fn::unknown": 1}}}`),
			want:      undecided("encryption"),
		},
		{
			name:      "unknown key from nowhere",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: {"fn::unknown": 1}}, bucketKeyEnabled: true}`),
			want:      undecided("encryption"), says: "the KMS key of BucketV2 'uploads' is not known yet",
		},
		{
			name:      "unknown bucket key",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: "${key.arn}"}, bucketKeyEnabled: {"fn::unknown": 1}}`),
			want:      undecided("encryption"),
		},
		{name: "unknown rules", resources: strings.ReplaceAll(bucket+split, "[%RULE]", `{"fn::unknown": 1}`), want: undecided("encryption")},
		{
			name:      "secret key",
			resources: with(`{applyServerSideEncryptionByDefault: {sseAlgorithm: "aws:kms", kmsMasterKeyId: {"fn::secret": ` + hush + `}}, bucketKeyEnabled: {"fn::secret": true}}`),
			want:      clean,
		},
		{
			name:      "of a bucket not known",
			resources: bucket + `encryption: {type: aws:s3:BucketServerSideEncryptionConfigurationV2, properties: {bucket: {"fn::unknown": 1}, rules: [` + right + `]}}`,
			want:      undecided("uploads"),
		},
		{
			name:      "of a bucket that is elsewhere",
			resources: `encryption: {type: aws:s3:BucketServerSideEncryptionConfigurationV2, properties: {bucket: theirs, rules: [` + s3Own + `]}}`,
			want:      clean,
		},
		{
			name:      "a bucket that is only read",
			resources: "uploads: {type: aws:s3:BucketV2, get: {bucket: theirs}}",
			want:      clean,
		},
		{
			name: "the log bucket",
			resources: with(right) + `logs: {type: aws:s3:BucketV2}
logging: {type: aws:s3:BucketLoggingV2, properties: {bucket: "${uploads.id}", targetBucket: "${logs.id}"}}`,
			want: clean,
		},
		{
			name: "the log bucket, inline",
			resources: `key: {type: aws:kms:Key}
logs: {type: aws:s3:Bucket, properties: {serverSideEncryptionConfiguration: {rule: ` + s3Own + `}}}
uploads: {type: aws:s3:Bucket, properties: {loggings: [{targetBucket: "${logs.bucket}"}], serverSideEncryptionConfiguration: {rule: ` + right + `}}}`,
			want: clean,
		},
		{
			name:      "a log bucket by its ACL",
			resources: "logs: {type: aws:s3:Bucket, properties: {acl: log-delivery-write}}",
			want:      clean,
		},
		{
			name: "a log bucket by its ACL, split",
			resources: `logs: {type: aws:s3:BucketV2}
acl: {type: aws:s3:BucketAclV2, properties: {bucket: "${logs.id}", acl: log-delivery-write}}`,
			want: clean,
		},
		{
			name: "a private bucket by its ACL, split",
			resources: `logs: {type: aws:s3:BucketV2}
acl: {type: aws:s3:BucketAclV2, properties: {bucket: "${logs.id}", acl: private}}`,
			want: fires("logs"),
		},
		{
			name: "maybe the log bucket",
			resources: with(right) + `logs: {type: aws:s3:BucketV2}
logging: {type: aws:s3:BucketLoggingV2, properties: {bucket: "${uploads.id}", targetBucket: {"fn::unknown": 1}}}`,
			want: undecided("logs"),
		},
		{
			name:      "a configuration that is only read",
			resources: bucket + `encryption: {type: aws:s3:BucketServerSideEncryptionConfigurationV2, get: {bucket: "${uploads.bucket}", rules: [` + s3Own + `]}}`,
			want:      fires("uploads"),
		},
	})
}

func TestS3OwnershipEnforced(t *testing.T) {
	t.Parallel()
	with := func(ownership string) string {
		return `uploads: {type: aws:s3:BucketV2}
ownership: {type: aws:s3:BucketOwnershipControls, properties: {bucket: "${uploads.bucket}", rule: {objectOwnership: ` + ownership + `}}}`
	}
	testRule(t, "s3-ownership-enforced", []ruleCase{
		{name: "nothing", resources: "uploads: {type: aws:s3:Bucket}", want: fires("uploads"), says: "has no ownership controls"},
		{name: "enforced", resources: with("BucketOwnerEnforced"), want: clean},
		{name: "preferred", resources: with("BucketOwnerPreferred"), want: fires("ownership rule"), says: `objectOwnership "BucketOwnerPreferred"`},
		{name: "unknown", resources: with(`{"fn::unknown": 1}`), want: undecided("ownership")},
		{name: "secret", resources: with(`{"fn::secret": ` + hush + `}`), want: fires("ownership rule"), says: "[secret]"},
		{
			name: "by id",
			resources: `uploads: {type: aws:s3:BucketV2}
ownership: {type: aws:s3:BucketOwnershipControls, properties: {bucket: "${uploads.id}", rule: {objectOwnership: BucketOwnerEnforced}}}`,
			want: clean,
		},
		{
			name: "wrong, of two buckets at once, is one finding",
			resources: `a: {type: aws:s3:BucketV2, properties: {bucket: same}}
b: {type: aws:s3:BucketV2, properties: {bucket: same}}
ownership: {type: aws:s3:BucketOwnershipControls, properties: {bucket: same, rule: {objectOwnership: ObjectWriter}}}`,
			want: fires("ownership rule"),
		},
	})
}

func TestS3Versioning(t *testing.T) {
	t.Parallel()
	split := func(token, status string) string {
		return `uploads: {type: aws:s3:BucketV2}
versioning: {type: ` + token + `, properties: {bucket: "${uploads.id}", versioningConfiguration: {status: ` + status + `}}}`
	}
	testRule(t, "s3-versioning", []ruleCase{
		{name: "nothing", resources: "uploads: {type: aws:s3:BucketV2}", want: fires("uploads"), says: "has no versioning"},
		{name: "enabled", resources: split("aws:s3:BucketVersioningV2", "Enabled"), want: clean},
		{name: "enabled, without V2", resources: split("aws:s3:BucketVersioning", "Enabled"), want: clean},
		{name: "suspended", resources: split("aws:s3:BucketVersioningV2", "Suspended"), want: fires("versioning versioningConfiguration")},
		{name: "unknown", resources: split("aws:s3:BucketVersioningV2", `{"fn::unknown": 1}`), want: undecided("versioning")},
		{name: "secret", resources: split("aws:s3:BucketVersioningV2", `{"fn::secret": Enabled}`), want: clean},
		{name: "Object Lock", resources: "uploads: {type: aws:s3:BucketV2, properties: {objectLockEnabled: true}}", want: clean},
		{name: "no Object Lock", resources: "uploads: {type: aws:s3:BucketV2, properties: {objectLockEnabled: false}}", want: fires("uploads")},
		{name: "Object Lock of a classic bucket", resources: "uploads: {type: aws:s3:Bucket, properties: {objectLockConfiguration: {objectLockEnabled: Enabled}}}", want: clean},
		{name: "Object Lock, perhaps", resources: `uploads: {type: aws:s3:BucketV2, properties: {objectLockEnabled: {"fn::unknown": 1}}}`, want: undecided("uploads")},
		{name: "inline", resources: "uploads: {type: aws:s3:Bucket, properties: {versioning: {enabled: true}}}", want: clean},
		{name: "inline, off", resources: "uploads: {type: aws:s3:Bucket, properties: {versioning: {enabled: false}}}", want: fires("uploads versioning")},
		{name: "inline, V2", resources: "uploads: {type: aws:s3:BucketV2, properties: {versionings: [{enabled: true}]}}", want: clean},
		{name: "inline, V2, no entry", resources: "uploads: {type: aws:s3:BucketV2, properties: {versionings: []}}", want: fires("uploads versionings")},
		{name: "inline, unknown", resources: `uploads: {type: aws:s3:Bucket, properties: {versioning: {enabled: {"fn::unknown": 1}}}}`, want: undecided("uploads")},
	})
}

func TestS3Lifecycle(t *testing.T) {
	t.Parallel()
	split := func(rules string) string {
		return `uploads: {type: aws:s3:BucketV2}
lifecycle: {type: aws:s3:BucketLifecycleConfigurationV2, properties: {bucket: "${uploads.id}", rules: ` + rules + `}}`
	}
	inline := func(rules string) string {
		return `uploads: {type: aws:s3:Bucket, properties: {lifecycleRules: ` + rules + `}}`
	}
	const abort = "abortIncompleteMultipartUpload: {daysAfterInitiation: 7}"
	testRule(t, "s3-lifecycle", []ruleCase{
		{name: "nothing", resources: "uploads: {type: aws:s3:BucketV2}", want: fires("uploads"), says: "has no lifecycle rules"},
		{name: "aborts", resources: split(`[{id: old, status: Enabled}, {id: parts, status: Enabled, ` + abort + `}]`), want: clean},
		{name: "disabled", resources: split(`[{id: parts, status: Disabled, ` + abort + `}]`), want: fires("lifecycle rules")},
		{name: "does not abort", resources: split(`[{id: old, status: Enabled}]`), want: fires("lifecycle rules")},
		{name: "no rules", resources: split(`[]`), want: fires("lifecycle rules")},
		{name: "unknown rules", resources: split(`{"fn::unknown": 1}`), want: undecided("lifecycle")},
		{name: "unknown days", resources: split(`[{status: Enabled, abortIncompleteMultipartUpload: {daysAfterInitiation: {"fn::unknown": 1}}}]`), want: undecided("lifecycle")},
		{name: "unknown days of a disabled rule", resources: split(`[{status: Disabled, abortIncompleteMultipartUpload: {"fn::unknown": 1}}]`), want: fires("lifecycle rules")},
		{name: "secret days", resources: split(`[{status: Enabled, abortIncompleteMultipartUpload: {daysAfterInitiation: {"fn::secret": 7}}}]`), want: clean},
		{name: "inline", resources: inline(`[{enabled: true, abortIncompleteMultipartUploadDays: "7"}]`), want: clean},
		{name: "inline, disabled", resources: inline(`[{enabled: false, abortIncompleteMultipartUploadDays: 7}]`), want: fires("uploads lifecycleRules")},
		{name: "inline, does not abort", resources: inline(`[{enabled: true, abortIncompleteMultipartUploadDays: 0}]`), want: fires("uploads lifecycleRules")},
	})
}

func TestS3AccessLogging(t *testing.T) {
	t.Parallel()
	const buckets = "uploads: {type: aws:s3:BucketV2}\nlogs: {type: aws:s3:BucketV2}\n"
	split := func(target string) string {
		return buckets + `logging: {type: aws:s3:BucketLoggingV2, properties: {bucket: "${uploads.id}", targetPrefix: u/, targetBucket: ` + target + `}}`
	}
	testRule(t, "s3-access-logging", []ruleCase{
		{name: "nothing", resources: buckets, want: fires("logs", "uploads"), says: "writes no access logs"},
		{name: "target by id", resources: split(`"${logs.id}"`), want: clean},
		{name: "target by name", resources: split(`"${logs.bucket}"`), want: clean},
		{name: "target elsewhere", resources: split("central-logs"), want: fires("logs")},
		{name: "empty target", resources: split(`""`), want: fires("logging targetBucket", "logs")},
		{name: "unknown target", resources: split(`{"fn::unknown": 1}`), want: undecided("logging", "logs")},
		{name: "secret target", resources: split(`{"fn::secret": "` + hush + `"}`), want: fires("logs")},
		{
			name:      "inline",
			resources: "logs: {type: aws:s3:Bucket}\nuploads: {type: aws:s3:Bucket, properties: {loggings: [{targetBucket: \"${logs.id}\"}]}}",
			want:      clean,
		},
		{
			name:      "inline, V2, no entry",
			resources: "uploads: {type: aws:s3:BucketV2, properties: {loggings: []}}",
			want:      fires("uploads loggings"),
		},
		{
			name:      "a bucket that is only read",
			resources: "uploads: {type: aws:s3:BucketV2, get: {bucket: theirs}}",
			want:      clean,
		},
	})
}

func TestS3NoForceDestroy(t *testing.T) {
	t.Parallel()
	bucket := func(forceDestroy string) string {
		return "uploads: {type: aws:s3:BucketV2, properties: {forceDestroy: " + forceDestroy + "}}"
	}
	protected := map[string]any{"stacks": []any{"prod*", "DE?"}}
	testRule(t, "s3-no-force-destroy", []ruleCase{
		{name: "in a stack that is not protected", resources: bucket("true"), want: clean},
		{name: "in a protected stack", resources: bucket("true"), params: protected, want: fires("uploads forceDestroy"), says: `stack "dev"`},
		{name: "classic bucket", resources: "uploads: {type: aws:s3:Bucket, properties: {forceDestroy: \"true\"}}", params: protected, want: fires("uploads forceDestroy")},
		{name: "off", resources: bucket("false"), params: protected, want: clean},
		{name: "absent", resources: "uploads: {type: aws:s3:BucketV2}", params: protected, want: clean},
		{name: "unknown", resources: bucket(`{"fn::unknown": 1}`), params: protected, want: undecided("uploads")},
		{name: "unknown where it does not matter", resources: bucket(`{"fn::unknown": 1}`), want: clean},
		{name: "secret", resources: bucket(`{"fn::secret": true}`), params: protected, want: fires("uploads forceDestroy")},
		{name: "a pattern of another", resources: bucket("true"), params: map[string]any{"stacks": []any{"[dev]", "de"}}, want: clean},
		{name: "no pattern", resources: bucket("true"), params: map[string]any{"stacks": []any{}}, want: clean},
		{name: "a bucket that is only read", resources: "uploads: {type: aws:s3:BucketV2, get: {forceDestroy: true}}", params: protected, want: clean},
	})
}
