package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/policy"
)

// abortMultipartDays is how long the parts of an incomplete upload are kept. No
// listing shows them, but they are charged for.
const abortMultipartDays = 7

// BucketArgs describes a Bucket.
type BucketArgs struct {
	// Scope is where the bucket lives.
	Scope naming.Scope
	// BucketName is the bucket's own name, from naming.Scope.Bucket.
	BucketName string
	// KeyArn names the key that objects are encrypted with. Without it they are
	// encrypted with S3's own keys (SSE-S3), the only ones that the delivery of
	// access logs is certain to work with.
	KeyArn pulumi.StringInput
	// LogBucket receives the bucket's access logs; it is nil for the log bucket
	// itself, which would otherwise log its own logging forever.
	LogBucket *Bucket
	// LogsOf are the names of the buckets whose access logs this one receives.
	LogsOf []string
	// ExpirePrefix is the prefix of the keys of objects that expire; empty
	// means all objects.
	ExpirePrefix string
	// ExpireDays is the age in days at which objects expire, 0 for never. The
	// expired object stays for NoncurrentDays as an old version.
	ExpireDays int
	// NoncurrentDays is how long an old version is kept, in days, 1 or more.
	NoncurrentDays int
	// Protect keeps `pulumi destroy` from deleting the bucket.
	Protect bool
}

// Bucket is an S3 bucket that nobody outside of the account can reach and that
// keeps every version of its objects for a while, encrypted.
type Bucket struct {
	pulumi.ResourceState

	// Bucket is the bucket itself.
	Bucket *s3.BucketV2
	// ExpectedARN is the bucket's ARN as policies name it, known in advance.
	ExpectedARN string
	// Arn is the same for resources that have to wait for the bucket.
	Arn pulumi.StringOutput
	// PublicAccessBlock keeps the bucket private.
	PublicAccessBlock *s3.BucketPublicAccessBlock
	// Encryption is the default for new objects.
	Encryption *s3.BucketServerSideEncryptionConfigurationV2
	// Versioning keeps what is overwritten or deleted.
	Versioning *s3.BucketVersioningV2
	// Policy decides who may do what.
	Policy *s3.BucketPolicy
	// Logging records who did what; nil for the log bucket.
	Logging *s3.BucketLoggingV2
}

// NewBucket declares a Bucket.
//
// It uses BucketV2, each of whose settings is a resource of its own. Version 6
// of the AWS provider keeps s3.Bucket for old programs only, and s3.Bucket
// resets what these resources set.
func NewBucket(ctx *pulumi.Context, name string, args *BucketArgs, opts ...pulumi.ResourceOption) (*Bucket, error) {
	component := &Bucket{ExpectedARN: args.Scope.BucketARN(args.BucketName)}
	if err := ctx.RegisterComponentResource("pipeguard:stack:Bucket", name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering bucket %s: %w", name, err)
	}
	bucket, err := s3.NewBucketV2(ctx, name, &s3.BucketV2Args{
		Bucket: pulumi.String(args.BucketName),
	}, pulumi.Parent(component), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("declaring bucket %s: %w", name, err)
	}
	component.Bucket, component.Arn = bucket, deferredARN(bucket.Bucket, component.ExpectedARN)

	for _, declare := range []func(*pulumi.Context, string, *BucketArgs) error{
		component.closeToPublic, component.encrypt, component.keepVersions, component.logAccess,
	} {
		if err := declare(ctx, name, args); err != nil {
			return nil, err
		}
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"bucket": bucket.Bucket, "arn": bucket.Arn})
}

// closeToPublic lets only the IAM policies of this account, and this bucket's
// policy, decide who may do what.
func (b *Bucket) closeToPublic(ctx *pulumi.Context, name string, args *BucketArgs) (err error) {
	// The name, unlike the ID, is known at preview: a reviewer sees which bucket
	// this and the following resources belong to.
	b.PublicAccessBlock, err = s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                b.Bucket.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("declaring the public access block of bucket %s: %w", name, err)
	}
	_, err = s3.NewBucketOwnershipControls(ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: b.Bucket.Bucket,
		// This turns ACLs off: only policies count.
		Rule: &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("declaring the ownership of bucket %s: %w", name, err)
	}
	// S3 refuses two simultaneous changes of a bucket's access settings.
	afterBlock := pulumi.DependsOn([]pulumi.Resource{b.PublicAccessBlock})
	b.Policy, err = s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{
		Bucket: b.Bucket.Bucket,
		Policy: policy.JSON(b.statements(args)...),
	}, pulumi.Parent(b), afterBlock)
	if err != nil {
		return fmt.Errorf("declaring the policy of bucket %s: %w", name, err)
	}
	return nil
}

func (b *Bucket) statements(args *BucketArgs) []policy.Statement {
	scope, objects := args.Scope, b.ExpectedARN+"/*"
	statements := []policy.Statement{policy.DenyPlainText("s3", b.ExpectedARN, objects)}
	if args.KeyArn != nil {
		statements = append(statements, policy.DenyOtherEncryption(objects, scope.ARN("kms", "key/*"))...)
	}
	if len(args.LogsOf) > 0 {
		sources := make([]string, len(args.LogsOf))
		for i, bucket := range args.LogsOf {
			sources[i] = scope.BucketARN(bucket)
		}
		statements = append(statements, policy.Statement{
			Sid:       "TakeAccessLogs",
			Effect:    policy.Allow,
			Principal: policy.Service("logging.s3.amazonaws.com"),
			Action:    []string{"s3:PutObject"},
			Resource:  []string{objects},
			Condition: policy.FromAccountAndARN(scope.AccountID, sources...),
		})
	}
	return statements
}

func (b *Bucket) encrypt(ctx *pulumi.Context, name string, args *BucketArgs) (err error) {
	rule := &s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
		ApplyServerSideEncryptionByDefault: &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
			SseAlgorithm: pulumi.String("AES256"),
		},
	}
	if args.KeyArn != nil {
		rule.ApplyServerSideEncryptionByDefault = &s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
			SseAlgorithm:   pulumi.String("aws:kms"),
			KmsMasterKeyId: args.KeyArn.ToStringOutput(),
		}
		// This makes one request to KMS for many objects, not one for each.
		rule.BucketKeyEnabled = pulumi.Bool(true)
	}
	b.Encryption, err = s3.NewBucketServerSideEncryptionConfigurationV2(
		ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
			Bucket: b.Bucket.Bucket,
			Rules:  s3.BucketServerSideEncryptionConfigurationV2RuleArray{rule},
		}, pulumi.Parent(b),
	)
	if err != nil {
		return fmt.Errorf("declaring the encryption of bucket %s: %w", name, err)
	}
	return nil
}

// keepVersions keeps what is overwritten or deleted, and sets for how long.
func (b *Bucket) keepVersions(ctx *pulumi.Context, name string, args *BucketArgs) (err error) {
	b.Versioning, err = s3.NewBucketVersioningV2(ctx, name, &s3.BucketVersioningV2Args{
		Bucket:                  b.Bucket.Bucket,
		VersioningConfiguration: &s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("declaring the versioning of bucket %s: %w", name, err)
	}
	// Old versions can only expire where there are versions.
	afterVersioning := pulumi.DependsOn([]pulumi.Resource{b.Versioning})
	_, err = s3.NewBucketLifecycleConfigurationV2(ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: b.Bucket.Bucket,
		Rules:  lifecycleRules(args),
	}, pulumi.Parent(b), afterVersioning)
	if err != nil {
		return fmt.Errorf("declaring the lifecycle of bucket %s: %w", name, err)
	}
	return nil
}

func lifecycleRules(args *BucketArgs) s3.BucketLifecycleConfigurationV2RuleArray {
	everything := s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")}
	rules := s3.BucketLifecycleConfigurationV2RuleArray{
		s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:     pulumi.String("abort-multipart-uploads"),
			Status: pulumi.String("Enabled"),
			Filter: everything,
			AbortIncompleteMultipartUpload: s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(abortMultipartDays),
			},
		},
		s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:     pulumi.String("expire-old-versions"),
			Status: pulumi.String("Enabled"),
			Filter: everything,
			NoncurrentVersionExpiration: s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{
				NoncurrentDays: pulumi.Int(args.NoncurrentDays),
			},
			// A delete marker without versions under it is of no use to anyone.
			Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{ExpiredObjectDeleteMarker: pulumi.Bool(true)},
		},
	}
	if args.ExpireDays == 0 {
		return rules
	}
	return append(rules, s3.BucketLifecycleConfigurationV2RuleArgs{
		Id:         pulumi.String("expire-objects"),
		Status:     pulumi.String("Enabled"),
		Filter:     s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String(args.ExpirePrefix)},
		Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(args.ExpireDays)},
	})
}

func (b *Bucket) logAccess(ctx *pulumi.Context, name string, args *BucketArgs) (err error) {
	if args.LogBucket == nil {
		return nil
	}
	// S3 checks that it may write the logs when logging is configured.
	afterPolicy := pulumi.DependsOn([]pulumi.Resource{args.LogBucket.Policy})
	b.Logging, err = s3.NewBucketLoggingV2(ctx, name, &s3.BucketLoggingV2Args{
		Bucket:       b.Bucket.Bucket,
		TargetBucket: args.LogBucket.Bucket.Bucket,
		TargetPrefix: pulumi.String(args.BucketName + "/"),
	}, pulumi.Parent(b), afterPolicy)
	if err != nil {
		return fmt.Errorf("declaring the access logs of bucket %s: %w", name, err)
	}
	return nil
}
