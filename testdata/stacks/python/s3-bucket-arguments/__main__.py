"""A bucket that gets another resource's arguments, in pulumi-aws 6."""

import pulumi
import pulumi_aws as aws


# aws.s3.Bucket would stop the program. This class passes on whatever it is
# given, and the provider refuses it.
class Bucket(pulumi.CustomResource):
    def __init__(self, name, **args):
        super().__init__("aws:s3/bucket:Bucket", name, args)


uploads = Bucket("uploads", block_public_acls=True, restrictPublicBuckets=True)

# The arguments above close nothing; this does.
block = aws.s3.BucketPublicAccessBlock(
    "uploads",
    bucket=uploads.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
pulumi.export("validations", {"uploads_are_closed": block.restrict_public_buckets})
