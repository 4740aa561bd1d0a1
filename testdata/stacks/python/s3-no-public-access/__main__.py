"""A bucket policy that is written inside apply, and opens the bucket to everyone."""

import json

import pulumi
import pulumi_aws as aws

images = aws.s3.Bucket("images")
block = aws.s3.BucketPublicAccessBlock(
    "images",
    bucket=images.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)


def readable(arn):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{arn}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


aws.s3.BucketPolicy("public", bucket=images.id, policy=images.arn.apply(readable))
pulumi.export("validations", {"images_are_closed": block.restrict_public_buckets})
