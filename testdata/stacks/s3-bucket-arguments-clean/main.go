// A program that gives each resource its own arguments, also without types.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	tags := pulumi.StringMap{"team": pulumi.String("images"), "blockPublicAcls": pulumi.String("see the block")}
	var uploads s3.BucketV2
	err := ctx.RegisterResource("aws:s3/bucketV2:BucketV2", "uploads", pulumi.Map{
		"tags":         tags,
		"forceDestroy": pulumi.Bool(true),
	}, &uploads)
	if err != nil {
		return err
	}
	block, err := ops.Close(ctx, "uploads", uploads.ID())
	if err != nil {
		return err
	}

	// The older Bucket keeps its settings inline.
	thumbnails, err := s3.NewBucket(ctx, "thumbnails", &s3.BucketArgs{
		Acl:        pulumi.String("private"),
		Tags:       tags,
		Versioning: &s3.BucketVersioningArgs{Enabled: pulumi.Bool(true)},
	})
	if err != nil {
		return err
	}
	if _, err := ops.Close(ctx, "thumbnails", thumbnails.ID()); err != nil {
		return err
	}

	ctx.Export("uploads", uploads.Bucket)
	ctx.Export("validations", pulumi.Map{"uploadsAreClosed": block.RestrictPublicBuckets})
	return nil
}
