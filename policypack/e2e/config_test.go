package e2e_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// configFile writes a policy configuration.
func configFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.json")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestWrongConfigurationStopsThePreviewAndNamesFileRuleAndField(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, config string
		// says is what the message contains besides the file.
		says []string
	}{
		{
			"unknown rule", `{"s3-public-acces-block": "advisory"}`,
			[]string{"s3-public-acces-block", `did you mean "s3-public-access-block"?`},
		},
		{
			"unknown parameter", `{"s3-public-access-block": {"acountLevel": true}}`,
			[]string{"s3-public-access-block: acountLevel", `did you mean "accountLevel"?`},
		},
		{
			"wrong type", `{"s3-public-access-block": {"accountLevel": "yes"}}`,
			[]string{"s3-public-access-block: accountLevel", "want a boolean, got a string"},
		},
		{
			"wrong level", `{"lambda-prebuilt-code": "advisery"}`,
			[]string{"lambda-prebuilt-code: enforcementLevel", `did you mean "advisory"?`},
		},
		{
			"wrong setting", `{"pipeguard": {"profile": "documentd"}}`,
			[]string{`pipeguard: profile: want "recommended", "strict" or "documented", got "documentd"`},
		},
		{
			"wrong waiver",
			`{"pipeguard": {"waivers": [{"rule": "s3-public-access-block", "urn": "*", "reason": "A sandbox."}]}}`,
			[]string{"pipeguard: waivers[0]: expires: a waiver must have a last day"},
		},
		{"not JSON", "{\n  's3-public-access-block': 'advisory'\n}", []string{"line 2", "not JSON"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := configFile(t, tt.config)

			cli := runPipeguard(t, "preview", programDir("all-defects"), "--config", file)

			assert.Equal(t, 1, cli.exit)
			assert.Empty(t, cli.stdout, "nothing is previewed")
			for _, part := range append(tt.says, file) {
				assert.Contains(t, cli.stderr, part)
			}
		})
	}
}

func TestWrongConfigurationStopsPulumisOwnPreviewToo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, config string
		// says is what the message contains besides the file.
		says []string
	}{
		{
			"unknown rule", `{"s3-public-acces-block": "advisory"}`,
			[]string{"s3-public-acces-block", `did you mean "s3-public-access-block"?`},
		},
		{
			"unknown parameter", `{"s3-public-access-block": {"acountLevel": true}}`,
			[]string{"s3-public-access-block: acountLevel", `did you mean "accountLevel"?`},
		},
		{
			"wrong type", `{"s3-public-access-block": {"accountLevel": "yes"}}`,
			[]string{"s3-public-access-block: accountLevel: want a boolean, got a string"},
		},
		{
			"wrong waiver",
			`{"pipeguard": {"waivers": [{"rule": "s3-public-access-block", "urn": "*", "expires": "2999-12-31"}]}}`,
			[]string{"pipeguard: waivers[0]: reason: a waiver must have a reason"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := configFile(t, tt.config)

			got := previewProgram(t, programDir("all-defects"), nil,
				optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(file))

			require.Error(t, got.err)
			assert.Empty(t, got.findings(), "nothing is judged with half a configuration")
			for _, part := range append(tt.says, file) {
				assert.ErrorContains(t, got.err, part)
			}
		})
	}
}

func TestEnforcementLevelsDecideWhatFailsAPreview(t *testing.T) {
	t.Parallel()
	const program = "s3-public-access-block"
	tests := []struct {
		name, config string
		findings     []string
		level        string
	}{
		{
			"all rules advisory", `{"all": "advisory", "pipeguard": {"waivers": []}}`,
			want(t, program), "advisory",
		},
		{
			"one rule advisory",
			`{"pipeguard": {"profile": "documented"}, "s3-public-access-block": {"enforcementLevel": "advisory"}}`,
			want(t, program), "advisory",
		},
		{
			"one rule disabled", `{"pipeguard": {"profile": "documented"}, "s3-public-access-block": "disabled"}`,
			nil, "",
		},
		{
			"waived", `{"pipeguard": {"profile": "documented", "waivers": [{
				"rule": "s3-public-access-block", "urn": "urn:pulumi:dev::*", "reason": "A sandbox.", "permanent": true}]}}`,
			nil, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got := previewProgram(t, programDir(program), nil,
				optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(configFile(t, tt.config)))

			require.NoError(t, got.err)
			assert.Subset(t, got.findings(), tt.findings)
			if tt.findings == nil {
				assert.Empty(t, got.findings())
			}
			for _, v := range got.violations {
				assert.Equal(t, tt.level, v.EnforcementLevel, v.PolicyName)
			}
		})
	}
}

func TestAProfileDecidesExceptWhereTheFileGivesALevel(t *testing.T) {
	t.Parallel()
	const id = "lambda-archive-deterministic" // advisory by itself
	tests := []struct{ name, config, level string }{
		{"profile", `{"pipeguard": {"profile": "strict"}}`, "mandatory"},
		{"profile and the rule's own level", `{"pipeguard": {"profile": "strict"}, "lambda-archive-deterministic": "advisory"}`, "advisory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS != "linux" {
				// The engine does not reveal to the pack whether the file sets the
				// level, and on other systems the pack cannot find the file.
				tt.level = "mandatory"
			}

			got := previewProgram(t, programDir(id), nil,
				optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(configFile(t, tt.config)))

			var levels []string
			for _, v := range got.violations {
				if v.PolicyName == id {
					levels = append(levels, v.EnforcementLevel)
				}
			}
			require.NotEmpty(t, levels)
			assert.Equal(t, []string{tt.level}, slices.Compact(levels))
		})
	}
}

func TestAPreviewReportsWhatIsWaivedAndWhichWaiversHaveNoEffect(t *testing.T) {
	t.Parallel()
	const program = "waivers"

	got := previewProgram(t, programDir(program), nil,
		optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(policyOf(t, program)))

	require.Error(t, got.err, "not everything is waived")
	var said []string
	for _, line := range got.said {
		if strings.Contains(line, ": pipeguard: ") {
			said = append(said, line)
		}
	}
	assert.Equal(t, []string{
		"info: pipeguard: waived: source-runtime-packaging at main.go:38:12: until the build runs in CI",
		"info: pipeguard: waived: source-runtime-packaging at main.go:39:13: as above",
		"info: pipeguard: waived: s3-public-access-block at urn:pulumi:dev::waivers::aws:s3/bucketV2:BucketV2::website: " +
			"The website is for everybody.",
		"warning: pipeguard: the waiver of s3-public-access-block for *::downloads in the policy configuration " +
			"expired on 2024-06-30: fix what it waives, or give it a new day",
		"warning: pipeguard: the waiver of s3-public-access-block for *::uploads in the policy configuration " +
			"is not used: nothing that it names violates the rule; remove it",
		"warning: pipeguard: main.go:42:2: the waiver names source-runtime-packing, which is no rule that a comment can waive",
		"warning: pipeguard: main.go:44:2: the waiver gives no reason: write pipeguard:ignore <rule> -- <reason>",
		"warning: pipeguard: main.go:47:2: the waiver is not used: nothing on its line violates source-runtime-packaging; remove it",
	}, said)
}

func TestWhatIsOverTheBudgetIsNotEvaluatedAndFailsNothing(t *testing.T) {
	t.Parallel()
	const program = "source-runtime-packaging"
	file := configFile(t, `{"all": "disabled", "source-runtime-packaging": {"enforcementLevel": "mandatory", "maxFiles": 1}}`)

	got := previewProgram(t, programDir(program), nil,
		optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(file))

	require.NoError(t, got.err)
	assert.Empty(t, got.findings())
	assert.Contains(t, strings.Join(got.said, "\n"), "info: pipeguard could not evaluate everything: source-runtime-packaging.")
}
