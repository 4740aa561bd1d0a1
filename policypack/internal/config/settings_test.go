package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

func TestReadTakesWaivers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"pipeguard": {"waivers": [
		{"rule": "lambda-alarms", "urn": "*::thumb*", "reason": "watched elsewhere", "expires": "2027-03-31"},
		{"rule": "lambda-alarms", "urn": "*", "reason": "not ours", "permanent": true}]}}`), 0o600))
	cfg, err := config.Read(registry(t), file)
	require.NoError(t, err)
	assert.Equal(t, []config.Waiver{
		{Rule: "lambda-alarms", URN: "*::thumb*", Reason: "watched elsewhere", Expires: "2027-03-31"},
		{Rule: "lambda-alarms", URN: "*", Reason: "not ours"},
	}, cfg.Waivers)
}

func TestReadSaysWhatIsWrongWithTheSettings(t *testing.T) {
	t.Parallel()
	const rest = `"urn": "*", "reason": "r", "permanent": true`
	tests := map[string]struct{ settings, says string }{
		"an unknown setting":   {`"waiver": []`, `waiver: there is no such setting, did you mean "waivers"?`},
		"an unknown profile":   {`"profile": "lax"`, `profile: want "recommended", "strict" or "documented", got "lax"`},
		"unknown unknowns":     {`"unknowns": 3`, `unknowns: want "ignore", "advisory" or "mandatory", got a number`},
		"no baseline":          {`"baseline": ""`, `baseline: want the name of a file, got ""`},
		"waivers that are one": {`"waivers": {}`, `waivers: want a list, got an object`},
		"a waiver of words":    {`"waivers": ["x"]`, `waivers[0]: want an object, got a string`},
		"no rule":              {`"waivers": [{` + rest + `}]`, `waivers[0]: rule: a waiver must name a rule`},
		"an unknown rule":      {`"waivers": [{"rule": "lambda-alarm", ` + rest + `}]`, `did you mean "lambda-alarms"?`},
		"no resources":         {`"waivers": [{"rule": "lambda-alarms", "reason": "r", "permanent": true}]`, `urn: a waiver must name resources`},
		"no reason":            {`"waivers": [{"rule": "lambda-alarms", "urn": "*", "reason": " ", "permanent": true}]`, `reason: a waiver must have a reason`},
		"no last day":          {`"waivers": [{"rule": "lambda-alarms", "urn": "*", "reason": "r"}]`, `expires: a waiver must have a last day`},
		"no day": {
			`"waivers": [{"rule": "lambda-alarms", "urn": "*", "reason": "r", "expires": "31.3.2027"}]`,
			`expires: want a day, as "2027-06-30", got "31.3.2027"`,
		},
		"both":             {`"waivers": [{"rule": "lambda-alarms", ` + rest + `, "expires": "2027-03-31"}]`, `a permanent waiver has no last day`},
		"a misspelt field": {`"waivers": [{"rule": "lambda-alarms", "reasn": "r"}]`, `reasn: a waiver has no such field, did you mean "reason"?`},
		"a wrong type":     {`"waivers": [{"rule": "lambda-alarms", "permanent": "yes"}]`, `permanent: want a boolean, got a string`},
		"a level":          {`"enforcementLevel": "advisory"`, `levels are for rules`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "policy.json")
			require.NoError(t, os.WriteFile(file, []byte(`{"pipeguard": {`+test.settings+`}}`), 0o600))
			_, err := config.Read(registry(t), file)
			require.ErrorContains(t, err, test.says)
			assert.ErrorContains(t, err, file)
			assert.ErrorContains(t, err, "pipeguard: ")
		})
	}
}

func TestTheProfileDocumentedMakesItsRulesMandatoryAndDisablesTheOthers(t *testing.T) {
	t.Parallel()
	literal := func(id string, documented bool, level apitype.EnforcementLevel) *rule.Rule {
		return &rule.Rule{
			ID: id, Title: "T.", Rationale: "R.", Remediation: "R.", Limitations: "B.",
			Scope: rule.ResourceScope, Documented: documented,
			Severity: apitype.PolicySeverityLow, Enforcement: level, Types: []graph.Type{graph.Bucket},
			Links: []string{"https://example.com/"}, CheckStack: func(*rule.Pass) {},
		}
	}
	reg, err := rule.NewRegistry(literal("asks-more", true, apitype.Advisory), literal("asks-other", false, apitype.Mandatory))
	require.NoError(t, err)
	for profile, want := range map[string]map[string]apitype.EnforcementLevel{
		"recommended": {"asks-more": apitype.Advisory, "asks-other": apitype.Mandatory},
		"strict":      {"asks-more": apitype.Mandatory, "asks-other": apitype.Mandatory},
		"documented":  {"asks-more": apitype.Mandatory, "asks-other": apitype.Disabled},
	} {
		c, err := config.Read(reg, write(t, `{"pipeguard": {"profile": "`+profile+`"}}`))
		require.NoError(t, err)
		for id, level := range want {
			assert.Equal(t, level, c.Level(id), "%s under %s", id, profile)
		}
	}
}
