"""A notification in plain dicts, one of them with a misspelt key."""

import pulumi
import pulumi_aws as aws

arrived = aws.sqs.Queue("arrived")

# This is right, but nothing would have reported it if it were not.
aws.s3.BucketNotification(
    "uploads",
    bucket="image-uploads-123456789012",
    queues=[{"queue_arn": arrived.arn, "events": ["s3:ObjectCreated:*"], "filter_suffix": ".jpg"}],
)
aws.s3.BucketNotification(
    "reports",
    bucket="image-reports-123456789012",
    queues=[{"queue_arn": arrived.arn, "events": ["s3:ObjectCreated:*"], "filter_sufix": ".csv"}],
)
