// A program that deploys code alone: an archive whose entries are sorted and carry
// one fixed date, and a folder, which Pulumi zips.
package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	onCall, err := ops.OnCall(ctx)
	if err != nil {
		return err
	}
	for name, code := range map[string]string{
		"zip":    "../lambda-prebuilt-code/release/thumbnail.zip",
		"folder": "thumbnail",
	} {
		function, err := lambda.NewFunction(ctx, name, &lambda.FunctionArgs{
			Runtime: lambda.RuntimePython3d12,
			Handler: pulumi.String("index.handler"),
			Role:    pulumi.String("arn:aws:iam::123456789012:role/thumbnailer"),
			Code:    pulumi.NewFileArchive(code),
		})
		if err != nil {
			return err
		}
		if err := ops.AlarmOnErrors(ctx, name, function, onCall); err != nil {
			return err
		}
	}
	ctx.Export("validations", pulumi.Map{"somebodyIsOnCall": onCall.Arn.ApplyT(func(arn string) bool { return arn != "" })})
	return nil
}
