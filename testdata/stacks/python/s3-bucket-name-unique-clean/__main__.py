"""Bucket names that are unique in each of the usual ways."""

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity().account_id
caller = aws.get_caller_identity_output()

buckets = {
    # Pulumi names this one, and AWS the end of the next.
    "uploads": aws.s3.Bucket("uploads"),
    "thumbnails": aws.s3.Bucket("thumbnails", bucket_prefix="thumbnails-"),
    # The account: as a text, in an apply, and in a text that Pulumi puts together.
    "reports": aws.s3.Bucket("reports", bucket=f"reports-{pulumi.get_stack()}-{account}"),
    "exports": aws.s3.Bucket("exports", bucket=caller.account_id.apply(lambda account: f"exports-{account}")),
    "backups": aws.s3.Bucket("backups", bucket=pulumi.Output.format("backups-{0}", caller.account_id)),
    "logs": aws.s3.Bucket("logs", bucket=pulumi.Output.concat("logs-", caller.account_id)),
    "archive": aws.s3.Bucket("archive", bucket=f"{pulumi.get_project()}-{pulumi.get_stack()}-archive"),
}
closed = {
    name: aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    ).restrict_public_buckets
    for name, bucket in buckets.items()
}
pulumi.export("validations", closed)
