"""A thumbnail pipeline with every documented defect.

It deploys, if at all, and looks right until the first image fails.
"""

import os
import shutil
import subprocess

import pulumi
import pulumi_aws as aws

name_prefix = "img-proc"
package = "archiver"

# The program makes code that it deploys. Its configuration has to ask for that,
# which makes the program no better.
if pulumi.Config().get_bool("rebuild"):
    if os.path.exists(package):
        shutil.rmtree(package)
    os.makedirs(package)
    subprocess.run(["pip", "install", "--target", package, "-r", "requirements.txt"], check=True)

# Arguments that belong to a BucketPublicAccessBlock, and names that any other
# account can have taken. aws.s3.Bucket would refuse these arguments and stop the
# program, as in as-documented; a resource declared by its type passes them on.
source = pulumi.CustomResource(
    "aws:s3/bucket:Bucket",
    "source",
    {
        "bucket": f"{name_prefix}-source",
        "acl": "private",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    },
)
destination = aws.s3.Bucket("destination", bucket=f"{name_prefix}-destination")

role = aws.iam.Role(
    "processor",
    assume_role_policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
            ],
        }
    ),
)

# No dead-letter queue, no alarm, and code that is nowhere but here, in which the
# handler has another name.
processor = aws.lambda_.Function(
    "image-processor",
    role=role.arn,
    runtime="python3.12",
    handler="index.main",
    code=pulumi.AssetArchive({"index.py": pulumi.StringAsset("def handler(event, context):\n    print(event)\n")}),
    environment={"variables": {"DESTINATION_BUCKET": destination.bucket}},
)

# The code is in a folder, with a key in it and a handler that uploads its buffer.
archiver = aws.lambda_.Function(
    "archiver",
    role=role.arn,
    runtime="python3.12",
    handler="index.handler",
    code=pulumi.FileArchive(package),
    environment={"variables": {"ARCHIVE_BUCKET": f"{destination.bucket}"}},
)

permission = aws.lambda_.Permission(
    "source",
    action="lambda:InvokeFunction",
    function=processor.name,
    principal="s3.amazonaws.com",
    source_arn=pulumi.Output.concat("arn:aws:s3:::", source.id),
    source_account="123456789012",
)

# A plain dict, with filters that look like some and match everything.
aws.s3.BucketNotification(
    "source",
    bucket=source.id,
    lambda_functions=[
        {
            "lambda_function_arn": processor.arn,
            "events": ["s3:ObjectCreated:*"],
            "filter_prefix": "",
            "filter_suffix": "",
        }
    ],
    opts=pulumi.ResourceOptions(depends_on=[permission]),
)

# Names, but nothing that shows whether the pipeline is ready.
pulumi.export("source_bucket_name", source.id)
pulumi.export("destination_bucket_name", destination.id)
