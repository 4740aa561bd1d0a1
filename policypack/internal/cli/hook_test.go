package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/cli"
)

func TestThePreCommitHookIsACommandThatThereIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../.pre-commit-hooks.yaml")
	require.NoError(t, err)
	var hooks []struct {
		ID, Name, Description, Entry, Language string
		Args                                   []string
		PassFilenames                          bool     `yaml:"pass_filenames"`
		TypesOr                                []string `yaml:"types_or"`
	}
	require.NoError(t, yaml.Unmarshal(text, &hooks))
	require.Len(t, hooks, 1)
	hook := hooks[0]
	assert.Equal(t, "pipeguard", hook.ID)
	assert.Equal(t, "system", hook.Language)
	assert.False(t, hook.PassFilenames, "it judges a program, not files")
	assert.Equal(t, []string{"."}, hook.Args, "a folder; the user's args take its place")

	command := strings.Fields(hook.Entry)
	assert.Equal(t, "pipeguard", command[0])
	got := run(t, "", append(command[1:], folder(t))...)
	assert.Equal(t, cli.ExitViolations, got.code, "%v", got.err)
	assert.Contains(t, got.stdout, "source-bucket-arguments")
}
