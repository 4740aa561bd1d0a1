// A program with the defects that rules can fix by themselves, and policy.json
// asks them to. What is not known yet they leave alone.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	_, err := kms.NewKey(ctx, "images", &kms.KeyArgs{DeletionWindowInDays: pulumi.Int(30)})
	if err != nil {
		return err
	}
	if err := newBucket(ctx); err != nil {
		return err
	}
	function, err := lambda.NewFunction(ctx, "thumbnailer", &lambda.FunctionArgs{
		Name:    pulumi.String("thumbnailer"),
		Role:    pulumi.String("arn:aws:iam::123456789012:role/thumbnailer"),
		Runtime: pulumi.String("nodejs22.x"),
		Handler: pulumi.String("index.handler"),
		Code:    pulumi.NewFileArchive("../internal/handler"),
		Environment: &lambda.FunctionEnvironmentArgs{Variables: pulumi.StringMap{
			"GREETING": pulumi.ToSecret(pulumi.String("correct horse")).(pulumi.StringOutput),
		}},
		TracingConfig: &lambda.FunctionTracingConfigArgs{Mode: pulumi.String("PassThrough")},
	})
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewLogGroup(ctx, "thumbnailer", &cloudwatch.LogGroupArgs{
		Name: pulumi.String("/aws/lambda/thumbnailer"),
	})
	if err != nil {
		return err
	}
	// The days depend on what AWS computes.
	_, err = cloudwatch.NewLogGroup(ctx, "resizer", &cloudwatch.LogGroupArgs{
		Name:            pulumi.String("/aws/lambda/resizer"),
		RetentionInDays: function.SigningJobArn.ApplyT(func(string) int { return 0 }).(pulumi.IntOutput),
	})
	if err != nil {
		return err
	}
	ctx.Export("function", function.Arn)
	return nil
}

// newBucket declares a bucket that is open in parts, and that answers plain HTTP.
func newBucket(ctx *pulumi.Context) error {
	bucket, err := s3.NewBucketV2(ctx, "uploads", &s3.BucketV2Args{Bucket: pulumi.String("acme-uploads-123456789012")})
	if err != nil {
		return err
	}
	_, err = s3.NewBucketPublicAccessBlock(ctx, "uploads", &s3.BucketPublicAccessBlockArgs{
		Bucket:            bucket.Bucket,
		BlockPublicAcls:   pulumi.Bool(true),
		BlockPublicPolicy: pulumi.Bool(false),
		// So does whether ACLs count.
		IgnorePublicAcls: bucket.RequestPayer.ApplyT(func(string) bool { return true }).(pulumi.BoolOutput),
	})
	if err != nil {
		return err
	}
	_, err = s3.NewBucketPolicy(ctx, "uploads", &s3.BucketPolicyArgs{
		Bucket: bucket.Bucket,
		Policy: pulumi.String(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
			"Principal": {"AWS": "arn:aws:iam::123456789012:role/reader"},
			"Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-uploads-123456789012/*"}}`),
	})
	return err
}
