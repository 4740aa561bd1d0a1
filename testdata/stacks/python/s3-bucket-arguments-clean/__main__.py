"""Buckets that get arguments of their own, also where nothing checks them."""

import pulumi
import pulumi_aws as aws

# What is spelt like an argument of the block is here only a tag.
tags = {"team": "images", "block_public_acls": "see the block"}
uploads = pulumi.CustomResource("aws:s3/bucket:Bucket", "uploads", {"forceDestroy": False, "tags": tags})
settings = {"force_destroy": False, "tags": tags}
thumbnails = aws.s3.Bucket("thumbnails", **settings)

closed = {
    name: aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    ).restrict_public_buckets
    for name, bucket in {"uploads": uploads, "thumbnails": thumbnails}.items()
}
pulumi.export("validations", closed)
