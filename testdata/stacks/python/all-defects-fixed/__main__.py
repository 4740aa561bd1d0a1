"""The thumbnail pipeline of all-defects without its defects."""

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity().account_id
region = aws.get_region().region


def document(*statements):
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})


key = aws.kms.Key(
    "images",
    deletion_window_in_days=30,
    enable_key_rotation=True,
    policy=document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": ["cloudwatch.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account}:log-group:*"}
            },
        },
    ),
)


def private_bucket(name, encryption, *statements):
    """Declares a bucket that is closed, encrypted, versioned and cleaned up."""
    bucket = aws.s3.Bucket(name, bucket=f"img-proc-{name}-{pulumi.get_stack()}-{account}")
    block = aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    aws.s3.BucketOwnershipControls(
        name,
        bucket=bucket.id,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
    )
    aws.s3.BucketVersioning(
        name,
        bucket=bucket.id,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.id,
        rules=[aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(**encryption)],
    )
    aws.s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="incomplete-uploads",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                abort_incomplete_multipart_upload=(
                    aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(days_after_initiation=7)
                ),
            )
        ],
    )
    aws.s3.BucketPolicy(
        name,
        bucket=bucket.id,
        policy=document(
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            *statements,
        ),
        opts=pulumi.ResourceOptions(depends_on=[block]),
    )
    return bucket, block


by_default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs
with_key = {
    "apply_server_side_encryption_by_default": by_default(sse_algorithm="aws:kms", kms_master_key_id=key.arn),
    "bucket_key_enabled": True,
}
# S3 does not deliver access logs to a bucket that is encrypted with a key of KMS.
with_s3 = {"apply_server_side_encryption_by_default": by_default(sse_algorithm="AES256")}

source, source_block = private_bucket("source", with_key)
destination, destination_block = private_bucket("destination", with_key)
logs, logs_block = private_bucket(
    "logs",
    with_s3,
    {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::img-proc-logs-{pulumi.get_stack()}-{account}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    },
)
for name, bucket in {"source": source, "destination": destination}.items():
    aws.s3.BucketLogging(name, bucket=bucket.id, target_bucket=logs.id, target_prefix=f"{name}/")

# What fails is kept, and somebody is notified.
failed = aws.sqs.Queue("failed", kms_master_key_id=key.arn, message_retention_seconds=14 * 24 * 3600)
on_call = aws.sns.Topic("on-call", kms_master_key_id=key.arn)
aws.sns.TopicSubscription("on-call", topic=on_call.arn, protocol="email", endpoint="on-call@example.com")

function_name = f"thumbnailer-{pulumi.get_stack()}"
log_group = aws.cloudwatch.LogGroup(
    "thumbnailer",
    name=f"/aws/lambda/{function_name}",
    retention_in_days=30,
    kms_key_id=key.arn,
)
role = aws.iam.Role(
    "thumbnailer",
    assume_role_policy=document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    ),
)
work = aws.iam.RolePolicy(
    "thumbnailer",
    role=role.id,
    policy=document(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": pulumi.Output.concat(source.arn, "/uploads/*")},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": pulumi.Output.concat(destination.arn, "/*")},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": failed.arn},
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": pulumi.Output.concat(log_group.arn, ":*"),
        },
        # X-Ray takes no resources.
        {"Effect": "Allow", "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "Resource": "*"},
    ),
)
# AWS generates the ARN of a key: before the deployment nobody knows this policy.
key_use = aws.iam.RolePolicy(
    "thumbnailer-key",
    role=role.id,
    policy=document({"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key.arn}),
)
thumbnailer = aws.lambda_.Function(
    "thumbnailer",
    name=function_name,
    role=role.arn,
    runtime="python3.13",
    handler="index.handler",
    code=pulumi.FileArchive("thumbnailer"),
    timeout=60,
    memory_size=1024,
    ephemeral_storage=aws.lambda_.FunctionEphemeralStorageArgs(size=1024),
    reserved_concurrent_executions=20,
    tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
    dead_letter_config=aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=failed.arn),
    environment=aws.lambda_.FunctionEnvironmentArgs(variables={"DESTINATION_BUCKET": destination.bucket}),
    opts=pulumi.ResourceOptions(depends_on=[log_group, work, key_use]),
)
aws.lambda_.FunctionEventInvokeConfig(
    "thumbnailer",
    function_name=thumbnailer.name,
    maximum_retry_attempts=2,
    maximum_event_age_in_seconds=3600,
)

permission = aws.lambda_.Permission(
    "source",
    action="lambda:InvokeFunction",
    function=thumbnailer.name,
    principal="s3.amazonaws.com",
    source_arn=source.arn,
    source_account=account,
)
aws.s3.BucketNotification(
    "source",
    bucket=source.id,
    lambda_functions=[
        aws.s3.BucketNotificationLambdaFunctionArgs(
            lambda_function_arn=thumbnailer.arn,
            events=["s3:ObjectCreated:*"],
            filter_prefix="uploads/",
            filter_suffix=".jpg",
        )
    ],
    opts=pulumi.ResourceOptions(depends_on=[permission]),
)


def alarm(name, statistic, metric, **dimensions):
    """Declares an alarm on the first of what should never be."""
    namespace, metric_name = metric.rsplit("/", 1)
    aws.cloudwatch.MetricAlarm(
        name,
        namespace=namespace,
        metric_name=metric_name,
        dimensions=dimensions,
        statistic=statistic,
        period=300,
        evaluation_periods=1,
        threshold=0,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        alarm_actions=[on_call.arn],
    )


alarm("errors", "Sum", "AWS/Lambda/Errors", FunctionName=thumbnailer.name)
alarm("failed", "Maximum", "AWS/SQS/ApproximateNumberOfMessagesVisible", QueueName=failed.name)

pulumi.export("source_bucket_name", source.id)
pulumi.export("destination_bucket_name", destination.id)
pulumi.export(
    "validations",
    {
        "source_is_closed": source_block.restrict_public_buckets,
        "destination_is_closed": destination_block.restrict_public_buckets,
        "logs_are_closed": logs_block.restrict_public_buckets,
        "failed_events_are_kept": failed.message_retention_seconds.apply(lambda seconds: seconds >= 24 * 3600),
    },
)
