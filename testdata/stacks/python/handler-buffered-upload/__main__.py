"""A function that uploads its buffer as a stream."""

import pulumi
import pulumi_aws as aws

functions = {
    "thumbnailer": aws.lambda_.Function(
        "thumbnailer",
        role="arn:aws:iam::123456789012:role/thumbnailer",
        runtime="python3.13",
        handler="index.handler",
        code=pulumi.FileArchive("thumbnailer"),
    )
}

on_call = aws.sns.Topic("on-call")
aws.sns.TopicSubscription("on-call", topic=on_call.arn, protocol="email", endpoint="on-call@example.com")
for function in functions:
    aws.cloudwatch.MetricAlarm(
        f"{function}-errors",
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions={"FunctionName": functions[function].name},
        statistic="Sum",
        period=300,
        evaluation_periods=1,
        threshold=0,
        comparison_operator="GreaterThanThreshold",
        alarm_actions=[on_call.arn],
    )
pulumi.export("validations", {"somebody_is_on_call": on_call.arn.apply(lambda arn: arn != "")})
