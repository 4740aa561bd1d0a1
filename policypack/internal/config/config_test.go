package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/resource/analyzer"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// registry has a mandatory rule with both kinds of parameters and an advisory
// one with none.
func registry(t testing.TB) *rule.Registry {
	t.Helper()
	literal := func(id string, level apitype.EnforcementLevel, params ...rule.Param) *rule.Rule {
		return &rule.Rule{
			ID: id, Title: "T.", Rationale: "R.", Remediation: "R.", Limitations: "B.",
			Scope:    rule.ResourceScope,
			Severity: apitype.PolicySeverityLow, Enforcement: level, Types: []graph.Type{graph.Bucket},
			Links: []string{"https://example.com/"}, Params: params, CheckStack: func(*rule.Pass) {},
		}
	}
	reg, err := rule.NewRegistry(
		literal("s3-access-block", apitype.Mandatory,
			rule.Param{Name: "accountLevel", Type: rule.Boolean, Default: false, Description: "D."},
			rule.Param{Name: "exceptBuckets", Type: rule.Strings, Default: []string{}, Description: "D."}),
		literal("lambda-alarms", apitype.Advisory),
	)
	require.NoError(t, err)
	return reg
}

func write(t testing.TB, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// settings is what a configuration sets for the two rules.
type settings struct {
	block, alarms apitype.EnforcementLevel
	accountLevel  bool
	exceptBuckets []string
}

func read(reg *rule.Registry, c *config.Config) settings {
	pass := rule.NewPass(reg.Rule("s3-access-block"), c.Params("s3-access-block"), nil, nil)
	return settings{
		c.Level("s3-access-block"), c.Level("lambda-alarms"), pass.Flag("accountLevel"), pass.List("exceptBuckets"),
	}
}

// valid lists files and what they set.
var valid = map[string]struct {
	text string
	want settings
}{
	"empty file":        {"", settings{apitype.Mandatory, apitype.Advisory, false, []string{}}},
	"blank file":        {" \n\t\n", settings{apitype.Mandatory, apitype.Advisory, false, []string{}}},
	"empty object":      {"{}", settings{apitype.Mandatory, apitype.Advisory, false, []string{}}},
	"null":              {"null", settings{apitype.Mandatory, apitype.Advisory, false, []string{}}},
	"level as a string": {`{"s3-access-block":"advisory"}`, settings{apitype.Advisory, apitype.Advisory, false, []string{}}},
	"level as a field":  {`{"s3-access-block":{"enforcementLevel":"disabled"}}`, settings{apitype.Disabled, apitype.Advisory, false, []string{}}},
	"empty entry":       {`{"s3-access-block":{}}`, settings{apitype.Mandatory, apitype.Advisory, false, []string{}}},
	"remediate":         {`{"lambda-alarms":"remediate"}`, settings{apitype.Mandatory, apitype.Remediate, false, []string{}}},
	"parameter alone":   {`{"s3-access-block":{"accountLevel":true}}`, settings{apitype.Mandatory, apitype.Advisory, true, []string{}}},
	"list parameter":    {`{"s3-access-block":{"exceptBuckets":["a","b"]}}`, settings{apitype.Mandatory, apitype.Advisory, false, []string{"a", "b"}}},
	"level and parameter": {
		`{"s3-access-block":{"enforcementLevel":"advisory","accountLevel":true,"exceptBuckets":[]}}`,
		settings{apitype.Advisory, apitype.Advisory, true, []string{}},
	},
	"all rules at once":        {`{"all":"mandatory"}`, settings{apitype.Mandatory, apitype.Mandatory, false, []string{}}},
	"all as an object":         {`{"all":{"enforcementLevel":"disabled"}}`, settings{apitype.Disabled, apitype.Disabled, false, []string{}}},
	"one rule goes over all":   {`{"all":"disabled","lambda-alarms":"mandatory"}`, settings{apitype.Disabled, apitype.Mandatory, false, []string{}}},
	"parameters stay with all": {`{"s3-access-block":{"accountLevel":true},"all":"advisory"}`, settings{apitype.Advisory, apitype.Advisory, true, []string{}}},
	"environments are not ours": {
		`{"environments":["aws/dev"],"lambda-alarms":"mandatory"}`,
		settings{apitype.Mandatory, apitype.Mandatory, false, []string{}},
	},
	"a profile":               {`{"pipeguard":{"profile":"strict"}}`, settings{apitype.Mandatory, apitype.Mandatory, false, []string{}}},
	"a schema and a comment":  {`{"pipeguard":{"$schema":"a.json","$comment":["b"]}}`, settings{apitype.Mandatory, apitype.Advisory, false, []string{}}},
	"no setting in the entry": {`{"pipeguard":{}}`, settings{apitype.Mandatory, apitype.Advisory, false, []string{}}},
	"all goes over a profile": {`{"pipeguard":{"profile":"strict"},"all":"advisory"}`, settings{apitype.Advisory, apitype.Advisory, false, []string{}}},
	"a rule goes over a profile": {
		`{"pipeguard":{"profile":"documented"},"lambda-alarms":"mandatory"}`,
		settings{apitype.Disabled, apitype.Mandatory, false, []string{}},
	},
	"parameters stay with a profile": {
		`{"pipeguard":{"profile":"strict"},"s3-access-block":{"accountLevel":true}}`,
		settings{apitype.Mandatory, apitype.Mandatory, true, []string{}},
	},
	"a default goes over all": {
		`{"pipeguard":{"profile":"strict"},"all":"mandatory","lambda-alarms":"advisory"}`,
		settings{apitype.Mandatory, apitype.Advisory, false, []string{}},
	},
	"white space after it": {"{}\n\n", settings{apitype.Mandatory, apitype.Advisory, false, []string{}}},
}

func TestReadTakesLevelsAndParameters(t *testing.T) {
	t.Parallel()
	for name, test := range valid {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reg := registry(t)
			c, err := config.Read(reg, write(t, test.text))
			require.NoError(t, err)
			assert.Equal(t, test.want, read(reg, c))
		})
	}
}

// The Pulumi CLI reads the file itself and passes the result to the pack.
func TestTheCLIMakesTheSameOfEveryValidFile(t *testing.T) {
	t.Parallel()
	for name, test := range valid {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reg := registry(t)
			assert.Equal(t, test.want, read(reg, throughEngine(t, reg, test.text)))
		})
	}
}

func TestThroughTheCLIARulesOwnLevelDoesNotGoOverAProfile(t *testing.T) {
	t.Parallel()
	reg := registry(t)
	const text = `{"pipeguard":{"profile":"strict"},"lambda-alarms":"advisory"}`
	fromFile, err := config.Read(reg, write(t, text))
	require.NoError(t, err)
	assert.Equal(t, apitype.Advisory, fromFile.Level("lambda-alarms"))
	assert.Equal(t, apitype.Mandatory, throughEngine(t, reg, text).Level("lambda-alarms"))
}

// throughEngine returns the configuration that the pack gets from a file through the engine.
func throughEngine(t *testing.T, reg *rule.Registry, text string) *config.Config {
	t.Helper()
	given, err := analyzer.LoadPolicyPackConfigFromFile(write(t, text))
	require.NoError(t, err)
	initial := map[string]plugin.AnalyzerPolicyConfig{config.SettingsKey: {EnforcementLevel: apitype.Advisory}}
	reconciled, invalid, err := analyzer.ReconcilePolicyPackConfig(infos(reg), initial, given)
	require.NoError(t, err)
	require.Empty(t, invalid)
	policies := map[string]config.Policy{}
	for id, p := range reconciled {
		require.True(t, p.EnforcementLevel.IsValid(), "the engine refuses %s", id)
		policies[id] = config.Policy{Level: p.EnforcementLevel, Params: p.Properties}
	}
	c, err := config.FromEngine(reg, policies)
	require.NoError(t, err)
	return c
}

// infos returns the rules in the form that the CLI gets from GetAnalyzerInfo.
func infos(reg *rule.Registry) []plugin.AnalyzerPolicyInfo {
	var infos []plugin.AnalyzerPolicyInfo
	for _, r := range reg.Rules() {
		schema := plugin.AnalyzerPolicyConfigSchema{Properties: map[string]plugin.JSONSchema{}}
		for _, param := range r.Params {
			schema.Properties[param.Name] = param.Schema()
		}
		infos = append(infos, plugin.AnalyzerPolicyInfo{
			Name: r.ID, EnforcementLevel: r.Enforcement, ConfigSchema: &schema,
		})
	}
	return infos
}

func TestReadSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	const levels = `; the levels are advisory, disabled, mandatory, remediate`
	tests := map[string]struct {
		text string
		want []string
	}{
		"unknown rule": {
			`{"s3-acces-block":"advisory"}`,
			[]string{`s3-acces-block: there is no such rule, did you mean "s3-access-block"?`},
		},
		"unknown rule like none": {
			`{"zzz":"advisory"}`, []string{`zzz: there is no such rule`},
		},
		"unknown parameter": {
			`{"s3-access-block":{"acountLevel":true}}`,
			[]string{`s3-access-block: acountLevel: the rule has no such parameter, did you mean "accountLevel"?`},
		},
		"parameter of a rule that has none": {
			`{"lambda-alarms":{"strict":true}}`,
			[]string{`lambda-alarms: strict: the rule has no such parameter; it has none`},
		},
		"flag given as a string": {
			`{"s3-access-block":{"accountLevel":"yes"}}`,
			[]string{`s3-access-block: accountLevel: want a boolean, got a string`},
		},
		"flag given as null": {
			`{"s3-access-block":{"accountLevel":null}}`,
			[]string{`s3-access-block: accountLevel: want a boolean, got null`},
		},
		"flag given as an object": {
			`{"s3-access-block":{"accountLevel":{}}}`,
			[]string{`s3-access-block: accountLevel: want a boolean, got an object`},
		},
		"list given as a number": {
			`{"s3-access-block":{"exceptBuckets":3}}`,
			[]string{`s3-access-block: exceptBuckets: want a list of strings, got a number`},
		},
		"list of something else": {
			`{"s3-access-block":{"exceptBuckets":[true]}}`,
			[]string{`s3-access-block: exceptBuckets: want a list of strings, got a list`},
		},
		"unknown level": {
			`{"lambda-alarms":"mandetory"}`,
			[]string{`lambda-alarms: enforcementLevel: "mandetory" is not a level, did you mean "mandatory"?` + levels},
		},
		"unknown level in a field": {
			`{"lambda-alarms":{"enforcementLevel":"Advisory"}}`,
			[]string{`lambda-alarms: enforcementLevel: "Advisory" is not a level, did you mean "advisory"?` + levels},
		},
		"unknown level like none": {
			`{"all":"xyz"}`, []string{`all: enforcementLevel: "xyz" is not a level` + levels},
		},
		"empty level": {
			`{"lambda-alarms":""}`, []string{`lambda-alarms: enforcementLevel: "" is not a level` + levels},
		},
		"level that is no string": {
			`{"lambda-alarms":{"enforcementLevel":true}}`,
			[]string{`lambda-alarms: enforcementLevel: want a level, such as "advisory", got a boolean`},
		},
		"entry that is a list": {
			`{"lambda-alarms":["advisory"]}`,
			[]string{`lambda-alarms: want a level, such as "advisory", or an object, got a list`},
		},
		"entry that is null": {
			`{"lambda-alarms":null}`,
			[]string{`lambda-alarms: want a level, such as "advisory", or an object, got null`},
		},
		"parameters for all": {
			`{"all":{"enforcementLevel":"advisory","accountLevel":true}}`,
			[]string{`all: accountLevel: only enforcementLevel can be set for all rules`},
		},
		"several at once, in order": {
			`{"zzz":"advisory","s3-access-block":{"accountLevel":1,"aaa":2},"lambda-alarms":"never","all":3}`,
			[]string{
				`all: want a level, such as "advisory", or an object, got a number`,
				`lambda-alarms: enforcementLevel: "never" is not a level` + levels,
				`s3-access-block: aaa: the rule has no such parameter`,
				`s3-access-block: accountLevel: want a boolean, got a number`,
				`zzz: there is no such rule`,
			},
		},
		"schema and comment of wrong types": {
			`{"pipeguard":{"$schema":1,"$comment":[2]}}`,
			[]string{
				`pipeguard: $comment: want a string or a list of strings, got a list`,
				`pipeguard: $schema: want the address of a schema, got a number`,
			},
		},
		"no JSON":           {"{\n  \"all\": advisory\n}", []string{`line 2: not JSON: invalid character 'a' looking for beginning of value`}},
		"trailing comma":    {"{\n  \"all\": \"advisory\",\n}", []string{`line 3: not JSON: invalid character '}' looking for beginning of object key string`}},
		"unfinished":        {"{\n  \"all\": \"advisory\"\n", []string{`line 3: not JSON: the file ends too early`}},
		"a list of rules":   {"\n[\"lambda-alarms\"]", []string{`line 2: want a JSON object of rules, got array`}},
		"a byte order mark": {"\ufeff{}", []string{`line 1: not JSON: the file starts with a byte order mark; save it as UTF-8 without one`}},
		"a bare level":      {`"advisory"`, []string{`line 1: want a JSON object of rules, got string`}},
		"a second object":   {"{}\n{}", []string{`line 2: there is more after the closing brace`}},
		"text after it":     {"{}\n\nx", []string{`line 3: there is more after the closing brace`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, test.text)
			c, err := config.Read(registry(t), file)
			assert.Nil(t, c, "half a configuration is none")
			assert.EqualError(t, err, "policy configuration "+file+":\n  "+strings.Join(test.want, "\n  "))
		})
	}
}

func TestReadNamesAFileThatIsNotThere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "none.json")
	_, err := config.Read(registry(t), file)
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, file)
}

func TestNewRejectsALevelOfTheEngineThatIsNone(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"all", "lambda-alarms"} {
		c, err := config.New(registry(t), map[string]config.Policy{id: {Level: "never"}})
		assert.Nil(t, c)
		assert.ErrorContains(t, err, id+`: enforcementLevel: "never" is not a level`)
	}
}

func TestDefaultIsEachRulesOwnLevel(t *testing.T) {
	t.Parallel()
	reg := registry(t)
	assert.Equal(t, settings{apitype.Mandatory, apitype.Advisory, false, []string{}}, read(reg, config.Default(reg)))
}

func FuzzRead(f *testing.F) {
	reg := registry(f)
	f.Add(`{"all": "disabled", "s3-access-block": "mandatory"}`)
	f.Add(`{"s3-access-block": {"enforcementLevel": "advisory", "accountLevel": true, "exceptBuckets": ["a"]}}`)
	f.Add(`{"waivers": [{"rule": "lambda-alarms", "urn": "urn:*", "reason": "r", "expires": "2026-12-31"}], "baseline": "b.json"}`)
	f.Add(`{"profile": "strict", "unknowns": "advisory", "all": null}`)
	f.Add(`{"all": {"enforcementLevel": 3}, "all": []} x`)
	f.Fuzz(func(t *testing.T, text string) {
		file := write(t, text)
		c, err := config.Read(reg, file)
		if err != nil {
			assert.ErrorContains(t, err, file)
			return
		}
		assert.NotEmpty(t, c.Level("s3-access-block"))
	})
}
