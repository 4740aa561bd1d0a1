package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// The samples in testdata may age; this uses what the CLI prints today.
func TestRulesFindInPreviewJSONWhatThePackFinds(t *testing.T) {
	t.Parallel()
	program := programDir("all-defects")
	stack, settings := workspaceOf(t, program, nil)
	cmd := exec.Command("pulumi", "preview", "--json", "--show-sames", "--stack", stackName, "--config-file", settings, "--non-interactive")
	cmd.Dir = program
	cmd.Env = append(os.Environ(), "PULUMI_HOME="+stack.Workspace().PulumiHome())
	for name, value := range stack.Workspace().GetEnvVars() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.Output()
	require.NoError(t, err)

	loaded, err := load.Read(strings.NewReader(string(out)))

	// The arguments that the plan provider refuses are errors among the diagnostics.
	var incomplete *load.Error
	require.ErrorAs(t, err, &incomplete)
	require.Equal(t, load.Incomplete, incomplete.Problem)
	require.NotNil(t, loaded)
	assert.Equal(t, load.Preview, loaded.Kind)
	registry, err := rules.All()
	require.NoError(t, err)
	loaded.Graph.Organization = "organization" // the engine's name for that of a file backend
	cfg, err := config.Read(registry, filepath.Join(program, "policy.json"))
	require.NoError(t, err)
	checker := check.New(registry, cfg)
	checker.Dir = program
	found := []string{}
	for _, f := range checker.All(loaded.Graph).Findings {
		found = append(found, f.Rule+" "+f.URN.Name())
		assert.NotEmpty(t, f.Location.File, f.Message)
	}
	slices.Sort(found)
	// The stack's outputs are not part of the JSON.
	expected := slices.DeleteFunc(want(t, "all-defects"), func(line string) bool {
		return strings.HasPrefix(line, "stack-readiness-checks ")
	})
	assert.Equal(t, expected, found)
}

func TestAnExportReadsTheSameAfterPulumiImportedIt(t *testing.T) {
	t.Parallel()
	stack, _ := workspaceOf(t, programDir("all-defects"), nil)
	own, err := stack.Export(t.Context())
	require.NoError(t, err)
	sample := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join(root, "testdata", "exports", name))
		require.NoError(t, err)
		return text
	}
	// With its secrets in plain text, the sample can be encrypted anew.
	var plain apitype.UntypedDeployment
	require.NoError(t, json.Unmarshal(sample("all-defects-show-secrets.json"), &plain))
	var target, source map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(own.Deployment, &target))
	require.NoError(t, json.Unmarshal(plain.Deployment, &source))
	target["resources"] = source["resources"]
	own.Deployment, err = json.Marshal(target)
	require.NoError(t, err)

	require.NoError(t, stack.Import(t.Context(), own))
	exported, err := stack.Export(t.Context())

	require.NoError(t, err)
	text, err := json.Marshal(exported)
	require.NoError(t, err)
	got, err := load.Read(strings.NewReader(string(text)))
	require.NoError(t, err)
	expected, err := load.Read(strings.NewReader(string(sample("all-defects-show-secrets.json"))))
	require.NoError(t, err)
	assert.Equal(t, load.Export, got.Kind)
	// The Automation API exports with secrets in plain text.
	assert.Equal(t, expected.Graph.Resources, got.Graph.Resources)
}
