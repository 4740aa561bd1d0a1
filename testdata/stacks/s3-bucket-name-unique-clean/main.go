// A program that makes the names of its buckets unique in each of the usual ways.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return err
	}
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return err
	}
	buckets := []struct {
		resource string
		args     *s3.BucketV2Args
	}{
		// Pulumi names this one, and AWS the end of the next.
		{"uploads", nil},
		{"thumbnails", &s3.BucketV2Args{BucketPrefix: pulumi.String("thumbnails-")}},
		{"reports", named("reports-%s-%s", region.Name, caller.AccountId)},
		{"archive", named("%s-%s-archive", ctx.Project(), ctx.Stack())},
		{"exports", named("exports-%s", ctx.Organization())},
		{"backups", named("backups-%s", "7c41e09b")},
	}
	closed := pulumi.Map{}
	for _, b := range buckets {
		bucket, err := s3.NewBucketV2(ctx, b.resource, b.args)
		if err != nil {
			return err
		}
		block, err := ops.Close(ctx, b.resource, bucket.ID())
		if err != nil {
			return err
		}
		closed[b.resource] = block.RestrictPublicBuckets
	}
	ctx.Export("validations", closed)
	return nil
}

func named(format string, parts ...any) *s3.BucketV2Args {
	return &s3.BucketV2Args{Bucket: pulumi.String(fmt.Sprintf(format, parts...))}
}
