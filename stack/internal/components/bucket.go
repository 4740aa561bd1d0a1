package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/policy"
)

// BucketArgs describes a Bucket.
type BucketArgs struct {
	// Scope is where the bucket lives.
	Scope naming.Scope
	// BucketName is the bucket's own name, from naming.Scope.Bucket.
	BucketName string
	// KeyArn names the key that objects are encrypted with unless they ask for
	// another.
	KeyArn pulumi.StringInput
}

// Bucket is an S3 bucket that nobody outside of the account can reach and that
// keeps every version of its objects, encrypted.
type Bucket struct {
	pulumi.ResourceState

	// Bucket is the bucket itself.
	Bucket *s3.BucketV2
	// ExpectedARN is the bucket's ARN as policies name it, known beforehand.
	ExpectedARN string
	// PublicAccessBlock keeps the bucket private.
	PublicAccessBlock *s3.BucketPublicAccessBlock
	// Encryption is the default for new objects.
	Encryption *s3.BucketServerSideEncryptionConfigurationV2
}

// NewBucket declares a Bucket.
//
// It is made of BucketV2, which takes each of its settings from a resource of
// its own. Version 6 of the AWS provider keeps s3.Bucket for old programs only,
// and s3.Bucket resets what these resources set.
func NewBucket(ctx *pulumi.Context, name string, args *BucketArgs, opts ...pulumi.ResourceOption) (*Bucket, error) {
	component := &Bucket{}
	if err := ctx.RegisterComponentResource("pipeguard:stack:Bucket", name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering bucket %s: %w", name, err)
	}
	parent := pulumi.Parent(component)

	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{Bucket: pulumi.String(args.BucketName)}, parent)
	if err != nil {
		return nil, fmt.Errorf("declaring bucket %s: %w", name, err)
	}
	// The name, unlike the ID, is known at preview: a reviewer sees which bucket
	// each of the following is about.
	block, err := s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("declaring the public access block of bucket %s: %w", name, err)
	}
	_, err = s3.NewBucketOwnershipControls(ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.Bucket,
		// Turns ACLs off: policies alone say who may do what.
		Rule: &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("declaring the ownership of bucket %s: %w", name, err)
	}
	encryption, err := s3.NewBucketServerSideEncryptionConfigurationV2(
		ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
			Bucket: bucket.Bucket,
			Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
				&s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
					ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
						SseAlgorithm:   pulumi.String("aws:kms"),
						KmsMasterKeyId: args.KeyArn.ToStringOutput(),
					},
					// One request to KMS for many objects, not one for each.
					BucketKeyEnabled: pulumi.Bool(true),
				},
			},
		}, parent,
	)
	if err != nil {
		return nil, fmt.Errorf("declaring the encryption of bucket %s: %w", name, err)
	}
	_, err = s3.NewBucketVersioningV2(ctx, name, &s3.BucketVersioningV2Args{
		Bucket:                  bucket.Bucket,
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("declaring the versioning of bucket %s: %w", name, err)
	}
	// S3 refuses two changes of a bucket's access settings at one time.
	afterBlock := pulumi.DependsOn([]pulumi.Resource{block})
	arn := args.Scope.BucketARN(args.BucketName)
	_, err = s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{
		Bucket: bucket.Bucket,
		Policy: policy.JSON(policy.DenyPlainText("s3", arn, arn+"/*")),
	}, parent, afterBlock)
	if err != nil {
		return nil, fmt.Errorf("declaring the policy of bucket %s: %w", name, err)
	}

	component.Bucket, component.ExpectedARN = bucket, arn
	component.PublicAccessBlock, component.Encryption = block, encryption
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"bucket": bucket.Bucket, "arn": bucket.Arn})
}
