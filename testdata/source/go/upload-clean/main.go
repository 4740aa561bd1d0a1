package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		_, err := lambda.NewFunction(ctx, "thumbnail", &lambda.FunctionArgs{
			Code:    pulumi.NewFileArchive("build/thumbnail.zip"),
			Handler: pulumi.String("bootstrap"),
			Runtime: pulumi.String("provided.al2023"),
		})
		return err
	})
}
