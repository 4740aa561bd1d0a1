package rules_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

func TestStackReadinessChecksWithoutAStackResource(t *testing.T) {
	t.Parallel()
	g, err := ruletest.Graph(program("uploads: {type: aws:s3:BucketV2}"), ruletest.Preview)
	require.NoError(t, err)
	res := checkGraph(t, graph.New(g.Project, g.Stack, g.Organization, g.All(graph.Bucket)), only("stack-readiness-checks"))
	assert.Equal(t, undecided("nothing"), verdictOf(res))
}
