bucket, err := s3.NewBucket(ctx, "source", &s3.BucketArgs{Bucket: name})

_, err = s3.NewBucketPublicAccessBlock(ctx, "source", &s3.BucketPublicAccessBlockArgs{
	Bucket:          bucket.ID(),
	BlockPublicAcls: pulumi.Bool(true),
}, pulumi.Parent(bucket))
