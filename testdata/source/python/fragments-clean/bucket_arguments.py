images = aws.s3.Bucket(f"images-{suffix}", ...)

aws.s3.BucketPublicAccessBlock(
    f"images-access-{suffix}",
    bucket=images.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
    opts=pulumi.ResourceOptions(parent=images)
)
