package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// settings has fields of the same names, but is not a bucket.
type settings struct{ BlockPublicAcls, BlockPublicPolicy bool }

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		closed := settings{BlockPublicAcls: true, BlockPublicPolicy: true}
		bucket, err := s3.NewBucket(ctx, "source", &s3.BucketArgs{
			Tags: pulumi.StringMap{"blockPublicAcls": pulumi.String("true")},
		})
		if err != nil {
			return err
		}
		_, err = s3.NewBucketPublicAccessBlock(ctx, "source", &s3.BucketPublicAccessBlockArgs{
			Bucket:                bucket.ID(),
			BlockPublicAcls:       pulumi.Bool(closed.BlockPublicAcls),
			BlockPublicPolicy:     pulumi.Bool(closed.BlockPublicPolicy),
			IgnorePublicAcls:      pulumi.Bool(true),
			RestrictPublicBuckets: pulumi.Bool(true),
		}, pulumi.Parent(bucket))
		return err
	})
}
