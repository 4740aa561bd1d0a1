"""Notifications that are complete, as typed arguments and as dicts."""

import pulumi
import pulumi_aws as aws

uploads = aws.s3.Bucket("uploads")
block = aws.s3.BucketPublicAccessBlock(
    "uploads",
    bucket=uploads.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
images = aws.sqs.Queue("images")
changes = aws.sns.Topic("changes")


def from_bucket(action, target):
    """Allows S3 to send to a queue or a topic on behalf of the bucket."""
    return pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "s3.amazonaws.com"},
                    "Action": action,
                    "Resource": target,
                    "Condition": {"ArnEquals": {"aws:SourceArn": uploads.arn}},
                }
            ],
        }
    )


allowed = [
    aws.sqs.QueuePolicy("images", queue_url=images.url, policy=from_bucket("sqs:SendMessage", images.arn)),
    aws.sns.TopicPolicy("changes", arn=changes.arn, policy=from_bucket("sns:Publish", changes.arn)),
]
aws.s3.BucketNotification(
    "uploads",
    bucket=uploads.id,
    queues=[
        # The same folder, and other objects in it.
        aws.s3.BucketNotificationQueueArgs(
            queue_arn=images.arn, events=["s3:ObjectCreated:*"], filter_prefix="uploads/", filter_suffix=".jpg"
        ),
        {
            "queue_arn": images.arn,
            "events": ["s3:ObjectCreated:*"],
            "filter_prefix": "uploads/",
            "filter_suffix": ".png",
        },
    ],
    # All objects, and other events. The keys may be spelt as in the engine.
    topics=[{"topicArn": changes.arn, "events": ["s3:ObjectRemoved:*"]}],
    opts=pulumi.ResourceOptions(depends_on=allowed),
)
pulumi.export("validations", {"uploads_are_closed": block.restrict_public_buckets})
