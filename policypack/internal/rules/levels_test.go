package rules_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

func TestEveryRuleFollowsItsLevel(t *testing.T) {
	t.Parallel()
	for _, r := range registry(t).Rules() {
		for name, phase := range phases {
			t.Run(r.ID+" "+name, func(t *testing.T) {
				t.Parallel()
				program, err := rules.Example(r.ID, "bad")
				require.NoError(t, err)
				levels := func(policies map[string]config.Policy) []apitype.EnforcementLevel {
					var all []apitype.EnforcementLevel
					for _, f := range checkProgram(t, program, phase, policies).Findings {
						all = append(all, f.Level)
					}
					return all
				}
				assert.Subset(t, []apitype.EnforcementLevel{apitype.Mandatory}, levels(nil), "the default")
				advisory := levels(map[string]config.Policy{r.ID: {Level: apitype.Advisory}})
				assert.Contains(t, advisory, apitype.Advisory)
				assert.NotContains(t, advisory, apitype.Mandatory)
				assert.Empty(t, levels(map[string]config.Policy{r.ID: {Level: apitype.Disabled}}))
			})
		}
	}
}
