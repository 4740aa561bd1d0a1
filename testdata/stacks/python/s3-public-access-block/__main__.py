"""Buckets that nothing keeps closed."""

import pulumi
import pulumi_aws as aws

# No BucketPublicAccessBlock at all.
uploads = aws.s3.Bucket("uploads")

# One that leaves two flags out, which AWS takes for false.
thumbnails = aws.s3.Bucket("thumbnails")
aws.s3.BucketPublicAccessBlock("thumbnails", bucket=thumbnails.id, block_public_acls=True, ignore_public_acls=True)

# One that sets a flag to false.
reports = aws.s3.Bucket("reports")
aws.s3.BucketPublicAccessBlock(
    "reports",
    bucket=reports.id,
    block_public_acls=True,
    block_public_policy=False,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)

pulumi.export("validations", {"uploads_have_a_name": uploads.bucket.apply(lambda name: name != "")})
