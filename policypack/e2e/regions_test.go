package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// saidOf returns the findings and what is not evaluated in a JSON report, each as
// `<rule> <resource>`, sorted.
func saidOf(t *testing.T, report string) (findings, notEvaluated []string) {
	t.Helper()
	type entry struct{ Rule, URN string }
	var read struct {
		Errors                 []json.RawMessage
		Findings, NotEvaluated []entry
	}
	require.NoError(t, json.Unmarshal([]byte(report), &read), report)
	assert.Empty(t, read.Errors)
	lines := func(entries []entry) []string {
		all := []string{}
		for _, e := range entries {
			all = append(all, e.Rule+" "+resource.URN(e.URN).Name())
		}
		slices.Sort(all)
		return all
	}
	return lines(read.Findings), lines(read.NotEvaluated)
}

func TestInTheReferenceStacksPreviewNothingIsLeftNotEvaluated(t *testing.T) {
	t.Parallel()
	requireInstalled(t, stackDir())
	text := filepath.Join(t.TempDir(), "report.txt")

	got := runPipeguard(t, "preview", "stack", "--format", "json", "--out", "text="+text)

	assert.Equal(t, 0, got.exit, got.stdout+got.stderr)
	findings, notEvaluated := saidOf(t, got.stdout)
	assert.Empty(t, findings)
	assert.Empty(t, notEvaluated)
	written, err := os.ReadFile(text)
	require.NoError(t, err)
	assert.NotContains(t, strings.ToLower(string(written)), "not evaluated")
}

func TestTheReferenceStacksPreviewWithUnknownsLeavesWhatOnlyAWSKnows(t *testing.T) {
	t.Parallel()
	requireInstalled(t, stackDir())

	got := runPipeguard(t, "preview", "stack", "--unknowns", "keep", "--format", "json")

	assert.Equal(t, 0, got.exit, got.stdout+got.stderr)
	findings, notEvaluated := saidOf(t, got.stdout)
	assert.Empty(t, findings)
	assert.Contains(t, notEvaluated, "lambda-role-sufficient thumbnailer", "the policy that names the key")
	assert.Contains(t, notEvaluated, "stack-readiness-checks image-pipeline-dev", "checks of ARNs")
}

// A region that nobody has configured neither causes a finding nor prevents one; a
// region that a resource names itself can.
func TestARegionThatNobodyHasConfiguredDistinguishesNothing(t *testing.T) {
	t.Parallel()
	program := programDir("yaml/regions")
	text, err := os.ReadFile(filepath.Join(program, "Pulumi.yaml"))
	require.NoError(t, err)
	dir, saved := t.TempDir(), filepath.Join(t.TempDir(), "preview.json")
	handler := filepath.ToSlash(filepath.Join(programDir("internal"), "handler"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"),
		[]byte(strings.ReplaceAll(string(text), "../../internal/handler", handler)), 0o600))
	policy := yamlPolicyOf(t, "yaml/regions")

	assumed := runPipeguard(t, "preview", dir, "--config", policy, "--format", "json", "--save", saved)
	readBack := runPipeguard(t, "check", saved, "--program", dir, "--config", policy, "--format", "json")
	pinned := runPipeguard(t, "preview", dir, "--config", policy, "--format", "json", "--set", "aws:region=us-east-1")
	answered := runPipeguard(t, "preview", dir, "--config", configFile(t, `{"all": "disabled", "lambda-failure-alarms": "mandatory",
		"pipeguard": {"answers": {"region": "eu-west-1"}}}`), "--format", "json")

	findings, notEvaluated := saidOf(t, assumed.stdout)
	assert.Equal(t, []string{
		// The key, the queue and the function in Virginia name their region themselves, and the policies name Ireland.
		"kms-policy virginia-key", "lambda-dead-letter-queue virginia-thumbnailer",
		"lambda-role-sufficient virginia-thumbnailer", "lambda-role-sufficient virginia-thumbnailer",
	}, findings)
	assert.Equal(t, []string{
		"kms-policy key", "lambda-dead-letter-queue thumbnailer", "lambda-failure-alarms virginia-failed",
		"lambda-failure-alarms virginia-thumbnailer", "lambda-role-sufficient thumbnailer",
	}, notEvaluated)

	again, againNotEvaluated := saidOf(t, readBack.stdout)
	assert.Equal(t, findings, again, "a saved preview tells the same")
	assert.Equal(t, notEvaluated, againNotEvaluated)

	findings, notEvaluated = saidOf(t, pinned.stdout)
	assert.Contains(t, findings, "kms-policy key", "us-east-1 is the region now, and the policies name Ireland")
	assert.NotContains(t, findings, "lambda-failure-alarms virginia-thumbnailer", "its alarm is where it is")
	assert.Empty(t, notEvaluated)

	findings, notEvaluated = saidOf(t, answered.stdout)
	assert.Equal(t, []string{"lambda-failure-alarms virginia-failed", "lambda-failure-alarms virginia-thumbnailer"}, findings)
	assert.Empty(t, notEvaluated)
}
