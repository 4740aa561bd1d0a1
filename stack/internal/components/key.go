package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/policy"
)

// deletionWindowDays is how long a deleted key can still be restored: the
// longest time that KMS offers, because without the key all images are lost.
const deletionWindowDays = 30

// KeyArgs describes who uses a Key.
type KeyArgs struct {
	// Scope is where the key lives.
	Scope naming.Scope
	// AliasName is the key's readable name, without "alias/".
	AliasName string
	// Buckets are the names of the buckets the key encrypts.
	Buckets []string
	// LogGroup is the name of the log group the key encrypts.
	LogGroup string
	// Protect keeps `pulumi destroy` from deleting the key.
	Protect bool
}

// Key is the customer managed KMS key that everything in the pipeline is
// encrypted with, and its alias. AWS's own keys would not do: their policies
// cannot be changed, and alarms could not publish to an encrypted topic.
type Key struct {
	pulumi.ResourceState

	// Arn names the key, for all who encrypt with it.
	Arn pulumi.StringOutput
	// Key is the key itself.
	Key *kms.Key
}

// NewKey declares a Key.
func NewKey(ctx *pulumi.Context, name string, args *KeyArgs, opts ...pulumi.ResourceOption) (*Key, error) {
	component := &Key{}
	if err := ctx.RegisterComponentResource("pipeguard:stack:Key", name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering key %s: %w", name, err)
	}
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.Sprintf("Encrypts %s", args.AliasName),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(deletionWindowDays),
		Policy:               policy.JSON(keyStatements(args)...),
	}, pulumi.Parent(component), pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("declaring key %s: %w", name, err)
	}
	_, err = kms.NewAlias(ctx, name, &kms.AliasArgs{
		Name:        pulumi.String("alias/" + args.AliasName),
		TargetKeyId: key.KeyId,
	}, pulumi.Parent(component))
	if err != nil {
		return nil, fmt.Errorf("declaring the alias of key %s: %w", name, err)
	}

	component.Key, component.Arn = key, key.Arn
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"arn": key.Arn})
}

// keyStatements lets the account's IAM policies govern the key, and lets the
// services use it for this pipeline alone.
func keyStatements(args *KeyArgs) []policy.Statement {
	scope := args.Scope
	bucketARNs := make([]string, len(args.Buckets))
	for i, bucket := range args.Buckets {
		bucketARNs[i] = scope.BucketARN(bucket)
	}
	// Each service decrypts, too: it has to open the data key that it reuses.
	use := []string{"kms:Decrypt", "kms:GenerateDataKey*"}
	return []policy.Statement{
		{
			Sid:       "Administer",
			Effect:    policy.Allow,
			Principal: policy.Account(scope.AccountARN()),
			Action:    []string{"kms:*"},
			Resource:  []string{"*"},
		},
		serviceStatement("Buckets", "s3.amazonaws.com", use, policy.FromAccountAndARN(scope.AccountID, bucketARNs...)),
		serviceStatement("Alarms", "cloudwatch.amazonaws.com", use, policy.FromAccountAndARN(scope.AccountID, scope.ARN("cloudwatch", "alarm:*"))),
		serviceStatement("Topics", "sns.amazonaws.com", use, policy.FromAccount(scope.AccountID)),
		serviceStatement("Queues", "sqs.amazonaws.com", use, policy.FromAccount(scope.AccountID)),
		// CloudWatch Logs has a principal for each region, and names the log
		// group in the encryption context rather than as the request's source.
		serviceStatement(
			"Logs", fmt.Sprintf("logs.%s.%s", scope.Region, scope.DNSSuffix),
			[]string{"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"},
			policy.Condition{"ArnEquals": {
				"kms:EncryptionContext:aws:logs:arn": {scope.ARN("logs", "log-group:"+args.LogGroup)},
			}},
		),
	}
}

func serviceStatement(sid, service string, actions []string, condition policy.Condition) policy.Statement {
	return policy.Statement{
		Sid:       sid,
		Effect:    policy.Allow,
		Principal: policy.Service(service),
		Action:    actions,
		Resource:  []string{"*"},
		Condition: condition,
	}
}
