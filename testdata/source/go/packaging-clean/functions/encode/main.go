// Command encode is a Lambda function: it may run what it likes.
package main

import (
	"context"
	"os/exec"

	"github.com/aws/aws-lambda-go/lambda"
)

func handle(ctx context.Context) error {
	return exec.CommandContext(ctx, "/opt/bin/ffmpeg", "-i", "/tmp/in", "/tmp/out").Run()
}

func main() { lambda.Start(handle) }
