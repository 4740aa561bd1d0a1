_, err := s3.NewBucketNotification(ctx, "uploads", &s3.BucketNotificationArgs{
	Bucket: bucket.ID(),
	LambdaFunctions: s3.BucketNotificationLambdaFunctionArray{
		&s3.BucketNotificationLambdaFunctionArgs{
			LambdaFunctionArn: function.Arn,
			Events:            pulumi.StringArray{pulumi.String("s3:ObjectCreated:*")},
		},
	},
}, pulumi.DependsOn([]pulumi.Resource{permission}))
