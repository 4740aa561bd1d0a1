// A program that makes the code it deploys, when its configuration asks for it.
package main

import (
	"os/exec"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
	"github.com/pipeguard/pipeguard/testdata/stacks/source-runtime-packaging/bundle"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	// Here it does not; the program is no better for it.
	if config.GetBool(ctx, "rebuild") {
		install := exec.Command("pip", "install", "--target", "build/thumbnail", "-r", "requirements.txt")
		if err := install.Run(); err != nil {
			return err
		}
		if err := bundle.Write("build/thumbnail.zip", "build/thumbnail"); err != nil {
			return err
		}
	}

	onCall, err := ops.OnCall(ctx)
	if err != nil {
		return err
	}
	function, err := lambda.NewFunction(ctx, "thumbnailer", &lambda.FunctionArgs{
		Runtime: lambda.RuntimeNodeJS20dX,
		Handler: pulumi.String("index.handler"),
		Role:    pulumi.String("arn:aws:iam::123456789012:role/thumbnailer"),
		Code:    pulumi.NewFileArchive("../internal/handler"),
	})
	if err != nil {
		return err
	}
	if err := ops.AlarmOnErrors(ctx, "thumbnailer", function, onCall); err != nil {
		return err
	}
	ctx.Export("validations", pulumi.Map{"somebodyIsOnCall": onCall.Arn.ApplyT(func(arn string) bool { return arn != "" })})
	return nil
}
