package main

import (
	"archive/zip"
	"os/exec"
	"strings"

	"example.com/packaging-clean/lib"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// run returns a name of this program's own; exec.Command("pip", "install") is
// not what it calls.
func run(steps ...string) string { return strings.Join(steps, " then ") }

// usage mentions what the build does: os.RemoveAll("build"), zip.NewWriter.
const usage = `run exec.Command("go", "build") before the deployment`

type runner struct{ done []string }

// Command is no process.
func (r *runner) Command(words ...string) { r.done = append(r.done, words...) }

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		revision, err := exec.Command("git", "rev-parse", "HEAD").Output()
		if err != nil {
			return err
		}
		r, err := zip.OpenReader("dist/code.zip")
		if err != nil {
			return err
		}
		defer r.Close()
		ctx.Export("files", pulumi.Int(len(r.File)))
		ctx.Export("steps", pulumi.String(run("pip install", "zip -r code.zip .")))
		ctx.Export("usage", pulumi.String(usage))

		// Not the package of that name.
		var exec runner
		exec.Command("pip", "install", "-r", "requirements.txt")
		ctx.Export("done", pulumi.Int(len(exec.done)))

		_, err = lambda.NewFunction(ctx, lib.Name("encode"), &lambda.FunctionArgs{
			Code:        pulumi.NewFileArchive("dist/code.zip"),
			Handler:     pulumi.String("bootstrap"),
			Runtime:     pulumi.String("provided.al2023"),
			Description: pulumi.String(strings.TrimSpace(string(revision))),
		})
		return err
	})
}
