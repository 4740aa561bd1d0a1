package components

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/stack/internal/naming"
)

// ThumbnailerArgs describes a Thumbnailer.
type ThumbnailerArgs struct {
	// Scope is where the function lives.
	Scope naming.Scope
	// FunctionName is the function's own name, at most 64 characters.
	FunctionName string
	// CodeArchive is the path of the function's zip, relative to the program's
	// folder. It is built in advance, for linux/arm64.
	CodeArchive string
	// CodeHash is the zip's SHA-256 in base64, as Lambda reports it.
	CodeHash string
	// MemorySize is in MB, 128 to 10240.
	MemorySize int
	// EphemeralStorage is the size of /tmp in MB, 512 to 10240.
	EphemeralStorage int
	// Timeout is in seconds, 1 to 900.
	Timeout int
	// ReservedConcurrency is how many invocations may run at the same time, and
	// are certain to find room in the account. 0 reserves nothing.
	ReservedConcurrency int
	// RetryAttempts is how often a failed event is tried again, 0 to 2.
	RetryAttempts int
	// MaximumEventAge is how long an event may wait for its turn, in seconds, 60
	// to 21600.
	MaximumEventAge int
	// LogRetentionDays is a period that CloudWatch Logs offers.
	LogRetentionDays int
	// LogLevel is the lowest level that is logged: DEBUG, INFO, WARN or ERROR.
	LogLevel string
	// Environment holds variables of the function besides those for the places below.
	Environment map[string]string
	// SourceBucket is the name of the bucket of originals, SourcePrefix their
	// folder, with its slash.
	SourceBucket, SourcePrefix string
	// DestinationBucket is the name of the bucket of thumbnails,
	// DestinationPrefix their folder, with its slash.
	DestinationBucket, DestinationPrefix string
	// DeadLetterQueue receives the events that have failed at every attempt.
	DeadLetterQueue *DeadLetterQueue
	// KeyArn names the key of the buckets, the queue, the log and the function's
	// environment.
	KeyArn pulumi.StringInput
}

// Thumbnailer is the function that makes thumbnails, with its log group, a role
// that allows exactly that, and what happens to the events that it fails on.
type Thumbnailer struct {
	pulumi.ResourceState

	// Function is the function itself.
	Function *lambda.Function
	// DeadLetterConfig is the function's argument of that name, nil for none.
	// At preview, the function's own output is unknown if it has none.
	DeadLetterConfig lambda.FunctionDeadLetterConfigPtrInput
	// ExpectedARN is the function's ARN as policies name it, known in advance.
	ExpectedARN string
	// Arn is the same for resources that have to wait for the function.
	Arn pulumi.StringOutput
	// LogGroup keeps what the function logs.
	LogGroup *cloudwatch.LogGroup
	// InvokeConfig sets how often an event is tried, and where it goes then.
	InvokeConfig *lambda.FunctionEventInvokeConfig
}

// LogGroupName returns the name of the log group of the function with this name: if
// it is missing, Lambda creates it itself, without retention or key.
func LogGroupName(functionName string) string { return "/aws/lambda/" + functionName }

// NewThumbnailer declares a Thumbnailer.
func NewThumbnailer(ctx *pulumi.Context, name string, args *ThumbnailerArgs, opts ...pulumi.ResourceOption) (*Thumbnailer, error) {
	component := &Thumbnailer{ExpectedARN: args.Scope.ARN("lambda", "function:"+args.FunctionName)}
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
	// The first invocation may come as soon as the function exists.
	afterPolicies := pulumi.DependsOn(policies)
	functionArgs := &lambda.FunctionArgs{
		Name:          pulumi.String(args.FunctionName),
		Description:   pulumi.String("Makes JPEG thumbnails of uploaded images"),
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.ToStringArray([]string{"arm64"}),
		// The runtime dictates the name: it starts the archive's bootstrap.
		Handler:          pulumi.String("bootstrap"),
		Code:             pulumi.NewFileArchive(args.CodeArchive),
		SourceCodeHash:   pulumi.String(args.CodeHash),
		Role:             role.Arn,
		MemorySize:       pulumi.Int(args.MemorySize),
		EphemeralStorage: &lambda.FunctionEphemeralStorageArgs{Size: pulumi.Int(args.EphemeralStorage)},
		Timeout:          pulumi.Int(args.Timeout),
		// A burst of uploads waits for its turn instead of using up the
		// account's concurrency, which all of its functions share.
		ReservedConcurrentExecutions: reservation(args.ReservedConcurrency),
		Environment:                  &lambda.FunctionEnvironmentArgs{Variables: environment(args)},
		KmsKeyArn:                    args.KeyArn.ToStringOutput(),
		TracingConfig:                &lambda.FunctionTracingConfigArgs{Mode: pulumi.String("Active")},
		LoggingConfig: &lambda.FunctionLoggingConfigArgs{
			LogFormat:           pulumi.String("JSON"),
			ApplicationLogLevel: pulumi.String(args.LogLevel),
			// These are Lambda's own lines: INFO has one report of each invocation.
			SystemLogLevel: pulumi.String("INFO"),
			LogGroup:       logGroup.Name,
		},
	}
	function, err := lambda.NewFunction(ctx, name, functionArgs, parent, afterPolicies)
	if err != nil {
		return nil, fmt.Errorf("declaring function %s: %w", name, err)
	}
	// The on-failure destination is the only way into the dead-letter queue.
	// The function's deadLetterConfig would get the same events, so both
	// together would store each of them twice; of the two, only the
	// destination's record includes why the event failed, and how often it was
	// tried.
	invokeConfig, err := lambda.NewFunctionEventInvokeConfig(ctx, name, &lambda.FunctionEventInvokeConfigArgs{
		FunctionName:             function.Name,
		MaximumRetryAttempts:     pulumi.Int(args.RetryAttempts),
		MaximumEventAgeInSeconds: pulumi.Int(args.MaximumEventAge),
		DestinationConfig: &lambda.FunctionEventInvokeConfigDestinationConfigArgs{
			OnFailure: &lambda.FunctionEventInvokeConfigDestinationConfigOnFailureArgs{
				Destination: args.DeadLetterQueue.Arn,
			},
		},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("declaring the failure path of %s: %w", name, err)
	}

	component.DeadLetterConfig = functionArgs.DeadLetterConfig
	component.Function, component.Arn = function, deferredARN(function.Name, component.ExpectedARN)
	component.LogGroup, component.InvokeConfig = logGroup, invokeConfig
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"functionName": function.Name, "functionArn": function.Arn})
}

// reservation returns the provider's value for a reserved concurrency: there, 0
// stops the function, and -1 reserves nothing.
func reservation(executions int) pulumi.Int {
	if executions == 0 {
		return -1
	}
	return pulumi.Int(executions)
}

func environment(args *ThumbnailerArgs) pulumi.StringMap {
	plain := maps.Clone(args.Environment)
	if plain == nil {
		plain = map[string]string{}
	}
	maps.Copy(plain, map[string]string{
		"SOURCE_PREFIX":      args.SourcePrefix,
		"DESTINATION_BUCKET": args.DestinationBucket,
		"DESTINATION_PREFIX": args.DestinationPrefix,
		// From here on, Go collects garbage harder, instead of being killed at
		// the function's memory size.
		"GOMEMLIMIT": strconv.Itoa(args.MemorySize*9/10) + "MiB",
	})
	variables := pulumi.ToStringMap(plain)
	variables["KMS_KEY_ARN"] = args.KeyArn
	return variables
}
