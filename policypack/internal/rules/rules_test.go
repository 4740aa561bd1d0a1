package rules_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

var phases = map[string]ruletest.Phase{"preview": ruletest.Preview, "deployed": ruletest.Deployed}

func registry(t *testing.T) *rule.Registry {
	t.Helper()
	reg, err := rules.All()
	require.NoError(t, err)
	return reg
}

func checkGraph(t *testing.T, g *graph.Graph, policies map[string]config.Policy) check.Result {
	t.Helper()
	reg := registry(t)
	cfg, err := config.New(reg, policies)
	require.NoError(t, err)
	return check.New(reg, cfg).All(g)
}

func checkProgram(t *testing.T, program string, phase ruletest.Phase, policies map[string]config.Policy) check.Result {
	t.Helper()
	g, err := ruletest.Graph(program, phase)
	require.NoError(t, err)
	return checkGraph(t, g, policies)
}

// An example shows one rule, briefly: the other rules would ask for half a page
// of arguments that have nothing to do with it.
func TestEveryBadExampleFiresItsRule(t *testing.T) {
	t.Parallel()
	for _, r := range registry(t).Rules() {
		for name, phase := range phases {
			t.Run(r.ID+" "+name, func(t *testing.T) {
				t.Parallel()
				program, err := rules.Example(r.ID, "bad")
				require.NoError(t, err)
				res := checkProgram(t, program, phase, onlyForExamples(t, r.ID))
				require.NotEmpty(t, res.Findings)
				for _, f := range res.Findings {
					assert.NotEmpty(t, f.Mend, "%s", f.Text())
				}
			})
		}
	}
}

func TestEveryGoodExampleIsCleanUnderItsRule(t *testing.T) {
	t.Parallel()
	for _, r := range registry(t).Rules() {
		for name, phase := range phases {
			t.Run(r.ID+" "+name, func(t *testing.T) {
				t.Parallel()
				program, err := rules.Example(r.ID, "good")
				require.NoError(t, err)
				res := checkProgram(t, program, phase, onlyForExamples(t, r.ID))
				assert.Empty(t, res.Findings)
				if phase == ruletest.Deployed {
					assert.Empty(t, res.NotEvaluated)
				}
			})
		}
	}
}
