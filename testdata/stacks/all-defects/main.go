// A thumbnail pipeline with every defect that the pack knows. It deploys, if at
// all, and looks right until the first image fails.
package main

import (
	"os/exec"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() { pulumi.Run(program) }

const namePrefix = "img-proc"

const code = `
def handler(event, context):
    for record in event["Records"]:
        print(record["s3"]["object"]["key"])
`

func program(ctx *pulumi.Context) error {
	deployer, err := newDeployer(ctx)
	if err != nil {
		return err
	}
	source, err := newBucket(ctx, "source", deployer)
	if err != nil {
		return err
	}
	destination, err := newBucket(ctx, "destination", deployer)
	if err != nil {
		return err
	}

	// No dead-letter queue, no alarm, and code that is nowhere but here, in which
	// the handler has another name.
	processor, err := lambda.NewFunction(ctx, "image-processor", &lambda.FunctionArgs{
		Runtime: lambda.RuntimePython3d12,
		Handler: pulumi.String("index.main"),
		Role:    pulumi.String("arn:aws:iam::123456789012:role/image-processor"),
		Code:    pulumi.NewAssetArchive(map[string]any{"index.py": pulumi.NewStringAsset(code)}),
		Environment: &lambda.FunctionEnvironmentArgs{
			Variables: pulumi.StringMap{"DESTINATION_BUCKET": destination.Bucket},
		},
	})
	if err != nil {
		return err
	}
	permission, err := lambda.NewPermission(ctx, "source", &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  processor.Name,
		Principal: pulumi.String("s3.amazonaws.com"),
		SourceArn: source.Arn,
	})
	if err != nil {
		return err
	}
	// Filters that match everything, in maps where nothing checks them.
	var notification s3.BucketNotification
	err = ctx.RegisterResource("aws:s3/bucketNotification:BucketNotification", "source", pulumi.Map{
		"bucket": source.ID(),
		"lambdaFunctions": pulumi.MapArray{pulumi.Map{
			"lambdaFunctionArn": processor.Arn,
			"events":            pulumi.StringArray{pulumi.String("s3:ObjectCreated:*")},
			"filterPrefix":      pulumi.String(""),
			"filterSuffix":      pulumi.String(""),
		}},
	}, &notification, pulumi.DependsOn([]pulumi.Resource{permission}))
	if err != nil {
		return err
	}
	if err := newArchiver(ctx, destination); err != nil {
		return err
	}

	// Names, but nothing that shows whether the pipeline is ready.
	ctx.Export("sourceBucket", source.Bucket)
	ctx.Export("destinationBucket", destination.Bucket)
	return nil
}

// newDeployer declares a provider that works in a role of this stack. Before the
// role is there the provider cannot be configured, and then the engine does not
// ask it to check arguments: at a first preview, policies alone see them.
func newDeployer(ctx *pulumi.Context) (*aws.Provider, error) {
	role, err := iam.NewRole(ctx, "deployer", &iam.RoleArgs{AssumeRolePolicy: pulumi.String(`{
		"Version": "2012-10-17",
		"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}]
	}`)})
	if err != nil {
		return nil, err
	}
	return aws.NewProvider(ctx, "deployer", &aws.ProviderArgs{
		Region:     pulumi.String("us-east-1"),
		AssumeRole: &aws.ProviderAssumeRoleArgs{RoleArn: role.Arn},
	})
}

// newBucket declares a bucket that only looks closed: these arguments belong to
// a BucketPublicAccessBlock. s3.BucketArgs has no such fields, so this goes
// around it, as a program in an untyped language does.
func newBucket(ctx *pulumi.Context, name string, deployer *aws.Provider) (*s3.Bucket, error) {
	bucket := &s3.Bucket{}
	err := ctx.RegisterResource("aws:s3/bucket:Bucket", name, pulumi.Map{
		"bucket":                pulumi.String(namePrefix + "-" + name),
		"acl":                   pulumi.String("private"),
		"blockPublicAcls":       pulumi.Bool(true),
		"blockPublicPolicy":     pulumi.Bool(true),
		"ignorePublicAcls":      pulumi.Bool(true),
		"restrictPublicBuckets": pulumi.Bool(true),
	}, bucket, pulumi.Provider(deployer))
	return bucket, err
}

// newArchiver declares a function whose folder this program fills, if it is asked
// to, and which has more in it than code: a handler that uploads its buffer, and
// a key.
func newArchiver(ctx *pulumi.Context, to *s3.Bucket) error {
	const folder = "archiver"
	if config.GetBool(ctx, "rebuild") {
		if err := exec.Command("pip", "install", "--target", folder, "pillow").Run(); err != nil {
			return err
		}
	}
	_, err := lambda.NewFunction(ctx, "archiver", &lambda.FunctionArgs{
		Runtime: lambda.RuntimePython3d12,
		Handler: pulumi.String("index.handler"),
		Role:    pulumi.String("arn:aws:iam::123456789012:role/archiver"),
		Code:    pulumi.NewFileArchive(folder),
		Environment: &lambda.FunctionEnvironmentArgs{
			Variables: pulumi.StringMap{"ARCHIVE": to.Bucket},
		},
	})
	return err
}
