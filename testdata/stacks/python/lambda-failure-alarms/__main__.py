"""A function that fails without anybody learning of it."""

import pulumi
import pulumi_aws as aws

# A dead-letter queue that nobody looks into.
failed = aws.sqs.Queue("failed")
thumbnailer = aws.lambda_.Function(
    "thumbnailer",
    role="arn:aws:iam::123456789012:role/thumbnailer",
    runtime="python3.13",
    handler="index.handler",
    code=pulumi.FileArchive("../internal/handler"),
    dead_letter_config=aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=failed.arn),
)

# An alarm on the errors, to a topic that nobody reads.
unread = aws.sns.Topic("unread")
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
    alarm_actions=[unread.arn],
)
pulumi.export("validations", {"failed_are_kept": failed.arn.apply(lambda arn: arn != "")})
