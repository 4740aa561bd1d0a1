"""Texts with the SDK's message in the place of an output."""

import json

import pulumi
import pulumi_aws as aws

Statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
arrived = aws.sqs.Queue("arrived")
role = aws.iam.Role("reader", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [Statement]}))

# An output has no value yet where an f-string is put together.
aws.iam.RolePolicy(
    "wrong",
    role=role.id,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": f"{arrived.arn}"}],
        }
    ),
)
aws.ssm.Parameter("wrong", type="String", value=f"queue {arrived.name}")

# Inside apply it has one, and Output's own functions wait for it.
aws.iam.RolePolicy(
    "right",
    role=role.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": arrived.arn}],
        }
    ),
)
aws.ssm.Parameter("right", type="String", value=arrived.name.apply(lambda name: f"queue {name}"))
pulumi.export("wrong", f"https://{arrived.name}")
pulumi.export("right", pulumi.Output.concat("https://", arrived.name))
