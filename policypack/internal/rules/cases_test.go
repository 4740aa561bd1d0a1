package rules_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// cases returns the cases of every rule, by its id. They lie beside the rules; see [ruletest.Case].
func cases(t *testing.T) map[string][]ruletest.Case {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("*", "cases", "*.txtar"))
	require.NoError(t, err)
	all := map[string][]ruletest.Case{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		parsed, err := ruletest.ParseCases(name, text)
		require.NoError(t, err)
		require.NotEmpty(t, parsed, name)
		all[parsed[0].Rule] = parsed
	}
	return all
}

func TestCases(t *testing.T) {
	t.Parallel()
	for id, cases := range cases(t) {
		require.NotNil(t, registry(t).Rule(id), "there is no rule %s", id)
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			for _, c := range cases {
				for name, phase := range phases {
					t.Run(c.Name+" "+name, func(t *testing.T) {
						t.Parallel()
						testCase(t, c, phase)
					})
				}
			}
		})
	}
}

// testCase tries the rule of a case, alone, on its program in a phase.
func testCase(t *testing.T, c ruletest.Case, phase ruletest.Phase) {
	t.Helper()
	g, err := ruletest.Graph(c.Program, phase)
	require.NoError(t, err)
	policies := only(c.Rule)
	policies[c.Rule] = config.Policy{Level: apitype.Mandatory, Params: c.Params}
	res := checkGraph(t, g, policies)
	assert.Empty(t, c.Compare(phase, res.Findings, res.NotEvaluated), "%s", c.Program)
	requireWellSaid(t, res)
	requireStandInsAreNotJudged(t, g, policies)
}

// requireWellSaid checks the form of what a rule says.
func requireWellSaid(t *testing.T, res check.Result) {
	t.Helper()
	assert.NotContains(t, texts(res), hush)
	for _, f := range res.Findings {
		assert.Equal(t, apitype.Mandatory, f.Level)
		assert.NotEmpty(t, f.Fix)
		assert.NotContains(t, f.Text(), "%!")
		if f.URN.Name() != "images-dev" {
			assert.Contains(t, f.Message, "'"+f.URN.Name()+"'", "the message names the resource")
		}
		assert.True(t, strings.HasSuffix(f.Message, "."), "%s", f.Message)
	}
}

// Rules that judge source have fixtures in testdata/source instead.
func TestEveryRuleHasCasesThatFireAndCasesThatDoNot(t *testing.T) {
	t.Parallel()
	all := cases(t)
	for _, r := range registry(t).Rules() {
		if r.Scope.Code() {
			continue
		}
		fires := 0
		for _, c := range all[r.ID] {
			assert.NotContains(t, c.Name, "TODO")
			if c.Fires() {
				fires++
			}
		}
		assert.NotZero(t, fires, "%s has no case that it stops", r.ID)
		assert.Less(t, fires, len(all[r.ID]), "%s has no case that it passes", r.ID)
	}
}
