notification = aws.s3.BucketNotification(
    f"images-notification-{suffix}",
    bucket=images.id,
    lambda_functions=[aws.s3.BucketNotificationLambdaFunctionArgs(
        lambda_function_arn=thumbnail.arn,
        events=["s3:ObjectCreated:*"],
        filter_prefix="incoming/",
        filter_suffix=".png"
    )],
    opts=pulumi.ResourceOptions(
        parent=images,
        depends_on=[permission]
    )
)
