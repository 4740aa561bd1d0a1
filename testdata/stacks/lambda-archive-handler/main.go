// A program that gives its functions code without the handler they name.
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
	const code = "../internal/handler"
	functions := []struct {
		name, handler string
		runtime       pulumi.StringInput
		code          pulumi.Archive
	}{
		// The file is index.mjs.
		{"no-module", "main.handler", lambda.RuntimeNodeJS20dX, pulumi.NewFileArchive(code)},
		// It exports handler.
		{"no-function", "index.main", lambda.RuntimeNodeJS20dX, pulumi.NewFileArchive(code)},
		// A custom runtime starts a file of this name, which a build did not leave.
		{"no-bootstrap", "bootstrap", lambda.RuntimeCustomAL2023, pulumi.NewFileArchive(code)},
		// A download that stopped at an error page.
		{"no-zip", "index.handler", lambda.RuntimeNodeJS20dX, pulumi.NewFileArchive("release/thumbnail.zip")},
	}
	for _, f := range functions {
		function, err := lambda.NewFunction(ctx, f.name, &lambda.FunctionArgs{
			Runtime: f.runtime,
			Handler: pulumi.String(f.handler),
			Role:    pulumi.String("arn:aws:iam::123456789012:role/thumbnailer"),
			Code:    f.code,
		})
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
