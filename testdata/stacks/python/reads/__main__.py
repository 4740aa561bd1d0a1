"""What a program asks AWS for, and resources that exist already."""

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity().account_id
region = aws.get_region().region
zone = aws.route53.get_zone(name="example.com")
legacy = aws.s3.Bucket.get("legacy", "images-legacy-123456789012")

# Without a region this would not be a valid name.
images = aws.s3.Bucket("images", bucket=f"images-{region.replace('-', '')}-{account}")
block = aws.s3.BucketPublicAccessBlock(
    "images",
    bucket=images.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
aws.route53.Record("images", zone_id=zone.zone_id, name="images", type="CNAME", ttl=300, records=[images.bucket])

pulumi.export("legacy", legacy.bucket)
pulumi.export("validations", {"images_are_closed": block.restrict_public_buckets})
