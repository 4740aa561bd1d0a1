// A program with readiness checks, most of them known once it is deployed.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	uploads, err := s3.NewBucket(ctx, "uploads", &s3.BucketArgs{
		Versioning: &s3.BucketVersioningArgs{Enabled: pulumi.Bool(true)},
	})
	if err != nil {
		return err
	}
	block, err := ops.Close(ctx, "uploads", uploads.ID())
	if err != nil {
		return err
	}

	ctx.Export("uploads", uploads.Bucket)
	ctx.Export("validations", pulumi.Map{
		"uploadsAreClosed": block.RestrictPublicBuckets,
		"uploadsAreKept":   uploads.Versioning.Enabled(),
		"names": pulumi.Map{
			"uploadsArnMatches": pulumi.All(uploads.Arn, uploads.Bucket).ApplyT(func(values []any) bool {
				return values[0] == "arn:aws:s3:::"+values[1].(string)
			}),
		},
	})
	return nil
}
