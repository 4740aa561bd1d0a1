// A program that gives a Bucket the arguments of a BucketPublicAccessBlock.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	// s3.BucketV2Args has no such fields, so this goes around it, as a program in
	// an untyped language does. The provider refuses the arguments too, and the
	// preview ends here: what needs the whole stack is not judged.
	var uploads s3.BucketV2
	err := ctx.RegisterResource("aws:s3/bucketV2:BucketV2", "uploads", pulumi.Map{
		"blockPublicAcls":         pulumi.Bool(true),
		"restrict_public_buckets": pulumi.Bool(false),
	}, &uploads)
	if err != nil {
		return err
	}
	block, err := ops.Close(ctx, "uploads", uploads.ID())
	if err != nil {
		return err
	}

	ctx.Export("uploads", uploads.Bucket)
	ctx.Export("validations", pulumi.Map{"uploadsAreClosed": block.RestrictPublicBuckets})
	return nil
}
