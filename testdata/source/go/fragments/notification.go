err := ctx.RegisterResource("aws:s3/bucketNotification:BucketNotification", "uploads", pulumi.Map{ // want source-notification-typed
	"bucket":          bucket.ID(),
	"lambdaFunctions": pulumi.Array{pulumi.Map{"lambdaFunctionArn": function.Arn}},
}, &notification)
