// A program that takes the code of its functions from where a build left it.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

// handler is the folder with the functions' source.
const handler = "../internal/handler"

func program(ctx *pulumi.Context) error {
	onCall, err := ops.OnCall(ctx)
	if err != nil {
		return err
	}
	role := pulumi.String("arn:aws:iam::123456789012:role/thumbnailer")
	functions := []struct {
		name string
		args *lambda.FunctionArgs
	}{
		{"folder", &lambda.FunctionArgs{Code: pulumi.NewFileArchive(handler)}},
		{"files", &lambda.FunctionArgs{Code: pulumi.NewAssetArchive(map[string]any{
			"index.mjs": pulumi.NewFileAsset(handler + "/index.mjs"),
		})}},
		{"object", &lambda.FunctionArgs{
			S3Bucket: pulumi.String("releases-123456789012"), S3Key: pulumi.String("thumbnail-1.4.2.zip"),
		}},
		{"image", &lambda.FunctionArgs{
			PackageType: pulumi.String("Image"),
			ImageUri:    pulumi.String("123456789012.dkr.ecr.us-east-1.amazonaws.com/thumbnail:1.4.2"),
		}},
	}
	for _, f := range functions {
		f.args.Role = role
		if f.args.ImageUri == nil {
			f.args.Runtime, f.args.Handler = lambda.RuntimeNodeJS20dX, pulumi.String("index.handler")
		}
		function, err := lambda.NewFunction(ctx, f.name, f.args)
		if err != nil {
			return err
		}
		if err := ops.AlarmOnErrors(ctx, f.name, function, onCall); err != nil {
			return err
		}
	}
	ctx.Export("validations", pulumi.Map{"somebodyIsOnCall": onCall.Arn.ApplyT(func(arn string) bool { return arn != "" })})
	return nil
}
