package rules_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// plantedCredentials returns fake credentials of every shape, with random content.
func plantedCredentials() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`AKIA[A-Z2-7]{16}`),
		rapid.StringMatching(`gh[pousr]_[A-Za-z0-9]{36}`),
		rapid.StringMatching(`xox[bp]-[0-9]{12}-[A-Za-z0-9]{24}`),
		rapid.StringMatching(`sk_live_[A-Za-z0-9]{24}`),
		rapid.StringMatching(`eyJ[A-Za-z0-9]{20}\.eyJ[A-Za-z0-9]{20}\.[A-Za-z0-9]{20}`),
		rapid.StringMatching(`https://[a-z]{3,8}:[A-Za-z0-9]{12}@[a-z]{3,8}\.example\.com`),
		rapid.StringMatching(`-----BEGIN PRIVATE KEY-----[A-Za-z0-9]{64}`),
	)
}

func TestAPlantedCredentialIsFoundAndNeverShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		planted := plantedCredentials().Draw(rt, "credential")
		around := rapid.SampledFrom([]string{"", " ", `{"a": "`, "x="}).Draw(rt, "around")
		name := rapid.StringMatching(`[A-Z][A-Z0-9_]{0,9}`).Draw(rt, "name")
		value := resource.NewProperty(around + planted)

		g, err := ruletest.Graph("name: images\nruntime: yaml\nresources:\n  f: {type: aws:lambda:Function}", ruletest.Preview)
		require.NoError(rt, err)
		for _, r := range g.Resources {
			if r.Type == graph.StackType {
				r.Outputs[resource.PropertyKey(name)] = value
			} else {
				r.Inputs["environment"] = resource.NewProperty(resource.PropertyMap{
					"variables": resource.NewProperty(resource.PropertyMap{resource.PropertyKey(name): value}),
				})
			}
		}
		for _, id := range []string{"lambda-no-secret-environment", "secrets-in-outputs"} {
			res := checkGraph(t, g, only(id))
			require.Len(rt, res.Findings, 1, id)
			require.NotContains(rt, texts(res), planted)
		}
	})
}
