"""An image pipeline with the documented defects and others, declared with aws-native."""

import pulumi
import pulumi_aws_native as native

SOURCE = "img-proc-source"

role = native.iam.Role(
    "processor-role",
    assume_role_policy_document={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    },
    policies=[
        native.iam.RolePolicyArgs(
            policy_name="everything",
            policy_document={
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
            },
        )
    ],
)

processor = native.lambda_.Function(
    "processor",
    runtime="python3.12",
    handler="index.handler",
    role=role.arn,
    code=native.lambda_.FunctionCodeArgs(zip_file="def handler(event, context):\n    return event\n"),
    environment=native.lambda_.FunctionEnvironmentArgs(variables={"SOURCE_BUCKET": SOURCE}),
)

may_process = native.lambda_.Permission(
    "may-process",
    action="lambda:InvokeFunction",
    function_name=processor.function_name,
    principal="s3.amazonaws.com",
    source_arn=f"arn:aws:s3:::{SOURCE}",
)

uploads = native.s3.Bucket(
    "uploads",
    bucket_name=SOURCE,
    access_control=native.s3.BucketAccessControl.PUBLIC_READ,
    public_access_block_configuration=native.s3.BucketPublicAccessBlockConfigurationArgs(
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=False,
        restrict_public_buckets=True,
    ),
    versioning_configuration={"status": "Suspended"},
    notification_configuration={
        "lambda_configurations": [
            {
                "function": processor.arn,
                "event": "s3:ObjectMade:*",
                "filter": {"s3_key": {"rules": [{"name": "prefix", "value": ""}]}},
            }
        ]
    },
    opts=pulumi.ResourceOptions(depends_on=[may_process]),
)

letters = native.sqs.Queue("letters", message_retention_period=3600)
jobs = native.sqs.Queue(
    "jobs", redrive_policy={"deadLetterTargetArn": letters.arn, "maxReceiveCount": 3}
)
network = native.ec2.Vpc("network", cidr_block="10.0.0.0/16")

pulumi.export("uploads", uploads.bucket_name)
