package rules_test

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

func TestEveryRuleFollowsItsLevel(t *testing.T) {
	t.Parallel()
	for _, r := range registry(t).Rules() {
		for name, phase := range phases {
			t.Run(r.ID+" "+name, func(t *testing.T) {
				t.Parallel()
				params := exampleParams(t, r.ID)
				language, program := fix.YAML, rules.Examples(r.ID, "bad")[fix.YAML]
				if r.Scope.Code() {
					language, program = fix.Python, rules.Examples(r.ID, "bad")[fix.Python]
				}
				require.NotEmpty(t, program)
				levels := func(level apitype.EnforcementLevel) []apitype.EnforcementLevel {
					policies := map[string]config.Policy{r.ID: {Level: level, Params: params}}
					var all []apitype.EnforcementLevel
					for _, f := range checkExample(t, language, program, phase, policies).Findings {
						if f.Rule == r.ID {
							all = append(all, f.Level)
						}
					}
					return slices.Compact(all)
				}
				assert.Equal(t, []apitype.EnforcementLevel{r.Enforcement}, levels(""), "the default")
				for _, level := range []apitype.EnforcementLevel{apitype.Advisory, apitype.Mandatory} {
					assert.Equal(t, []apitype.EnforcementLevel{level}, levels(level))
				}
				assert.Empty(t, levels(apitype.Disabled))
			})
		}
	}
}

// A new user's first finding is not an output that nobody but this pack knows.
func TestReadinessChecksAreMandatoryOnlyWhereAProfileAsksForThem(t *testing.T) {
	t.Parallel()
	for profile, want := range map[config.Profile]apitype.EnforcementLevel{
		config.Recommended: apitype.Advisory, config.Strict: apitype.Mandatory, config.Documented: apitype.Mandatory,
	} {
		cfg, err := config.New(registry(t), map[string]config.Policy{
			config.SettingsKey: {Params: map[string]any{"profile": string(profile)}},
		})
		require.NoError(t, err)
		assert.Equal(t, want, cfg.Level("stack-readiness-checks"), "under %s", profile)
	}
}
