package readiness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// redeploy is the remedy for a resource that differs from the program.
const redeploy = "run `pulumi refresh` and check what has changed since the deployment, then `pulumi up`; " +
	"if AWS denied the request, use credentials that may read the settings"

func (s Stack) keyChecks() []Check {
	return []Check{{
		Name:   "key: enabled and rotating",
		Remedy: "enable the key, or cancel its deletion, in KMS; otherwise " + redeploy,
		Run: func(ctx context.Context) error {
			key, err := s.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(s.KeyARN)})
			if err != nil {
				return fmt.Errorf("describing the key: %w", err)
			}
			rotation, err := s.KMS.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: aws.String(s.KeyARN)})
			if err != nil {
				return fmt.Errorf("getting the key's rotation status: %w", err)
			}
			return errors.Join(
				want("state", key.KeyMetadata.KeyState, kmstypes.KeyStateEnabled),
				want("rotation", rotation.KeyRotationEnabled, true),
			)
		},
	}}
}

// bucket is one of the stack's buckets, with its role.
type bucket struct {
	part, name string
	algorithm  s3types.ServerSideEncryption
	// key is empty for S3's own keys.
	key string
}

func (s Stack) bucketChecks() []Check {
	var checks []Check
	for _, b := range []bucket{
		{"source", s.SourceBucket, s3types.ServerSideEncryptionAwsKms, s.KeyARN},
		{"destination", s.DestinationBucket, s3types.ServerSideEncryptionAwsKms, s.KeyARN},
		{"log", s.LogBucket, s3types.ServerSideEncryptionAes256, ""},
	} {
		for _, check := range []struct {
			name string
			run  func(context.Context, bucket) error
		}{
			{"public access blocked", s.publicAccess},
			{"encryption", s.encryption},
			{"versioning", s.versioning},
			{"TLS only", s.bucketPolicy},
			{"access logs", s.accessLogs},
		} {
			if b.name == s.LogBucket && check.name == "access logs" {
				continue // it does not log itself
			}
			checks = append(checks, Check{
				Name: b.part + " bucket: " + check.name, Remedy: redeploy,
				Run: func(ctx context.Context) error { return check.run(ctx, b) },
			})
		}
	}
	return append(checks, Check{
		Name: "source bucket: notification", Run: s.notification,
		Remedy: "a second owner of the bucket's notifications may have replaced it; " + redeploy,
	})
}

func (s Stack) publicAccess(ctx context.Context, b bucket) error {
	output, err := s.S3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String(b.name)})
	if err != nil {
		return fmt.Errorf("getting its public access block: %w", err)
	}
	block := output.PublicAccessBlockConfiguration
	if block == nil {
		return errors.New("it has no public access block")
	}
	return errors.Join(
		want("BlockPublicAcls", aws.ToBool(block.BlockPublicAcls), true),
		want("BlockPublicPolicy", aws.ToBool(block.BlockPublicPolicy), true),
		want("IgnorePublicAcls", aws.ToBool(block.IgnorePublicAcls), true),
		want("RestrictPublicBuckets", aws.ToBool(block.RestrictPublicBuckets), true),
	)
}

func (s Stack) encryption(ctx context.Context, b bucket) error {
	output, err := s.S3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(b.name)})
	if err != nil {
		return fmt.Errorf("getting its encryption: %w", err)
	}
	if output.ServerSideEncryptionConfiguration == nil || len(output.ServerSideEncryptionConfiguration.Rules) != 1 ||
		output.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault == nil {
		return errors.New("it has no default encryption")
	}
	rule := output.ServerSideEncryptionConfiguration.Rules[0]
	err = want("algorithm", rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm, b.algorithm)
	if b.key == "" {
		return err
	}
	return errors.Join(err,
		want("key", aws.ToString(rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID), b.key),
		want("bucket key", aws.ToBool(rule.BucketKeyEnabled), true),
	)
}

func (s Stack) versioning(ctx context.Context, b bucket) error {
	output, err := s.S3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String(b.name)})
	if err != nil {
		return fmt.Errorf("getting its versioning: %w", err)
	}
	return want("status", output.Status, s3types.BucketVersioningStatusEnabled)
}

func (s Stack) bucketPolicy(ctx context.Context, b bucket) error {
	output, err := s.S3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(b.name)})
	if err != nil {
		return fmt.Errorf("getting its policy: %w", err)
	}
	return deniesPlainText(aws.ToString(output.Policy))
}

func (s Stack) accessLogs(ctx context.Context, b bucket) error {
	output, err := s.S3.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: aws.String(b.name)})
	if err != nil {
		return fmt.Errorf("getting its logging: %w", err)
	}
	if output.LoggingEnabled == nil {
		return errors.New("access is not logged")
	}
	return want("log bucket", aws.ToString(output.LoggingEnabled.TargetBucket), s.LogBucket)
}

// deniesPlainText checks that a resource's policy denies requests without TLS.
// AWS returns values as strings or as lists of strings.
func deniesPlainText(document string) error {
	var policy struct {
		Statement []struct {
			Effect    string
			Condition map[string]map[string]any
		}
	}
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		return fmt.Errorf("reading its policy: %w", err)
	}
	for _, statement := range policy.Statement {
		switch value := statement.Condition["Bool"]["aws:SecureTransport"].(type) {
		case string:
			if statement.Effect == "Deny" && value == "false" {
				return nil
			}
		case []any:
			if statement.Effect == "Deny" && slices.Contains(value, any("false")) {
				return nil
			}
		}
	}
	return errors.New("its policy allows requests that are not encrypted")
}

// notification checks that uploads with every suffix invoke the function.
func (s Stack) notification(ctx context.Context) error {
	output, err := s.S3.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{
		Bucket: aws.String(s.SourceBucket),
	})
	if err != nil {
		return fmt.Errorf("getting its notification: %w", err)
	}
	// These are the suffixes that invoke the function.
	found := map[string]bool{}
	for _, target := range output.LambdaFunctionConfigurations {
		if functionName(aws.ToString(target.LambdaFunctionArn)) != s.FunctionName ||
			!slices.Contains(target.Events, "s3:ObjectCreated:*") || target.Filter == nil || target.Filter.Key == nil {
			continue
		}
		filters := map[string]string{}
		for _, rule := range target.Filter.Key.FilterRules {
			// S3 returns the names capitalized.
			switch rule.Name {
			case "Prefix", s3types.FilterRuleNamePrefix:
				filters["prefix"] = aws.ToString(rule.Value)
			case "Suffix", s3types.FilterRuleNameSuffix:
				filters["suffix"] = aws.ToString(rule.Value)
			}
		}
		if filters["prefix"] == s.UploadPrefix {
			found[filters["suffix"]] = true
		}
	}
	var errs []error
	for _, suffix := range s.UploadSuffixes {
		if !found[suffix] {
			errs = append(errs, fmt.Errorf("%s*%s does not invoke %s", s.UploadPrefix, suffix, s.FunctionName))
		}
	}
	return errors.Join(errs...)
}
