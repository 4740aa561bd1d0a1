// A program whose buckets are not all closed to the public.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	// No block at all: a private ACL closes nothing for good.
	uploads, err := s3.NewBucketV2(ctx, "uploads", nil)
	if err != nil {
		return err
	}
	_, err = s3.NewBucketAclV2(ctx, "uploads", &s3.BucketAclV2Args{Bucket: uploads.ID(), Acl: pulumi.String("private")})
	if err != nil {
		return err
	}

	// A block that leaves the bucket's policy out, and the fourth flag too.
	thumbnails, err := s3.NewBucket(ctx, "thumbnails-bucket", nil)
	if err != nil {
		return err
	}
	block, err := s3.NewBucketPublicAccessBlock(ctx, "thumbnails", &s3.BucketPublicAccessBlockArgs{
		Bucket:            thumbnails.ID(),
		BlockPublicAcls:   pulumi.Bool(true),
		BlockPublicPolicy: pulumi.Bool(false),
		IgnorePublicAcls:  pulumi.Bool(true),
	})
	if err != nil {
		return err
	}

	// Two blocks: whichever is written last wins.
	archive, err := s3.NewBucketV2(ctx, "archive", nil)
	if err != nil {
		return err
	}
	if _, err := ops.Close(ctx, "archive-by-team", archive.Bucket); err != nil {
		return err
	}
	if _, err := ops.Close(ctx, "archive-by-baseline", archive.Bucket); err != nil {
		return err
	}

	ctx.Export("uploads", uploads.Bucket)
	ctx.Export("validations", pulumi.Map{"thumbnailsRefuseAcls": block.BlockPublicAcls})
	return nil
}
