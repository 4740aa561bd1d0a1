package load_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

func TestAnalyzerResourceIsManagedAlsoWithoutArguments(t *testing.T) {
	t.Parallel()
	args := resource.PropertyMap{"bucket": resource.NewProperty("b")}
	for name, given := range map[string]resource.PropertyMap{"with": args, "without": nil} {
		r := load.AnalyzerResource(plugin.AnalyzerResource{
			URN: "u", Type: "aws:s3/bucketV2:BucketV2", Name: "b", Properties: given,
			Options: plugin.AnalyzerResourceOptions{Protect: true, Parent: "p"},
		})
		assert.True(t, r.Managed(), name)
		assert.Equal(t, graph.Bucket, r.Type, name)
		assert.Equal(t, "Bucket 'b'", r.String(), name)
		assert.Equal(t, resource.URN("u"), r.URN, name)
		assert.Equal(t, resource.URN("p"), r.Parent, name)
		assert.True(t, r.Protect, name)
		assert.Len(t, r.Inputs, len(given), name)
		assert.Nil(t, r.Outputs, "Analyze knows no outputs")
	}
}

func TestAnalyzerStackResourceJoinsOutputsWithTheArgumentsSeenBefore(t *testing.T) {
	t.Parallel()
	given := plugin.AnalyzerStackResource{
		AnalyzerResource: plugin.AnalyzerResource{
			URN: "u", Type: "aws:s3/bucketV2:BucketV2", Name: "b",
			Properties: resource.PropertyMap{"bucket": resource.NewProperty("out")},
			Options:    plugin.AnalyzerResourceOptions{Protect: true},
		},
		Parent:               "p",
		Dependencies:         []resource.URN{"d"},
		PropertyDependencies: map[resource.PropertyKey][]resource.URN{"bucket": {"d"}},
	}
	inputs := resource.PropertyMap{"bucket": resource.NewProperty("in")}
	want := graph.Resource{
		URN: "u", Type: graph.Bucket, Name: "b", Parent: "p", Component: true, Protect: true,
		Inputs: inputs, Outputs: given.Properties,
		Dependencies:         []resource.URN{"d"},
		PropertyDependencies: map[resource.PropertyKey][]resource.URN{"bucket": {"d"}},
	}
	assert.Equal(t, want, *load.AnalyzerStackResource(given, inputs))

	read := load.AnalyzerStackResource(given, nil)
	assert.False(t, read.Managed(), "what Analyze never saw is only read")
	assert.Equal(t, `"out"`, read.Property("bucket").Show())
}

func TestProviderIsItsConfigurationOrNotKnown(t *testing.T) {
	t.Parallel()
	tags := resource.PropertyMap{"defaultTags": resource.NewProperty(`{"tags":{"owner":"images"}}`)}
	for name, test := range map[string]struct {
		given *plugin.AnalyzerProviderResource
		want  resource.PropertyMap
	}{
		"configured":     {&plugin.AnalyzerProviderResource{Properties: tags}, tags},
		"not configured": {&plugin.AnalyzerProviderResource{}, resource.PropertyMap{}},
		"not told":       {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := plugin.AnalyzerResource{Provider: test.given}
			assert.Equal(t, test.want, load.AnalyzerResource(r).Provider)
			assert.Equal(t, test.want, load.AnalyzerStackResource(plugin.AnalyzerStackResource{AnalyzerResource: r}, nil).Provider)
		})
	}
}

func TestReadReturnsTheConfigurationOfAResourcesProvider(t *testing.T) {
	t.Parallel()
	provider := `{"urn": "` + urn("pulumi:providers:aws", "west") + `", "type": "pulumi:providers:aws", "custom": true, "id": "1",
		"inputs": {"region": "eu-west-1"}}`
	of := func(urn string) string { return `, "provider": "` + urn + `::1"` }
	want := resource.PropertyMap{"region": resource.NewProperty("eu-west-1")}
	for name, text := range map[string]string{
		"before": export(provider, deployed("b", of(urn("pulumi:providers:aws", "west")))),
		"after":  export(deployed("b", of(urn("pulumi:providers:aws", "west"))), provider),
		"in a preview": `{"steps": [
			{"op": "create", "newState": ` + provider + `},
			{"op": "create", "newState": ` + deployed("b", of(urn("pulumi:providers:aws", "west"))) + `}
		], "changeSummary": {"create": 2}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			buckets := read(t, text).Graph.Managed(graph.Bucket)
			require.Len(t, buckets, 1)
			assert.Equal(t, want, buckets[0].Provider)
		})
	}
	for name, more := range map[string]string{
		"no provider": "", "one that is not there": of(urn("pulumi:providers:aws", "east")), "no reference": `, "provider": "x"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Nil(t, read(t, export(provider, deployed("b", more))).Graph.Managed(graph.Bucket)[0].Provider)
		})
	}
}
