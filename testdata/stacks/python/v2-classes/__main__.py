"""Buckets of pulumi-aws 6, which has the current classes with V2 at their end."""

import pulumi
import pulumi_aws as aws

# As everything should be.
uploads = aws.s3.BucketV2("uploads")
block = aws.s3.BucketPublicAccessBlock(
    "uploads",
    bucket=uploads.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
aws.s3.BucketVersioningV2("uploads", bucket=uploads.id, versioning_configuration={"status": "Enabled"})
aws.s3.BucketLifecycleConfigurationV2(
    "uploads",
    bucket=uploads.id,
    rules=[
        {
            "id": "incomplete-uploads",
            "status": "Enabled",
            "filter": {},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        }
    ],
)

# As the older class had it, inline.
archive = aws.s3.Bucket(
    "archive",
    versioning={"enabled": True},
    lifecycle_rules=[{"enabled": True, "abort_incomplete_multipart_upload_days": 7}],
)
aws.s3.BucketPublicAccessBlock(
    "archive",
    bucket=archive.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)

# As nothing should be.
thumbnails = aws.s3.BucketV2("thumbnails")
aws.s3.BucketVersioningV2("thumbnails", bucket=thumbnails.id, versioning_configuration={"status": "Suspended"})

pulumi.export("validations", {"uploads_are_closed": block.restrict_public_buckets})
