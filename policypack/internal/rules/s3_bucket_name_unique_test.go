package rules_test

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// An engine that names no organisation leaves open whether a name holds it.
func TestS3BucketNameUniqueWithoutAnOrganisation(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]*verdict{
		"acme-uploads":        undecided("uploads"),
		"uploads-images-dev":  clean,
		"Acme-uploads":        fires("uploads bucket"),
		"uploads-a1b2c3d4e5f": clean,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			full, err := ruletest.Graph(program("uploads: {type: aws:s3:BucketV2, properties: {bucket: "+name+"}}"), ruletest.Preview)
			require.NoError(t, err)
			res := checkGraph(t, graph.New("", "", "", full.Resources), only("s3-bucket-name-unique"))
			assert.Equal(t, want, verdictOf(res), "%s", texts(res))
		})
	}
}

// A name that is built from a resource of package random is judged in the preview, with the values that the plan
// provider makes for it.
func TestS3BucketNameUniqueJudgesPlannedRandomNames(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		typ, output string
		inputs      map[string]any
		want        *verdict
		says        string
	}{
		"hexadecimal digits of an id": {"RandomId", "hex", map[string]any{"byteLength": 4.0}, clean, ""},
		"a string of lower case": {
			"RandomString", "result", map[string]any{"length": 6.0, "special": false, "upper": false}, clean, "",
		},
		"an integer": {"RandomInteger", "result", map[string]any{"min": 10.0, "max": 99.0}, clean, ""},
		"a string with upper case": {
			"RandomString", "result",
			map[string]any{"length": 6.0, "special": false},
			fires("uploads bucket"),
			"which breaks the rules for bucket names: it has a character other than lower-case letters, digits and hyphens.",
		},
		"too many digits": {
			"RandomId", "hex",
			map[string]any{"byteLength": 32.0},
			fires("uploads bucket"),
			"which breaks the rules for bucket names: it has 72 characters, not 3 to 63.",
		},
		"a string of unknown length": {
			"RandomString", "result", map[string]any{"length": resource.MakeComputed(resource.NewProperty(""))}, clean, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suffix := ruletest.URN("random:index:"+test.typ, "suffix")
			bucket := resource.MakeComputed(resource.NewProperty(""))
			if value := planRandom(t, suffix, test.inputs)[resource.PropertyKey(test.output)]; value.HasValue() {
				bucket = resource.NewProperty(fmt.Sprintf("uploads-%v", value.Mappable()))
			}
			g, err := ruletest.Graph(program(
				"uploads: {type: aws:s3:BucketV2}\nsuffix: {type: random:index:"+test.typ+"}"), ruletest.Preview)
			require.NoError(t, err)
			for _, r := range g.Resources {
				if r.Name == "uploads" {
					r.Inputs["bucket"] = bucket
					r.PropertyDependencies = map[resource.PropertyKey][]resource.URN{"bucket": {suffix}}
				}
			}
			res := checkGraph(t, graph.New(g.Project, g.Stack, g.Organization, g.Resources), only("s3-bucket-name-unique"))
			assert.Equal(t, test.want, verdictOf(res), "%s", texts(res))
			assert.Contains(t, texts(res), test.says)
		})
	}
}

// planRandom returns the outputs that the plan provider gives a resource of package random.
func planRandom(t *testing.T, urn resource.URN, inputs map[string]any) resource.PropertyMap {
	t.Helper()
	keep := plugin.MarshalOptions{KeepUnknowns: true}
	properties, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(inputs), keep)
	require.NoError(t, err)
	planned, err := planprovider.New("random", "").Create(t.Context(), &pulumirpc.CreateRequest{
		Urn: string(urn), Properties: properties, Preview: true,
	})
	require.NoError(t, err)
	outputs, err := plugin.UnmarshalProperties(planned.GetProperties(), keep)
	require.NoError(t, err)
	return outputs
}
