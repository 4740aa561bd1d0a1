package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// bucket is a resource that this program declares without the SDK, which would
// refuse these arguments.
type bucket struct{ pulumi.CustomResourceState }

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		_, err := s3.NewBucket(ctx, "source", &s3.BucketArgs{ // want source-bucket-arguments
			Acl:             pulumi.String("private"),
			BlockPublicAcls: pulumi.Bool(true),
		})
		if err != nil {
			return err
		}
		arguments := &s3.BucketV2Args{
			RestrictPublicBuckets: pulumi.Bool(true),
		}
		if _, err := s3.NewBucketV2(ctx, "destination", arguments); err != nil { // want source-bucket-arguments
			return err
		}
		var b bucket
		return ctx.RegisterResource("aws:s3/bucket:Bucket", "third", pulumi.Map{ // want source-bucket-arguments
			"ignorePublicAcls":  pulumi.Bool(true),
			"blockPublicPolicy": pulumi.Bool(true),
		}, &b)
	})
}
