"""Buckets with names that will be taken."""

import pulumi
import pulumi_aws as aws

name_prefix = "img-proc"
closed = {}
for resource, bucket in {
    # A prefix and a word, as every other stack of this program has them.
    "source": f"{name_prefix}-source-bucket",
    # The stage distinguishes stacks, but not companies.
    "destination": f"{name_prefix}-destination-{pulumi.get_stack()}",
}.items():
    declared = aws.s3.Bucket(resource, bucket=bucket)
    closed[resource] = aws.s3.BucketPublicAccessBlock(
        resource,
        bucket=declared.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    ).restrict_public_buckets

pulumi.export("validations", closed)
