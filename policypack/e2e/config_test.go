package e2e_test

import (
	"os"
	"path/filepath"
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
		// says is what the message holds besides the file.
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
		// says is what the message holds besides the file.
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
	tests := []struct {
		name, program, config string
		findings              func(t *testing.T) []string
		level                 string
	}{
		{
			"all rules advisory", "all-defects", `{"all": "advisory"}`,
			func(t *testing.T) []string { t.Helper(); return want(t, "all-defects") }, "advisory",
		},
		{
			"one rule advisory", "s3-public-access-block", `{"s3-public-access-block": {"enforcementLevel": "advisory"}}`,
			func(t *testing.T) []string { t.Helper(); return want(t, "s3-public-access-block") }, "advisory",
		},
		{
			"one rule disabled", "s3-public-access-block", `{"s3-public-access-block": "disabled"}`,
			func(*testing.T) []string { return []string{} }, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got := previewProgram(t, programDir(tt.program), nil,
				optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(configFile(t, tt.config)))

			require.NoError(t, got.err)
			assert.Equal(t, tt.findings(t), got.findings())
			for _, v := range got.violations {
				assert.Equal(t, tt.level, v.EnforcementLevel)
			}
		})
	}
}
