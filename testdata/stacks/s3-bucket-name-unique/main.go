// A program that gives its buckets names which will be taken, or refused.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	names := []struct{ resource, bucket string }{
		// A fixed prefix and a plain word, as in the next stage and account.
		{"uploads", "image-pipeline-source"},
		// The stage alone distinguishes two stacks, but not two companies.
		{"thumbnails", "image-pipeline-thumbnails-" + ctx.Stack()},
		// S3 takes neither upper case nor underscores.
		{"reports", "Image_Reports-123456789012"},
		// Unique across accounts, but given to two buckets of this one.
		{"archive", "image-archive-123456789012"},
		{"exports", "image-archive-123456789012"},
	}
	closed := pulumi.Map{}
	for _, name := range names {
		bucket, err := s3.NewBucketV2(ctx, name.resource, &s3.BucketV2Args{Bucket: pulumi.String(name.bucket)})
		if err != nil {
			return err
		}
		if name.resource == "exports" {
			continue // its name is that of archive, and so is its block
		}
		block, err := ops.Close(ctx, name.resource, bucket.ID())
		if err != nil {
			return err
		}
		closed[name.resource] = block.RestrictPublicBuckets
	}
	ctx.Export("validations", closed)
	return nil
}
