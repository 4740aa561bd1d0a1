package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deploy runs `make deploy` with a script in place of the Pulumi CLI, which
// fails at the given command. It returns what the CLI was called with.
func deploy(t *testing.T, failAt string, variables ...string) (calls []string, err error) {
	t.Helper()
	makefile, err := filepath.Abs(filepath.Join("..", "Makefile"))
	require.NoError(t, err)
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	require.NoError(t, os.Mkdir(bin, 0o700))
	script := "#!/bin/sh\necho \"$@\" >>calls\n[ \"$1\" != '" + failAt + "' ]\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "pulumi"), []byte(script), 0o700))

	// What is built before is not needed here.
	args := []string{"-C", dir, "-f", makefile, "-o", "tools", "-o", "build", "-o", "package", "deploy"}
	err = exec.CommandContext(t.Context(), "make", append(args, variables...)...).Run()
	content, readErr := os.ReadFile(filepath.Join(dir, "calls"))
	require.NoError(t, readErr)
	said := strings.ReplaceAll(string(content), dir+string(filepath.Separator), "")
	return strings.Split(strings.TrimSpace(said), "\n"), err
}

func TestDeployPreviewsUnderThePackBeforeItDeploys(t *testing.T) {
	t.Parallel()
	calls, err := deploy(t, "")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"preview --cwd stack --policy-pack bin/pipeguard",
		"up --cwd stack --policy-pack bin/pipeguard",
	}, calls)
}

func TestDeployIsToTheStackNamed(t *testing.T) {
	t.Parallel()
	calls, err := deploy(t, "", "STACK=prod", "ARGS=--yes")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"stack select --create prod --cwd stack",
		"preview --cwd stack --policy-pack bin/pipeguard --stack prod",
		"up --cwd stack --policy-pack bin/pipeguard --stack prod --yes",
	}, calls)
}

func TestDeployRefusesToGoOnWhenThePreviewFails(t *testing.T) {
	t.Parallel()
	calls, err := deploy(t, "preview")
	require.Error(t, err)
	assert.Equal(t, []string{"preview --cwd stack --policy-pack bin/pipeguard"}, calls)
}
