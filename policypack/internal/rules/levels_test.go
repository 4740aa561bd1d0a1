package rules_test

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
)

func TestEveryRuleFollowsItsLevel(t *testing.T) {
	t.Parallel()
	for _, r := range registry(t).Rules() {
		for name, phase := range phases {
			t.Run(r.ID+" "+name, func(t *testing.T) {
				t.Parallel()
				levels := func(policies map[string]config.Policy) []apitype.EnforcementLevel {
					var all []apitype.EnforcementLevel
					for _, f := range checkExample(t, r.ID, "bad", phase, policies).Findings {
						if f.Rule == r.ID {
							all = append(all, f.Level)
						}
					}
					return slices.Compact(all)
				}
				assert.Equal(t, []apitype.EnforcementLevel{r.Enforcement}, levels(nil), "the default")
				for _, level := range []apitype.EnforcementLevel{apitype.Advisory, apitype.Mandatory} {
					policies := map[string]config.Policy{r.ID: {Level: level}}
					assert.Equal(t, []apitype.EnforcementLevel{level}, levels(policies))
				}
				assert.Empty(t, levels(map[string]config.Policy{r.ID: {Level: apitype.Disabled}}))
			})
		}
	}
}
