import pulumi
import pulumi_aws as aws

CLOSED = {
    "block_public_acls": True,
    "block_public_policy": True,
    "ignore_public_acls": True,
    "restrict_public_buckets": True,
}

bucket = aws.s3.Bucket("source", force_destroy=True)
aws.s3.BucketPublicAccessBlock("source", bucket=bucket.id, **CLOSED, opts=pulumi.ResourceOptions(parent=bucket))


class Bucket:
    """A bucket of sand."""

    def __init__(self, name, block_public_acls=False):
        self.name = name


Bucket("sand", block_public_acls=True)
# aws.s3.Bucket("comment", block_public_acls=True)
pulumi.export("hint", 'aws.s3.Bucket("text", block_public_acls=True)')
