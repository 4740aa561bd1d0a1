// Package components holds the parts of the image pipeline, each of them a
// Pulumi component in a file of its own.
package components

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// deferredARN returns an ARN that follows from a resource's name. Unlike the resource's arn
// output, it is known at preview, where a reviewer sees what is connected to what;
// like that output, it makes whoever uses it wait for the resource.
func deferredARN(name pulumi.StringOutput, arn string) pulumi.StringOutput {
	return name.ApplyT(func(string) string { return arn }).(pulumi.StringOutput)
}
