"""A function that loses the events it fails on."""

import pulumi
import pulumi_aws as aws

# S3 invokes it asynchronously: after two more tries the event is gone.
thumbnailer = aws.lambda_.Function(
    "thumbnailer",
    role="arn:aws:iam::123456789012:role/thumbnailer",
    runtime="python3.13",
    handler="index.handler",
    code=pulumi.FileArchive("../internal/handler"),
)
aws.lambda_.Permission(
    "uploads",
    action="lambda:InvokeFunction",
    function=thumbnailer.name,
    principal="s3.amazonaws.com",
    source_arn="arn:aws:s3:::image-uploads-123456789012",
    source_account="123456789012",
)

on_call = aws.sns.Topic("on-call")
aws.sns.TopicSubscription("on-call", topic=on_call.arn, protocol="email", endpoint="on-call@example.com")
aws.cloudwatch.MetricAlarm(
    "thumbnailer-errors",
    namespace="AWS/Lambda",
    metric_name="Errors",
    dimensions={"FunctionName": thumbnailer.name},
    statistic="Sum",
    period=300,
    evaluation_periods=1,
    threshold=0,
    comparison_operator="GreaterThanThreshold",
    alarm_actions=[on_call.arn],
)
pulumi.export("validations", {"somebody_is_on_call": on_call.arn.apply(lambda arn: arn != "")})
