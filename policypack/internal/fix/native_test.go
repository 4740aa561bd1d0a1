package fix_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// spelt returns a resource of another package that is judged as one of pulumi-aws, which calls some arguments and outputs
// otherwise.
func spelt(t graph.Type, name string, declared map[string]string) *graph.Resource {
	source := &graph.Resource{Type: "aws-native:x:X", Name: name, Inputs: resource.PropertyMap{}}
	return &graph.Resource{Type: t, Name: name, Inputs: resource.PropertyMap{}, Spelling: &graph.Spelling{
		Declared: source, Path: func(path string) string {
			if to, ok := declared[path]; ok {
				return to
			}
			return path
		},
	}}
}

func TestAFixNamesArgumentsAndOutputsAsTheProgramsPackageDoes(t *testing.T) {
	t.Parallel()
	queue := spelt(graph.Queue, "letters", map[string]string{"messageRetentionSeconds": "messageRetentionPeriod", "url": "queueUrl"})
	policy := spelt(graph.QueuePolicy, "policy", map[string]string{
		"policy.Statement": "policyDocument.Statement", "policy.Statement[0].Resource": "policyDocument.Statement[0].Resource", "queueUrl": "queue",
	})
	for _, test := range []struct {
		fix          fix.Fix
		python, yaml string
	}{
		{fix.Set(queue, "messageRetentionSeconds", 60), "set message_retention_period=60", "set messageRetentionPeriod: 60"},
		{
			fix.Set(policy, "policy.Statement[0].Resource", "x"), `in policy_document.Statement[0], set "Resource": "x"`,
			"in policyDocument.Statement[0], set Resource: x",
		},
		{
			fix.Set(policy, "queueUrl", fix.Output{Resource: queue, Property: "url"}),
			"set queue=letters.queue_url", "set queue: ${letters.queueUrl}",
		},
	} {
		on := test.fix.Edits[0].Resource
		assert.Equal(t, test.python, test.fix.Text(fix.Dialect{Language: fix.Python}, on))
		assert.Equal(t, test.yaml, test.fix.Text(fix.Dialect{Language: fix.YAML}, on))
	}
}
