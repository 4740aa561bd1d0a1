import pulumi_aws as aws

CLOSED = dict(block_public_acls=True, restrict_public_buckets=True)


class ClosedBucket(aws.s3.Bucket):
    def __init__(self, name, **more):
        super().__init__(name, ignore_public_acls=True, **more)  # want source-bucket-arguments
