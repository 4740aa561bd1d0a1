// A program with readiness checks that are known to fail before anything is
// deployed.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	uploads, err := s3.NewBucketV2(ctx, "uploads", nil)
	if err != nil {
		return err
	}
	block, err := ops.Close(ctx, "uploads", uploads.ID())
	if err != nil {
		return err
	}
	versioning, err := s3.NewBucketVersioningV2(ctx, "uploads", &s3.BucketVersioningV2Args{
		Bucket:                  uploads.ID(),
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Suspended")},
	})
	if err != nil {
		return err
	}

	status := versioning.VersioningConfiguration.Status()
	ctx.Export("validations", pulumi.Map{
		"uploadsAreClosed": block.RestrictPublicBuckets,
		"uploadsAreKept": status.ApplyT(func(status string) bool {
			return status == "Enabled"
		}),
		"operations": pulumi.Map{
			// Nobody has written it yet.
			"runbookExists": pulumi.Bool(false),
			// Known only when the bucket is there.
			"ownerPays": uploads.RequestPayer.ApplyT(func(payer string) bool { return payer == "BucketOwner" }),
		},
	})
	return nil
}
