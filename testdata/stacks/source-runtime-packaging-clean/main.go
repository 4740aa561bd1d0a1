// A program that asks git which commit it deploys, and looks into an archive: it
// makes nothing. The function's own code may run what it likes.
package main

import (
	"archive/zip"
	"fmt"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pipeguard/pipeguard/testdata/stacks/internal/ops"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	commit := "unknown"
	// A checkout may have no git, and no history.
	if out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		commit = strings.TrimSpace(string(out))
	}
	const archive = "../lambda-prebuilt-code/release/thumbnail.zip"
	content, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("looking into the archive: %w", err)
	}
	files := len(content.File)
	if err := content.Close(); err != nil {
		return fmt.Errorf("looking into the archive: %w", err)
	}

	onCall, err := ops.OnCall(ctx)
	if err != nil {
		return err
	}
	for name, code := range map[string]string{"thumbnailer": archive, "transcoder": "transcoder"} {
		function, err := lambda.NewFunction(ctx, name, &lambda.FunctionArgs{
			Runtime: lambda.RuntimePython3d12,
			Handler: pulumi.String("index.handler"),
			Role:    pulumi.String("arn:aws:iam::123456789012:role/thumbnailer"),
			Code:    pulumi.NewFileArchive(code),
			Tags:    pulumi.StringMap{"commit": pulumi.String(commit), "files": pulumi.Sprintf("%d", files)},
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
