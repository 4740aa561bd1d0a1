"""A stack with readiness checks, some of them known only once it is deployed."""

import pulumi
import pulumi_aws as aws

uploads = aws.s3.Bucket("uploads")
block = aws.s3.BucketPublicAccessBlock(
    "uploads",
    bucket=uploads.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
pulumi.export("uploads_bucket_name", uploads.id)
pulumi.export(
    "validations",
    {
        "uploads_are_closed": block.restrict_public_buckets,
        # Nested, of several outputs, and of what only AWS knows.
        "names": {
            "uploads_arn_matches": pulumi.Output.all(arn=uploads.arn, name=uploads.bucket).apply(
                lambda known: known["arn"] == f"arn:aws:s3:::{known['name']}"
            ),
            "uploads_are_reachable": uploads.bucket_regional_domain_name.apply(lambda domain: domain.endswith(".com")),
        },
    },
)
