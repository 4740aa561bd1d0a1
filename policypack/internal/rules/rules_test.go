package rules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
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

// checkExample runs the rules on an example: a YAML program is a stack, and any
// other source a stack of nothing else, with that source in its folder.
func checkExample(
	t *testing.T, language fix.Language, program string, phase ruletest.Phase, policies map[string]config.Policy,
) check.Result {
	t.Helper()
	if language == fix.YAML {
		return checkProgram(t, program, phase, policies)
	}
	dir, file := t.TempDir(), map[fix.Language]string{fix.Go: "main.go", fix.NodeJS: "example.ts", fix.Python: "example.py"}[language]
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(program), 0o600))
	return checkSource(t, dir, policies)
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
				for language, program := range rules.Examples(r.ID, "bad") {
					res := checkExample(t, language, program, phase, onlyForExamples(t, r.ID))
					require.NotEmpty(t, res.Findings, language)
					for _, f := range res.Findings {
						assert.NotEmpty(t, f.Fix, "%s", f.Text())
					}
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
				for language, program := range rules.Examples(r.ID, "good") {
					res := checkExample(t, language, program, phase, onlyForExamples(t, r.ID))
					assert.Empty(t, res.Findings, language)
					if phase == ruletest.Deployed {
						assert.Empty(t, res.NotEvaluated, language)
					}
				}
			})
		}
	}
}
