"""Functions and queues that raise alarms in each of the usual ways."""

import pulumi
import pulumi_aws as aws

on_call = aws.sns.Topic("on-call")
aws.sns.TopicSubscription("on-call", topic=on_call.arn, protocol="email", endpoint="on-call@example.com")


def function(name):
    return aws.lambda_.Function(
        name,
        role="arn:aws:iam::123456789012:role/image-functions",
        runtime="python3.13",
        handler="index.handler",
        code=pulumi.FileArchive("../internal/handler"),
    )


indexer, scanner, thumbnailer = function("indexer"), function("scanner"), function("thumbnailer")
above_zero = {
    "period": 60,
    "evaluation_periods": 1,
    "threshold": 0,
    "comparison_operator": "GreaterThanThreshold",
}

# The plain alarm.
aws.cloudwatch.MetricAlarm(
    "indexer-errors",
    namespace="AWS/Lambda",
    metric_name="Errors",
    dimensions={"FunctionName": indexer.name},
    statistic="Sum",
    alarm_actions=[on_call.arn],
    **above_zero,
)

# The share of failures, in metric math: typed arguments and dicts side by side.
aws.cloudwatch.MetricAlarm(
    "scanner-failure-rate",
    evaluation_periods=1,
    threshold=0.01,
    comparison_operator="GreaterThanThreshold",
    alarm_actions=[on_call.arn],
    metric_queries=[
        aws.cloudwatch.MetricAlarmMetricQueryArgs(id="rate", expression="errors / calls", return_data=True),
        *(
            {
                "id": id,
                "metric": {
                    "namespace": "AWS/Lambda",
                    "metric_name": metric,
                    "dimensions": {"FunctionName": scanner.name},
                    "stat": "Sum",
                    "period": 300,
                },
            }
            for id, metric in {"errors": "Errors", "calls": "Invocations"}.items()
        ),
    ],
)

# An alarm without an action of its own, and a composite alarm that acts on it outside of deployments.
errors = aws.cloudwatch.MetricAlarm(
    "thumbnailer-errors",
    name="thumbnailer-errors",
    namespace="AWS/Lambda",
    metric_name="Errors",
    dimensions={"FunctionName": thumbnailer.name},
    statistic="Sum",
    **above_zero,
)
aws.cloudwatch.CompositeAlarm(
    "thumbnailer",
    alarm_name="thumbnailer",
    alarm_rule=pulumi.Output.format('ALARM("{0}") AND NOT ALARM("deploying")', errors.name),
    alarm_actions=[on_call.arn],
)

# A dead-letter queue of another queue.
failed = aws.sqs.Queue("failed")
aws.sqs.Queue(
    "images", redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": failed.arn, "maxReceiveCount": 3})
)
aws.cloudwatch.MetricAlarm(
    "failed-depth",
    namespace="AWS/SQS",
    metric_name="ApproximateNumberOfMessagesVisible",
    dimensions={"QueueName": failed.name},
    statistic="Maximum",
    alarm_actions=[on_call.arn],
    **above_zero,
)
pulumi.export("validations", {"failed_are_kept": failed.arn.apply(lambda arn: arn != "")})
