import pulumi
import pulumi_aws as aws
from pulumi_aws.s3 import BucketNotificationQueueArgs as Queue
from pulumi_aws.s3.bucket_notification import BucketNotification

from lib.rules import Args, checked

bucket = aws.s3.Bucket("images")

BucketNotification(
    "functions",
    bucket=bucket.id,
    lambda_functions=[aws.s3.BucketNotificationLambdaFunctionArgs(
        lambda_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:thumbnail",
        events=["s3:ObjectCreated:*"],
        filter_prefix="uploads/",
    )],
    opts=pulumi.ResourceOptions(parent=bucket),
)

rule: aws.s3.BucketNotificationTopicArgsDict = {"topic_arn": "a", "events": ["s3:ObjectCreated:*"]}
BucketNotification("topics", bucket=bucket.id, topics=[rule])

rules: list[aws.s3.BucketNotificationQueueArgsDict] = [{"queue_arn": "a", "events": []}]
BucketNotification("queues", bucket=bucket.id, queues=rules)

BucketNotification("each", bucket=bucket.id, queues=[Queue(queue_arn=a, events=[]) for a in ("a", "b")])
BucketNotification("helper", bucket=bucket.id, queues=[checked("a")])
BucketNotification("alias", bucket=bucket.id, queues=[Args(queue_arn="a", events=[])])
BucketNotification("events", bucket=bucket.id, eventbridge=True)


class Local:
    """Has a class of the same name."""

    class BucketNotification:
        def __init__(self, name, queues):
            self.queues = queues


Local.BucketNotification("mine", queues=[{"queueArn": "a"}])
