"""Buckets that are closed in each of the ways that Python has for it."""

import pulumi
import pulumi_aws as aws

# The same arguments for several buckets, which are named by their ids or their names.
closed = {
    "block_public_acls": True,
    "block_public_policy": True,
    "ignore_public_acls": True,
    "restrict_public_buckets": True,
}
uploads = aws.s3.Bucket("uploads")
aws.s3.BucketPublicAccessBlock("uploads", bucket=uploads.id, **closed)
reports = aws.s3.Bucket("reports")
aws.s3.BucketPublicAccessBlock("reports", aws.s3.BucketPublicAccessBlockArgs(bucket=reports.bucket, **closed))


class ClosedBucket(pulumi.ComponentResource):
    """A bucket with its block."""

    def __init__(self, name, opts=None):
        super().__init__("acme:images:ClosedBucket", name, None, opts)
        self.bucket = aws.s3.Bucket(name, opts=pulumi.ResourceOptions(parent=self))
        self.block = aws.s3.BucketPublicAccessBlock(
            name, bucket=self.bucket.id, **closed, opts=pulumi.ResourceOptions(parent=self.bucket)
        )


thumbnails = ClosedBucket("thumbnails")
# Somebody else's bucket is for them to close.
shared = aws.s3.Bucket.get("shared", "shared-assets-123456789012")

pulumi.export("validations", {"thumbnails_are_closed": thumbnails.block.restrict_public_buckets})
