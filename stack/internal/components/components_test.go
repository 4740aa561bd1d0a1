package components_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

// The resources that components are given. Each is declared in the test's own
// program, as another component would.

func newBucket(ctx *pulumi.Context) (*s3.BucketV2, error) {
	return s3.NewBucketV2(ctx, "given", &s3.BucketV2Args{Bucket: pulumi.String("given-bucket")})
}

func newFunction(ctx *pulumi.Context) (*lambda.Function, error) {
	return lambda.NewFunction(ctx, "given", &lambda.FunctionArgs{
		Name: pulumi.String("given-function"),
		Role: pulumi.String("arn:aws:iam::123456789012:role/given"),
	})
}

func newQueue(ctx *pulumi.Context) (*sqs.Queue, error) {
	return sqs.NewQueue(ctx, "given", &sqs.QueueArgs{Name: pulumi.String("given-queue")})
}

// run runs the program, which must succeed, and holds that all that the
// component declares is below it.
func run(t *testing.T, component string, program pulumi.RunFunc) *stacktest.Recorder {
	t.Helper()
	recorder, err := stacktest.Run(t, nil, program)
	require.NoError(t, err)
	children := 0
	for _, resource := range recorder.Resources() {
		if resource.Name == "given" || resource.Type == component {
			continue
		}
		children++
		assert.Contains(t, resource.Parent, component+"::", "parent of %s %s", resource.Type, resource.Name)
	}
	require.NotZero(t, children)
	return recorder
}

// assertDependsOn holds that the resource waits for the other one.
func assertDependsOn(t *testing.T, resource stacktest.Resource, token, name string) {
	t.Helper()
	for _, urn := range resource.DependsOn {
		if strings.HasSuffix(urn, token+"::"+name) {
			return
		}
	}
	assert.Fail(t, "no such dependency", "%s %s waits for %v, not for %s %s", resource.Type, resource.Name, resource.DependsOn, token, name)
}
