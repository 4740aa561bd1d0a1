"""Role policies that Output's own functions put together."""

import json

import pulumi
import pulumi_aws as aws

statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
role = aws.iam.Role("reader", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
arrived = aws.sqs.Queue("arrived")

aws.iam.RolePolicy(
    "json-dumps",
    role=role.id,
    policy=pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": ["*", arrived.arn]}]}
    ),
)
aws.iam.RolePolicy(
    "format",
    role=role.id,
    policy=pulumi.Output.format(
        '{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "sqs:*", "Resource": ["*", "{0}"]}}]}}',
        arrived.arn,
    ),
)
