bucket, err := s3.NewBucket(ctx, "source", &s3.BucketArgs{ // want source-bucket-arguments
	Acl:                   pulumi.String("private"),
	BlockPublicAcls:       pulumi.Bool(true),
	BlockPublicPolicy:     pulumi.Bool(true),
	IgnorePublicAcls:      pulumi.Bool(true),
	RestrictPublicBuckets: pulumi.Bool(true),
})
