"""Functions that take their code from where a build left it."""

import pulumi
import pulumi_aws as aws

handler = "../internal/handler"
python = {"runtime": "python3.13", "handler": "index.handler"}
on_call = aws.sns.Topic("on-call")
aws.sns.TopicSubscription("on-call", topic=on_call.arn, protocol="email", endpoint="on-call@example.com")
for name, args in {
    "folder": {"code": pulumi.FileArchive(handler), **python},
    "files": {"code": pulumi.AssetArchive({"index.py": pulumi.FileAsset(f"{handler}/index.py")}), **python},
    "object": {"s3_bucket": "releases-123456789012", "s3_key": "thumbnail-1.4.2.zip", **python},
    "image": {
        "package_type": "Image",
        "image_uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/thumbnail:1.4.2",
    },
}.items():
    function = aws.lambda_.Function(name, role="arn:aws:iam::123456789012:role/thumbnailer", **args)
    aws.cloudwatch.MetricAlarm(
        f"{name}-errors",
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions={"FunctionName": function.name},
        statistic="Sum",
        period=300,
        evaluation_periods=1,
        threshold=0,
        comparison_operator="GreaterThanThreshold",
        alarm_actions=[on_call.arn],
    )
pulumi.export("validations", {"somebody_is_on_call": on_call.arn.apply(lambda arn: arn != "")})
