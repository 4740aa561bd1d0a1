import pulumi_aws as aws

uploads = aws.s3.Bucket("uploads")

aws.s3.BucketNotification(
    "uploads",
    bucket=uploads.id,
    lambda_functions=[aws.s3.BucketNotificationLambdaFunctionArgs(
        lambda_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:thumbnailer",
        events=["s3:ObjectCreated:*"],
        filter_suffix=".jpg",
    )],
)
