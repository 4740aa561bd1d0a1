"""Notifications that never fire, or more often than they look."""

import pulumi
import pulumi_aws as aws

Queue = aws.s3.BucketNotificationQueueArgs
arrived = aws.sqs.Queue("arrived")

# An empty filter filters nothing.
aws.s3.BucketNotification(
    "empty-filter",
    bucket="image-uploads-123456789012",
    queues=[Queue(queue_arn=arrived.arn, events=["s3:ObjectCreated:*"], filter_suffix="")],
)

# S3 has no such event.
aws.s3.BucketNotification(
    "no-such-event",
    bucket="image-thumbnails-123456789012",
    queues=[Queue(queue_arn=arrived.arn, events=["s3:ObjectDeleted:*"])],
)

# A string where a list belongs.
aws.s3.BucketNotification(
    "no-list",
    bucket="image-reports-123456789012",
    queues=[Queue(queue_arn=arrived.arn, events="s3:ObjectCreated:*")],
)
