"""Functions that keep the events they fail on, where those would be lost."""

import pulumi
import pulumi_aws as aws

on_call = aws.sns.Topic("on-call")
aws.sns.TopicSubscription("on-call", topic=on_call.arn, protocol="email", endpoint="on-call@example.com")
failed = aws.sqs.Queue("failed", message_retention_seconds=14 * 24 * 3600)
images = aws.sqs.Queue("images")


def allow(*statements):
    return pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
    )


role = aws.iam.Role(
    "functions",
    assume_role_policy=allow({"Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}),
)
aws.iam.RolePolicy(
    "functions",
    role=role.id,
    policy=allow(
        {"Action": "sqs:SendMessage", "Resource": failed.arn},
        {"Action": "sns:Publish", "Resource": on_call.arn},
        {"Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "Resource": images.arn},
    ),
)


def function(name, **args):
    declared = aws.lambda_.Function(
        name,
        role=role.arn,
        runtime="python3.13",
        handler="index.handler",
        code=pulumi.FileArchive("../internal/handler"),
        **args,
    )
    alarm(f"{name}-errors", "AWS/Lambda", "Errors", {"FunctionName": declared.name})
    return declared


def alarm(name, namespace, metric, dimensions):
    aws.cloudwatch.MetricAlarm(
        name,
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        statistic="Maximum",
        period=300,
        evaluation_periods=1,
        threshold=0,
        comparison_operator="GreaterThanThreshold",
        alarm_actions=[on_call.arn],
    )


alarm("failed", "AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": failed.name})

# Invoked on a schedule, with a dead-letter queue; as typed arguments here and as a dict below.
queue = aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=failed.arn)
nightly = aws.cloudwatch.EventRule("nightly", schedule_expression="rate(1 day)")
aws.cloudwatch.EventTarget("nightly", rule=nightly.name, arn=function("indexer", dead_letter_config=queue).arn)
hourly = aws.cloudwatch.EventRule("hourly", schedule_expression="rate(1 hour)")
sweeper = function("sweeper", dead_letter_config={"target_arn": failed.arn})
aws.cloudwatch.EventTarget("hourly", rule=hourly.name, arn=sweeper.arn)

# Invoked by SNS, with an on-failure destination: a topic, this time.
uploaded = aws.sns.Topic("uploaded")
scanner = function("scanner")
aws.sns.TopicSubscription("scan", topic=uploaded.arn, protocol="lambda", endpoint=scanner.arn)
aws.lambda_.FunctionEventInvokeConfig(
    "scanner",
    function_name=scanner.name,
    maximum_retry_attempts=1,
    destination_config={"on_failure": {"destination": on_call.arn}},
)

# Polls its queue, where a message stays until it is done.
aws.lambda_.EventSourceMapping("resizer", function_name=function("resizer").name, event_source_arn=images.arn)

pulumi.export("validations", {"failed_are_kept": failed.message_retention_seconds.apply(lambda s: s >= 24 * 3600)})
