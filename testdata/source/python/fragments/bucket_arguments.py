images = aws.s3.Bucket(  # want source-bucket-arguments
    f"{prefix}-images",
    acl="private",
    tags=tags,
    # None of these does anything here.
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
