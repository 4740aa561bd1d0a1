package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/policy"
)

// newRole declares the function's role and its policies. There are two: all of
// the first is known at preview, where a reviewer and the policy pack can read
// it, while the second waits for the key.
func newRole(ctx *pulumi.Context, name string, args *ThumbnailerArgs, parent pulumi.ResourceOption) (*iam.Role, []pulumi.Resource, error) {
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Description: pulumi.Sprintf("What function %s may do", args.FunctionName),
		AssumeRolePolicy: policy.JSON(policy.Statement{
			Sid:       "Assume",
			Effect:    policy.Allow,
			Principal: policy.Service("lambda.amazonaws.com"),
			Action:    []string{"sts:AssumeRole"},
		}),
	}, parent)
	if err != nil {
		return nil, nil, fmt.Errorf("declaring the role of %s: %w", name, err)
	}
	work, err := iam.NewRolePolicy(ctx, name+"-work", &iam.RolePolicyArgs{
		Role:   role.Name,
		Policy: policy.JSON(workStatements(args)...),
	}, parent)
	if err != nil {
		return nil, nil, fmt.Errorf("declaring what %s may do: %w", name, err)
	}
	key, err := iam.NewRolePolicy(ctx, name+"-key", &iam.RolePolicyArgs{
		Role: role.Name,
		Policy: args.KeyArn.ToStringOutput().ApplyT(func(arn string) pulumi.StringOutput {
			return policy.JSON(keyUse(args.Scope, arn))
		}),
	}, parent)
	if err != nil {
		return nil, nil, fmt.Errorf("declaring how %s may use its key: %w", name, err)
	}
	return role, []pulumi.Resource{work, key}, nil
}

// workStatements returns the minimum that the function's work needs.
func workStatements(args *ThumbnailerArgs) []policy.Statement {
	scope := args.Scope
	return []policy.Statement{
		{
			Sid:      "ReadOriginals",
			Effect:   policy.Allow,
			Action:   []string{"s3:GetObject", "s3:GetObjectVersion"},
			Resource: []string{scope.BucketARN(args.SourceBucket) + "/" + args.SourcePrefix + "*"},
		},
		{
			Sid:      "WriteThumbnails",
			Effect:   policy.Allow,
			Action:   []string{"s3:PutObject"},
			Resource: []string{scope.BucketARN(args.DestinationBucket) + "/" + args.DestinationPrefix + "*"},
		},
		{
			// Lambda sends failed events on behalf of the function.
			Sid:      "SendDeadLetters",
			Effect:   policy.Allow,
			Action:   []string{"sqs:SendMessage"},
			Resource: []string{args.DeadLetterQueue.ExpectedARN},
		},
		{
			Sid:      "WriteLog",
			Effect:   policy.Allow,
			Action:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resource: []string{scope.ARN("logs", "log-group:"+LogGroupName(args.FunctionName)+":*")},
		},
		{
			// Neither action can be restricted to a resource: a trace has no ARN.
			Sid:      "SendTraces",
			Effect:   policy.Allow,
			Action:   []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
			Resource: []string{"*"},
		},
	}
}

// keyUse lets the function decrypt originals and its environment, and encrypt
// thumbnails and dead letters, through the services that hold them and in no
// other way.
func keyUse(scope naming.Scope, keyARN string) policy.Statement {
	return policy.Statement{
		Sid:      "UseKey",
		Effect:   policy.Allow,
		Action:   []string{"kms:Decrypt", "kms:GenerateDataKey"},
		Resource: []string{keyARN},
		Condition: policy.Condition{"StringEquals": {"kms:ViaService": {
			fmt.Sprintf("lambda.%s.%s", scope.Region, scope.DNSSuffix),
			fmt.Sprintf("s3.%s.%s", scope.Region, scope.DNSSuffix),
			fmt.Sprintf("sqs.%s.%s", scope.Region, scope.DNSSuffix),
		}}},
	}
}
