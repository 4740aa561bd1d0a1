// A program whose functions upload bytes, or by an uploader made for streams.
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
	functions := []struct {
		name    string
		runtime lambda.Runtime
		code    pulumi.Archive
	}{
		{"thumbnailer", lambda.RuntimePython3d12, pulumi.NewAssetArchive(map[string]any{
			".": pulumi.NewFileArchive("thumbnailer"),
		})},
		{"exporter", lambda.RuntimeNodeJS20dX, pulumi.NewFileArchive("exporter")},
	}
	for _, f := range functions {
		function, err := lambda.NewFunction(ctx, f.name, &lambda.FunctionArgs{
			Runtime: f.runtime,
			Handler: pulumi.String("index.handler"),
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
