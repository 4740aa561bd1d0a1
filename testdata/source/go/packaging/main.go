package main

import (
	"archive/zip"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"

	"example.com/packaging/lib"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-command/sdk/go/command/local"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const target = "lambda_package"

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		if err := os.RemoveAll(target); err != nil { // want source-runtime-packaging
			return err
		}
		if err := os.MkdirAll(target, 0o755); err != nil { // want source-runtime-packaging
			return err
		}
		if err := osexec.Command("pip", "install", "--target", target, "-r", "code/requirements.txt").Run(); err != nil { // want source-runtime-packaging
			return err
		}
		words := []string{"build", "-o", filepath.Join(target, "bootstrap"), "./code"}
		compile := osexec.CommandContext(ctx.Context(), "go", words...) // want source-runtime-packaging
		if err := compile.Run(); err != nil {
			return err
		}
		script := fmt.Sprintf("cd %s && zip -r ../code.zip .", target)
		if _, err := osexec.Command("sh", "-c", script).Output(); err != nil { // want source-runtime-packaging
			return err
		}
		image := strings.Join([]string{"docker", "build", "-t", "worker", "."}, " ")
		if err := osexec.Command("bash", "-c", image).Run(); err != nil { // want source-runtime-packaging
			return err
		}
		command := osexec.Command
		if err := command("npm", "ci").Run(); err != nil { // want source-runtime-packaging
			return err
		}
		if err := osexec.Command("sh", "-c", os.Getenv("PREPARE")).Run(); err != nil { // want? source-runtime-packaging
			return err
		}
		if err := archive("code.zip"); err != nil {
			return err
		}
		if err := lib.Install("yarn"); err != nil {
			return err
		}
		_, err := local.NewCommand(ctx, "bundle", &local.CommandArgs{ // want source-runtime-packaging
			Create: pulumi.String("npx esbuild src/index.ts --bundle --outfile=code/index.js"),
		})
		if err != nil {
			return err
		}
		_, err = lambda.NewFunction(ctx, "worker", &lambda.FunctionArgs{
			Code:    pulumi.NewFileArchive(target),
			Handler: pulumi.String("index.handler"),
		})
		return err
	})
}

func archive(name string) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	w := zip.NewWriter(out) // want source-runtime-packaging
	if _, err := w.Create("index.py"); err != nil {
		return err
	}
	return w.Close()
}
