notification = aws.s3.BucketNotification(  # want source-notification-typed
    f"{prefix}-notification",
    bucket=images_name,
    lambda_functions=[{  # a plain dict
        "lambda_function_arn": thumbnail_arn,
        "events": ["s3:ObjectCreated:*"],
        "filter_prefix": "",
        "filter_suffix": ""
    }],
)
