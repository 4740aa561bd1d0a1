import pulumi_aws as aws
from pulumi_aws.s3 import BucketNotification
from typing import Any, cast

from lib.rules import queue_rules, untyped

bucket = aws.s3.Bucket("images")
function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:thumbnail"

aws.s3.BucketNotification(  # want source-notification-typed
    "functions",
    bucket=bucket.id,
    lambda_functions=[{
        "lambda_function_arn": function_arn,
        "events": ["s3:ObjectCreated:*"],
    }],
)

BucketNotification("queues", bucket=bucket.id, queues=queue_rules)  # want source-notification-typed

topic = dict(topic_arn="arn:aws:sns:eu-west-1:123456789012:images", events=["s3:ObjectRemoved:*"])
BucketNotification("topics", bucket=bucket.id, topics=[topic])  # want source-notification-typed

wrong_case = {"lambdaFunctionArn": function_arn, "events": ["s3:ObjectCreated:*"]}
arguments = {"bucket": bucket.id, "lambda_functions": [wrong_case]}
BucketNotification("case", **arguments)  # want source-notification-typed

loose: dict[str, Any] = {"queue_arn": "arn:aws:sqs:eu-west-1:123456789012:images", "events": []}
BucketNotification("loose", bucket=bucket.id, queues=[loose])  # want source-notification-typed

believed = cast(aws.s3.BucketNotificationQueueArgsDict, {"queueArn": "x"})
BucketNotification("cast", bucket=bucket.id, queues=[believed])  # want source-notification-typed

BucketNotification(  # want source-notification-typed
    "each", bucket=bucket.id, queues=[{"queue_arn": arn, "events": []} for arn in ("a", "b")]
)

BucketNotification("unknown", bucket=bucket.id, queues=untyped())  # want? source-notification-typed
