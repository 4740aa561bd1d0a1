package e2e_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outcome is the end of a run of the binary.
type outcome struct {
	exit           int
	stdout, stderr string
}

func runPipeguard(t *testing.T, args ...string) outcome {
	t.Helper()
	return runPipeguardWith(t, nil, args...)
}

// runPipeguardWith runs it with more in its environment.
func runPipeguardWith(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), pipeguard, args...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func TestPreviewOfTheReferenceStackIsClean(t *testing.T) {
	t.Parallel()
	requireInstalled(t, stackDir())

	got := runPipeguard(t, "preview", "stack")

	assert.Equal(t, 0, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stdout, "no violations")
	assert.Empty(t, got.stderr)
}

func TestPreviewOfDefectsNamesRuleResourceAndFix(t *testing.T) {
	t.Parallel()

	got := runPipeguard(t, "preview", "testdata/stacks/all-defects")

	assert.Equal(t, 1, got.exit, "a Bucket has arguments that it does not take: %s", got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "error: testdata/stacks/all-defects/main.go:31: blockPublicAcls is not an argument of aws:s3/bucket:Bucket")
	assert.Contains(t, got.stdout, "testdata/stacks/all-defects/main.go\n", "the file, as the repository names it")
	assert.Contains(t, got.stdout, "high  mandatory  s3-public-access-block")
	assert.Contains(t, got.stdout, "Bucket 'source' has no BucketPublicAccessBlock")
	assert.Contains(t, got.stdout, "fix: declare:\n            if _, err := s3.NewBucketPublicAccessBlock(ctx, \"source\",")
}

func TestPreviewSavesWhatPulumiPrintsForALaterCheck(t *testing.T) {
	t.Parallel()
	requireInstalled(t, stackDir())
	file := filepath.Join(t.TempDir(), "preview.json")

	got := runPipeguard(t, "preview", "stack", "--save", file)

	require.Equal(t, 0, got.exit, got.stdout+got.stderr)
	checked := runPipeguard(t, "check", file)
	assert.Equal(t, 0, checked.exit, checked.stdout+checked.stderr)
	assert.Contains(t, checked.stdout, "no violations")
}

func TestPreviewThatCannotSaveSaysWhere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "no such folder", "preview.json")

	got := runPipeguard(t, "preview", "testdata/stacks/all-defects", "--save", file)

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, file)
}

func TestPreviewOfAProgramThatDoesNotCompileShowsWhatTheCompilerSays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Pulumi.yaml": "name: broken\nruntime: go\n", "go.mod": "module broken\n\ngo 1.26\n",
		"main.go": "package main\n\nfunc main() { nonesuch() }\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}

	got := runPipeguard(t, "preview", dir)

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "main.go:3:15: undefined: nonesuch")
	assert.NotContains(t, got.stderr, "exit status", "the compiler has said it all")
}

func TestPreviewOfAFolderWithoutAProgramSaysWhatToName(t *testing.T) {
	t.Parallel()

	got := runPipeguard(t, "preview", t.TempDir())

	assert.Equal(t, 1, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "there is no Pulumi program in ")
}
