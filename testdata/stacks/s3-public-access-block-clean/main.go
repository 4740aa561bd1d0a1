// A program whose buckets are all closed to the public.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	uploads, err := NewClosedBucket(ctx, "uploads")
	if err != nil {
		return err
	}

	// An old bucket that the program took over, with its block beside it.
	archive, err := s3.NewBucket(ctx, "archive", &s3.BucketArgs{ForceDestroy: pulumi.Bool(false)})
	if err != nil {
		return err
	}
	block, err := ops.Close(ctx, "archive", archive.Bucket)
	if err != nil {
		return err
	}

	ctx.Export("uploads", uploads.Bucket.Bucket)
	ctx.Export("validations", pulumi.Map{
		"uploadsAreClosed": uploads.Block.RestrictPublicBuckets,
		"archiveIsClosed":  block.RestrictPublicBuckets,
	})
	return nil
}

// ClosedBucket is a bucket with its public access block.
type ClosedBucket struct {
	pulumi.ResourceState

	Bucket *s3.BucketV2
	Block  *s3.BucketPublicAccessBlock
}

// NewClosedBucket declares a ClosedBucket. The block names the bucket by its id,
// which is not known before the bucket is there.
func NewClosedBucket(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*ClosedBucket, error) {
	closed := &ClosedBucket{}
	err := ctx.RegisterComponentResource("example:storage:ClosedBucket", name, closed, opts...)
	if err != nil {
		return nil, fmt.Errorf("registering %s: %w", name, err)
	}
	closed.Bucket, err = s3.NewBucketV2(ctx, name, nil, pulumi.Parent(closed))
	if err != nil {
		return nil, fmt.Errorf("declaring bucket %s: %w", name, err)
	}
	closed.Block, err = ops.Close(ctx, name, closed.Bucket.ID(), pulumi.Parent(closed.Bucket))
	if err != nil {
		return nil, err
	}
	return closed, ctx.RegisterResourceOutputs(closed, pulumi.Map{"bucket": closed.Bucket.Bucket})
}
