package components

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
	"github.com/pipeguard/pipeguard/stack/internal/policy"
)

// ThumbnailerArgs describes a Thumbnailer.
type ThumbnailerArgs struct {
	// Scope is where the function lives.
	Scope naming.Scope
	// FunctionName is the function's own name, at most 64 characters.
	FunctionName string
	// CodeArchive is the path of the function's zip, from the program's folder.
	// It is built beforehand, for linux/arm64.
	CodeArchive string
	// MemorySize is in MB, 128 to 10240.
	MemorySize int
	// Timeout is in seconds, 1 to 900.
	Timeout int
	// LogRetentionDays is a period that CloudWatch Logs offers.
	LogRetentionDays int
	// MaxWidth and MaxHeight are the box, in pixels, that a thumbnail fits in.
	MaxWidth, MaxHeight int
	// SourceBucket is the name of the bucket of originals, SourcePrefix the
	// folder they are in, with its slash.
	SourceBucket, SourcePrefix string
	// DestinationBucket is the name of the bucket of thumbnails,
	// DestinationPrefix the folder they go to, with its slash.
	DestinationBucket, DestinationPrefix string
	// DeadLetterQueue takes the events that have failed at every attempt.
	DeadLetterQueue *DeadLetterQueue
	// KeyArn names the key of the buckets, the queue and the log.
	KeyArn pulumi.StringInput
}

// Thumbnailer is the function that makes thumbnails, with its log group and a
// role that lets it do just that.
type Thumbnailer struct {
	pulumi.ResourceState

	// Function is the function itself.
	Function *lambda.Function
	// LogGroup keeps what the function logs.
	LogGroup *cloudwatch.LogGroup
}

// LogGroupName is the name of the log group of the function with this name: the
// one Lambda would make by itself, without retention or key, were it missing.
func LogGroupName(functionName string) string { return "/aws/lambda/" + functionName }

// NewThumbnailer declares a Thumbnailer.
func NewThumbnailer(ctx *pulumi.Context, name string, args *ThumbnailerArgs, opts ...pulumi.ResourceOption) (*Thumbnailer, error) {
	component := &Thumbnailer{}
	if err := ctx.RegisterComponentResource("pipeguard:stack:Thumbnailer", name, component, opts...); err != nil {
		return nil, fmt.Errorf("registering thumbnailer %s: %w", name, err)
	}
	parent := pulumi.Parent(component)

	logGroup, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(LogGroupName(args.FunctionName)),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
		KmsKeyId:        args.KeyArn.ToStringOutput(),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("declaring the log group of %s: %w", name, err)
	}
	role, policies, err := newRole(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	// Lambda refuses a dead-letter queue that the role cannot send to yet.
	afterPolicies := pulumi.DependsOn(policies)
	function, err := lambda.NewFunction(ctx, name, &lambda.FunctionArgs{
		Name:          pulumi.String(args.FunctionName),
		Description:   pulumi.String("Makes JPEG thumbnails of uploaded images"),
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.ToStringArray([]string{"arm64"}),
		// The name is fixed by the runtime: it starts the archive's bootstrap.
		Handler:    pulumi.String("bootstrap"),
		Code:       pulumi.NewFileArchive(args.CodeArchive),
		Role:       role.Arn,
		MemorySize: pulumi.Int(args.MemorySize),
		Timeout:    pulumi.Int(args.Timeout),
		Environment: &lambda.FunctionEnvironmentArgs{
			Variables: pulumi.StringMap{
				"SOURCE_PREFIX":      pulumi.String(args.SourcePrefix),
				"DESTINATION_BUCKET": pulumi.String(args.DestinationBucket),
				"DESTINATION_PREFIX": pulumi.String(args.DestinationPrefix),
				"KMS_KEY_ARN":        args.KeyArn,
				"MAX_WIDTH":          pulumi.String(strconv.Itoa(args.MaxWidth)),
				"MAX_HEIGHT":         pulumi.String(strconv.Itoa(args.MaxHeight)),
				// Go collects garbage harder from here on, instead of being
				// killed at the function's memory size.
				"GOMEMLIMIT": pulumi.Sprintf("%dMiB", args.MemorySize*9/10),
			},
		},
		DeadLetterConfig: &lambda.FunctionDeadLetterConfigArgs{TargetArn: args.DeadLetterQueue.Queue.Arn},
		LoggingConfig: &lambda.FunctionLoggingConfigArgs{
			LogFormat: pulumi.String("JSON"),
			LogGroup:  logGroup.Name,
		},
	}, parent, afterPolicies)
	if err != nil {
		return nil, fmt.Errorf("declaring function %s: %w", name, err)
	}

	component.Function, component.LogGroup = function, logGroup
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"functionName": function.Name, "functionArn": function.Arn})
}

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

// workStatements are the least that the function's work needs.
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
			// Lambda sends failed events in the function's name.
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
	}
}

// keyUse lets the function decrypt originals and encrypt thumbnails and dead
// letters, through the services that hold them and no other way.
func keyUse(scope naming.Scope, keyARN string) policy.Statement {
	return policy.Statement{
		Sid:      "UseKey",
		Effect:   policy.Allow,
		Action:   []string{"kms:Decrypt", "kms:GenerateDataKey"},
		Resource: []string{keyARN},
		Condition: policy.Condition{"StringEquals": {"kms:ViaService": {
			fmt.Sprintf("s3.%s.%s", scope.Region, scope.DNSSuffix),
			fmt.Sprintf("sqs.%s.%s", scope.Region, scope.DNSSuffix),
		}}},
	}
}
