import pulumi_aws as aws
from pulumi_aws import s3 as storage
from pulumi_aws.s3 import BucketV2

from lib.defaults import CLOSED, ClosedBucket

aws.s3.Bucket(  # want source-bucket-arguments
    "source",
    acl="private",
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)

BucketV2("shared", **CLOSED)  # want source-bucket-arguments

arguments = {"force_destroy": True}
arguments["block_public_acls"] = True
storage.Bucket("set", **arguments)  # want source-bucket-arguments

storage.Bucket("spread", **{**CLOSED, "acl": "private"})  # want source-bucket-arguments

ClosedBucket("derived")
