package components_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/stack/internal/components"
	"github.com/pipeguard/pipeguard/stack/internal/stacktest"
)

// These are the parts that components get. Each is declared in the test's own
// program, as another component would declare it.

func newBucket(ctx *pulumi.Context) (*components.Bucket, error) {
	return components.NewBucket(ctx, "given", &components.BucketArgs{
		Scope: stacktest.Scope, BucketName: "given-bucket", KeyArn: pulumi.String(stacktest.KeyARN), NoncurrentDays: 1,
	})
}

func newQueue(ctx *pulumi.Context) (*components.DeadLetterQueue, error) {
	return components.NewDeadLetterQueue(ctx, "given", &components.DeadLetterQueueArgs{
		Scope: stacktest.Scope, QueueName: "given-queue", KeyArn: pulumi.String(stacktest.KeyARN),
	})
}

func newThumbnailer(ctx *pulumi.Context, queue *components.DeadLetterQueue) (*components.Thumbnailer, error) {
	return components.NewThumbnailer(ctx, "given", &components.ThumbnailerArgs{
		Scope: stacktest.Scope, FunctionName: "given-function", CodeArchive: "given.zip",
		DeadLetterQueue: queue, KeyArn: pulumi.String(stacktest.KeyARN),
	})
}

// run runs the program, which must succeed, and checks that everything that the
// component declares is below it.
func run(t *testing.T, component string, program pulumi.RunFunc) *stacktest.Recorder {
	t.Helper()
	recorder, err := stacktest.Run(t, nil, program)
	require.NoError(t, err)
	children := 0
	for _, resource := range recorder.Resources() {
		if strings.HasPrefix(resource.Name, "given") || resource.Type == component {
			continue
		}
		children++
		assert.Contains(t, resource.Parent, component+"::", "parent of %s %s", resource.Type, resource.Name)
	}
	require.NotZero(t, children)
	return recorder
}

// assertDependsOn checks that the resource waits for the other one.
func assertDependsOn(t *testing.T, resource stacktest.Resource, token, name string) {
	t.Helper()
	for _, urn := range resource.DependsOn {
		if strings.HasSuffix(urn, token+"::"+name) {
			return
		}
	}
	assert.Fail(t, "no such dependency", "%s %s waits for %v, not for %s %s", resource.Type, resource.Name, resource.DependsOn, token, name)
}
