package rules_test

import "testing"

func TestS3BucketArguments(t *testing.T) {
	t.Parallel()
	testRule(t, "s3-bucket-arguments", []ruleCase{
		{name: "no such argument", resources: "uploads: {type: aws:s3:BucketV2, properties: {bucketPrefix: uploads-}}", want: clean},
		{name: "no argument at all", resources: "uploads: {type: aws:s3:Bucket}", want: clean},
		{
			name: "all four, V2 bucket",
			resources: `uploads:
  type: aws:s3:BucketV2
  properties: {blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true}`,
			want: fires("uploads blockPublicAcls"),
			says: "BucketV2 'uploads' is given blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets: " +
				"a Bucket has no such argument, and stays as open as it was.\n" +
				"  fix: remove blockPublicAcls; remove blockPublicPolicy; remove ignorePublicAcls; remove restrictPublicBuckets; declare an aws.s3.BucketPublicAccessBlock for this bucket, unless it has one, with blockPublicAcls: true, " +
				"blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true",
		},
		{
			name: "all four in snake_case, classic bucket",
			resources: `uploads:
  type: aws:s3:Bucket
  properties: {block_public_acls: true, block_public_policy: true, ignore_public_acls: true, restrict_public_buckets: true}`,
			want: fires("uploads block_public_acls"),
			says: "with blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true",
		},
		{
			name:      "false",
			resources: "uploads: {type: aws:s3:BucketV2, properties: {blockPublicAcls: false}}",
			want:      fires("uploads blockPublicAcls"),
		},
		{
			name:      "unknown",
			resources: `uploads: {type: aws:s3:BucketV2, properties: {ignorePublicAcls: {"fn::unknown": 1}}}`,
			want:      fires("uploads ignorePublicAcls"),
		},
		{
			name:      "secret",
			resources: `uploads: {type: aws:s3:BucketV2, properties: {ignorePublicAcls: {"fn::secret": ` + hush + `}}}`,
			want:      fires("uploads ignorePublicAcls"),
		},
		{
			name:      "null is not given",
			resources: "uploads: {type: aws:s3:BucketV2, properties: {blockPublicAcls: null}}",
			want:      clean,
		},
		{
			name:      "a tag of that name",
			resources: `uploads: {type: aws:s3:BucketV2, properties: {tags: {blockPublicAcls: "true"}}}`,
			want:      clean,
		},
		{
			name:      "the argument where it belongs",
			resources: "block: {type: aws:s3:BucketPublicAccessBlock, properties: {bucket: theirs, blockPublicAcls: true}}",
			want:      clean,
		},
		{
			name:      "a component that takes an argument of that name",
			resources: "uploads: {type: images:index:PrivateBucket, properties: {blockPublicAcls: true}}",
			want:      clean,
		},
		{
			name:      "a bucket that is only read",
			resources: "uploads: {type: aws:s3:BucketV2, get: {blockPublicAcls: true}}",
			want:      clean,
		},
		{
			name:      "a canned ACL, a policy and website settings",
			resources: "uploads: {type: aws:s3:Bucket, properties: {acl: private, policy: '{}', website: {indexDocument: index.html}}}",
			want:      clean,
		},
	})
}
