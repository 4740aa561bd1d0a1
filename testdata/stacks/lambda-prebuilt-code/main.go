// A program that puts the code of its functions together while it runs.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

const inline = `
def handler(event, context):
    return event
`

func program(ctx *pulumi.Context) error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the program's folder: %w", err)
	}
	onCall, err := ops.OnCall(ctx)
	if err != nil {
		return err
	}
	functions := []struct {
		name string
		code pulumi.Archive
	}{
		// Written here, where nothing tests it.
		{"inline", pulumi.NewAssetArchive(map[string]any{"index.py": pulumi.NewStringAsset(inline)})},
		// Left behind by a pip install that ran before, or did not.
		{"installed", pulumi.NewFileArchive("venv/lib/python3.12/site-packages")},
		// Downloaded, from a server that works offline.
		{"released", pulumi.NewRemoteArchive("file://" + filepath.ToSlash(filepath.Join(dir, "release", "thumbnail.zip")))},
	}
	for _, f := range functions {
		function, err := lambda.NewFunction(ctx, f.name, &lambda.FunctionArgs{
			Runtime: lambda.RuntimePython3d12,
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
