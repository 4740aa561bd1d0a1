package rules_test

import "testing"

func TestS3PublicAccessBlock(t *testing.T) {
	t.Parallel()
	const (
		closed = "blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true"
		bucket = "uploads: {type: aws:s3:BucketV2}\n"
	)
	accountLevel := map[string]any{"accountLevel": true}
	testRule(t, "s3-public-access-block", []ruleCase{
		{name: "no block", resources: bucket, want: fires("uploads"), says: "declare an aws.s3.BucketPublicAccessBlock"},
		{name: "no block, classic bucket", resources: "uploads: {type: aws:s3:Bucket}", want: fires("uploads")},
		{
			name:      "block by id",
			resources: bucket + `block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.id}", ` + closed + `}}`,
			want:      clean,
		},
		{
			name: "block by name on a classic bucket",
			resources: `uploads: {type: aws:s3:Bucket}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.bucket}", ` + closed + `}}`,
			want: clean,
		},
		{
			name: "block by the same literal",
			resources: `uploads: {type: aws:s3:BucketV2, properties: {bucket: acme-uploads}}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: acme-uploads, ` + closed + `}}`,
			want: clean,
		},
		{
			name:      "block by ARN",
			resources: bucket + `block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.arn}", ` + closed + `}}`,
			want:      clean,
		},
		{
			name: "flags as strings",
			resources: bucket + `block:
  type: aws:s3:BucketPublicAccessBlock
  properties: {bucket: "${uploads.id}", blockPublicAcls: "true", blockPublicPolicy: "true", ignorePublicAcls: "true", restrictPublicBuckets: "true"}`,
			want: clean,
		},
		{
			name: "a flag false, a flag absent",
			resources: bucket + `block:
  type: aws:s3:BucketPublicAccessBlock
  properties: {bucket: "${uploads.id}", blockPublicAcls: true, blockPublicPolicy: false, ignorePublicAcls: true}`,
			want: fires("block blockPublicPolicy"),
			says: "BucketPublicAccessBlock 'block' does not set blockPublicPolicy, restrictPublicBuckets to true.\n" +
				"  fix: set blockPublicPolicy: true; set restrictPublicBuckets: true",
		},
		{
			name: "flags of a bucket that is elsewhere",
			resources: `block:
  type: aws:s3:BucketPublicAccessBlock
  properties: {bucket: theirs, blockPublicAcls: true}`,
			want: fires("block blockPublicPolicy"),
		},
		{
			name: "an unknown flag",
			resources: bucket + `block:
  type: aws:s3:BucketPublicAccessBlock
  properties: {bucket: "${uploads.id}", blockPublicAcls: {"fn::unknown": 1}, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true}`,
			want: undecided("block"),
			says: "blockPublicAcls of BucketPublicAccessBlock 'block' is not known yet",
		},
		{
			name: "an unknown flag beside a false one",
			resources: bucket + `block:
  type: aws:s3:BucketPublicAccessBlock
  properties: {bucket: "${uploads.id}", blockPublicAcls: {"fn::unknown": 1}, blockPublicPolicy: false, ignorePublicAcls: true, restrictPublicBuckets: true}`,
			want: fires("block blockPublicPolicy"),
		},
		{
			name: "secret flags are judged",
			resources: bucket + `block:
  type: aws:s3:BucketPublicAccessBlock
  properties: {bucket: "${uploads.id}", blockPublicAcls: {"fn::secret": false}, blockPublicPolicy: {"fn::secret": true}, ignorePublicAcls: true, restrictPublicBuckets: true}`,
			want: fires("block blockPublicAcls"),
		},
		{
			name: "a secret bucket name links",
			resources: `uploads: {type: aws:s3:BucketV2, properties: {bucket: {"fn::secret": ` + hush + `}}}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: ` + hush + `, ` + closed + `}}`,
			want: clean,
		},
		{
			name: "two blocks with known names",
			resources: bucket + `one: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.bucket}", ` + closed + `}}
two: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.bucket}", ` + closed + `}}`,
			want: fires("uploads"),
			says: "BucketV2 'uploads' has 2 public access blocks, which overwrite each other: " +
				"BucketPublicAccessBlock 'one', BucketPublicAccessBlock 'two'.",
		},
		{
			name: "two blocks by id, which a first preview does not know",
			resources: bucket + `one: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.id}", ` + closed + `}}
two: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.id}", ` + closed + `}}`,
			want:    fires("uploads"),
			preview: undecided("uploads"),
		},
		{
			name: "one block by name and one by dependency",
			resources: bucket + `one: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.bucket}", ` + closed + `}}
two: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.id}-logs", ` + closed + `}}`,
			want:    clean,
			preview: undecided("uploads"),
		},
		{
			name: "a declared block beside one that is read",
			resources: bucket + `one: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.bucket}", ` + closed + `}}
two: {type: aws:s3:BucketPublicAccessBlock, get: {bucket: "${uploads.bucket}", blockPublicAcls: false}}`,
			want: clean,
		},
		{
			name: "a block of another bucket",
			resources: bucket + `logs: {type: aws:s3:BucketV2}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${logs.id}", ` + closed + `}}`,
			want: fires("uploads"),
		},
		{
			name: "bucket and block named from one random id",
			resources: `suffix: {type: random:index:RandomId}
uploads: {type: aws:s3:BucketV2, properties: {bucket: "uploads-${suffix.hex}"}}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "uploads-${suffix.hex}", ` + closed + `}}`,
			want:    clean,
			preview: undecided("uploads"),
		},
		{
			name: "two buckets named from one random id, one with a block by id",
			resources: `suffix: {type: random:index:RandomId}
uploads: {type: aws:s3:BucketV2, properties: {bucket: "uploads-${suffix.hex}"}}
thumbs: {type: aws:s3:BucketV2, properties: {bucket: "thumbs-${suffix.hex}"}}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.id}", ` + closed + `}}`,
			want: fires("thumbs"),
		},
		{
			name: "block by way of the bucket's versioning",
			resources: bucket + `versioning: {type: aws:s3:BucketVersioningV2, properties: {bucket: "${uploads.id}"}}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${versioning.bucket}", ` + closed + `}}`,
			want:    clean,
			preview: undecided("uploads"),
		},
		{
			name:      "block of an unknown bucket",
			resources: bucket + `block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: {"fn::unknown": 1}, ` + closed + `}}`,
			want:      undecided("uploads"),
			says:      "BucketPublicAccessBlock 'block' may be the block of BucketV2 'uploads'",
		},
		{
			name: "block of a bucket of another stack, in a first preview",
			resources: bucket + `platform: {type: "pulumi:pulumi:StackReference"}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${platform.id}", ` + closed + `}}`,
			want: fires("uploads"),
		},
		{
			name: "bucketPrefix, block by a literal that may be the name to come",
			resources: `uploads: {type: aws:s3:BucketV2, properties: {bucketPrefix: uploads-}}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: uploads-20260501, ` + closed + `}}`,
			// The provider's outputs give the name only once the bucket is there.
			want: undecided("uploads"),
		},
		{
			name: "bucket inside a component, block by its output",
			resources: `pipeline: {type: images:index:Pipeline}
uploads: {type: aws:s3:BucketV2, options: {parent: "${pipeline}"}}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${pipeline.id}", ` + closed + `}}`,
			want:    fires("uploads"), // deployed, the component's id names nothing
			preview: clean,
		},
		{name: "a bucket that is only read", resources: "uploads: {type: aws:s3:BucketV2, get: {bucket: theirs}}", want: clean},
		{
			name:      "a block that is only read protects",
			resources: bucket + `block: {type: aws:s3:BucketPublicAccessBlock, get: {bucket: "${uploads.bucket}"}}`,
			want:      clean,
		},
		{
			name:      "account-level block without the parameter",
			resources: bucket + "account: {type: aws:s3:AccountPublicAccessBlock, properties: {" + closed + "}}",
			want:      fires("uploads"),
		},
		{
			name:      "account-level block with the parameter",
			params:    accountLevel,
			resources: bucket + "account: {type: aws:s3:AccountPublicAccessBlock, properties: {" + closed + "}}",
			want:      clean,
		},
		{
			name:      "account-level block that is read",
			params:    accountLevel,
			resources: bucket + "account: {type: aws:s3:AccountPublicAccessBlock, get: {" + closed + "}}",
			want:      clean,
		},
		{
			name:      "account-level block with a flag missing",
			params:    accountLevel,
			resources: bucket + "account: {type: aws:s3:AccountPublicAccessBlock, properties: {blockPublicAcls: true}}",
			want:      fires("uploads"),
		},
		{
			name:   "account-level block with an unknown flag",
			params: accountLevel,
			resources: bucket + `account:
  type: aws:s3:AccountPublicAccessBlock
  properties: {blockPublicAcls: {"fn::unknown": 1}, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true}`,
			want: undecided("uploads"),
		},
		{name: "the parameter without an account-level block", params: accountLevel, resources: bucket, want: fires("uploads")},
		{
			name:   "the account-level block does not excuse a wrong block",
			params: accountLevel,
			resources: bucket + "account: {type: aws:s3:AccountPublicAccessBlock, properties: {" + closed + `}}
block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: "${uploads.id}"}}`,
			want: fires("block blockPublicAcls"),
		},
	})
}
