"""The documented failures, as they were written.

aws.s3.Bucket takes none of the arguments at its end and stops the program: what
is left to look at is the source.
"""

import os
import shutil
import subprocess

import pulumi
import pulumi_aws as aws

name_prefix = "img-proc"
deployment_dir = "lambda_deployment_package"


def package_lambda():
    if os.path.exists(deployment_dir):
        shutil.rmtree(deployment_dir)
    os.makedirs(deployment_dir)
    subprocess.run(
        ["pip", "install", "--target", deployment_dir, "-r", "lambda_code/requirements.txt"],
        check=True,
    )


source_bucket = aws.s3.Bucket(
    f"{name_prefix}-source-bucket",
    acl="private",
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)

package_lambda()
lambda_function = aws.lambda_.Function(
    f"{name_prefix}-image-processor",
    role="arn:aws:iam::123456789012:role/image-processor",
    runtime="python3.12",
    handler="index.handler",
    code=pulumi.FileArchive("lambda_code"),
)

aws.s3.BucketNotification(
    f"{name_prefix}-bucket-notification",
    bucket=source_bucket.id,
    lambda_functions=[
        {
            "lambda_function_arn": lambda_function.arn,
            "events": ["s3:ObjectCreated:*"],
            "filter_prefix": "",
            "filter_suffix": "",
        }
    ],
)
pulumi.export("source_bucket_name", source_bucket.id)
