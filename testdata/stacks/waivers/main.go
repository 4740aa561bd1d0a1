// A program whose authors decided to live with some violations. policy.json
// waives buckets; comments waive what the program does itself.
package main

import (
	"os/exec"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	// The first waiver of policy.json is for the website. The second was for the
	// downloads, and its day is over.
	website, err := s3.NewBucketV2(ctx, "website", nil)
	if err != nil {
		return err
	}
	downloads, err := s3.NewBucketV2(ctx, "downloads", nil)
	if err != nil {
		return err
	}
	if config.GetBool(ctx, "rebuild") {
		if err := rebuild(); err != nil {
			return err
		}
	}
	ctx.Export("website", website.Bucket)
	ctx.Export("downloads", downloads.Bucket)
	return nil
}

func rebuild() error {
	// pipeguard:ignore source-runtime-packaging -- until the build runs in CI
	bundle := exec.Command("esbuild", "src/index.ts", "--outfile=build/index.js")
	compile := exec.Command("go", "build", "-o", "build/bootstrap", ".") // pipeguard:ignore source-runtime-packaging -- as above

	// The rule's name is misspelt:
	// pipeguard:ignore source-runtime-packing -- until the build runs in CI
	install := exec.Command("pip", "install", "--target", "build", "pillow")
	// pipeguard:ignore source-runtime-packaging
	archive := exec.Command("zip", "-r", "build.zip", "build") // no reason

	// pipeguard:ignore source-runtime-packaging -- there was a build here once
	version := exec.Command("git", "describe")

	for _, command := range []*exec.Cmd{bundle, compile, install, archive, version} {
		if err := command.Run(); err != nil {
			return err
		}
	}
	return nil
}
