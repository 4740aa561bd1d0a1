from pulumi_aws import s3

Args = s3.BucketNotificationQueueArgs


def checked(arn: str) -> s3.BucketNotificationQueueArgsDict:
    return {"queue_arn": arn, "events": ["s3:ObjectCreated:*"]}
