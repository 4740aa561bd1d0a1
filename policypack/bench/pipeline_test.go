package main

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

var phases = []phase{firstPreview, deployed}

func checker(t testing.TB) *check.Checker {
	t.Helper()
	registry, err := rules.All()
	require.NoError(t, err)
	return check.New(registry, config.Default(registry))
}

func graphOf(resources []*declared) *graph.Graph {
	nodes := make([]*graph.Resource, len(resources))
	for i, d := range resources {
		nodes[i] = load.AnalyzerStackResource(plugin.AnalyzerStackResource{
			AnalyzerResource: plugin.AnalyzerResource{
				URN: d.urn, Type: tokens.Type(d.token), Name: d.name, Properties: d.outputs,
			},
			Parent: d.parent, Dependencies: d.dependencies, PropertyDependencies: d.propertyDependencies,
		}, d.inputs)
	}
	return graph.New(project, stackName, organization, nodes)
}

func TestStackIsAsLargeAsAskedAndViolatesNothingMandatory(t *testing.T) {
	t.Parallel()
	for _, p := range phases {
		resources := newStack(100, p)
		assert.Len(t, resources, 100, p)
		urns := map[resource.URN]bool{}
		for _, d := range resources {
			urns[d.urn] = true
		}
		assert.Len(t, urns, 100, p)
		result := checker(t).All(graphOf(resources))
		for _, f := range result.Findings {
			assert.Equal(t, apitype.Advisory, f.Level, "%s: %+v", p, f)
		}
		if p == deployed {
			for _, n := range result.NotEvaluated {
				assert.Contains(t, n.Reason, "was not looked into", "there is no archive on disk")
			}
		}
	}
}

func TestFirstPreviewKnowsNoArnButWhereItComesFrom(t *testing.T) {
	t.Parallel()
	var function *declared
	for _, d := range newStack(40, firstPreview) {
		if d.token == "aws:lambda/function:Function" {
			function = d
		}
	}
	require.NotNil(t, function)
	assert.True(t, function.outputs["arn"].IsComputed())
	assert.True(t, function.inputs["role"].IsComputed())
	require.Len(t, function.propertyDependencies["role"], 1)
	assert.Equal(t, "pipeline-0-thumbnailer", function.propertyDependencies["role"][0].Name())
	assert.Equal(t, "pipeline-0-thumbnailer", function.inputs["name"].StringValue())
}

func TestSameArgumentsGiveTheSameStack(t *testing.T) {
	t.Parallel()
	assert.Equal(t, newStack(100, deployed), newStack(100, deployed))
}

// BenchmarkRules measures the rules alone, for a profile: go test -run '^$'
// -bench Rules -cpuprofile cpu.out ./policypack/bench.
func BenchmarkRules(b *testing.B) {
	for _, p := range phases {
		for _, size := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", p, size), func(b *testing.B) {
				resources, checker := newStack(size, p), checker(b)
				for b.Loop() {
					_, err := checker.Stack(b.Context(), graphOf(resources))
					require.NoError(b, err)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/resource")
			})
		}
	}
}
