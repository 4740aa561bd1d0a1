package preview

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inspecting prints an error as the Pulumi SDK does whose stack is that of a resource's constructor.
const inspecting = `const { inspect } = require("util");
const error = new Error("no archive");
error.stack = "Error: no archive\n    at new Resource (/shop/node_modules/@pulumi/resource.ts:597:13)";
console.log(inspect(error, { colors: true }));
console.log(inspect({ a: 1 }, { compact: false }), inspect("b"), inspect.custom.description);
`

func TestNodeShowsAnErrorOfAResourcesConstructor(t *testing.T) {
	t.Setenv("NODE_OPTIONS", "--title=shop")
	restore, err := programIn(t.TempDir(), "nodejs").usePlainInspect()
	require.NoError(t, err)
	m := regexp.MustCompile(`^--require "([^"]+\.cjs)" --title=shop$`).FindStringSubmatch(os.Getenv("NODE_OPTIONS"))
	require.NotNil(t, m, os.Getenv("NODE_OPTIONS"))
	require.FileExists(t, m[1])

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // without the fix it never ends
	defer cancel()
	shown, err := exec.CommandContext(ctx, "node", "--eval", inspecting).CombinedOutput()

	require.NoError(t, err, string(shown))
	assert.Equal(t, "Error: no archive\n    at new Resource (/shop/node_modules/@pulumi/resource.ts:597:13)\n"+
		"{\n  a: 1\n} 'b' nodejs.util.inspect.custom\n", string(shown))
	restore()
	assert.NoFileExists(t, m[1])
	assert.Equal(t, "--title=shop", os.Getenv("NODE_OPTIONS"))
}

func TestOnlyNodeHasItsOptionsChanged(t *testing.T) {
	t.Setenv("NODE_OPTIONS", "--title=shop")
	restore, err := programIn(t.TempDir(), "python").usePlainInspect()
	require.NoError(t, err)
	assert.Equal(t, "--title=shop", os.Getenv("NODE_OPTIONS"))
	restore()
}
