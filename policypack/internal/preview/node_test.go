package preview

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
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
	t.Parallel()
	p := programIn(t.TempDir(), "nodejs")
	p.Project.Runtime.SetOption("nodeargs", "--title=shop")
	remove, err := p.usePlainInspect()
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(os.TempDir(), "pipeguard-*.cjs"))
	require.NoError(t, err)
	arguments, _ := p.Project.Runtime.Options()["nodeargs"].(string)
	require.Regexp(t, `^--require '[^']+\.cjs' --title=shop$`, arguments)
	file := arguments[len("--require '") : len(arguments)-len("' --title=shop")]
	require.Contains(t, files, file)

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // without the fix it never ends
	defer cancel()
	shown, err := exec.CommandContext(ctx, "node", "--require", file, "--eval", inspecting).CombinedOutput()

	require.NoError(t, err, string(shown))
	assert.Equal(t, "Error: no archive\n    at new Resource (/shop/node_modules/@pulumi/resource.ts:597:13)\n"+
		"{\n  a: 1\n} 'b' nodejs.util.inspect.custom\n", string(shown))
	remove()
	assert.NoFileExists(t, file)
}

func TestOnlyNodeHasItsArgumentsChanged(t *testing.T) {
	t.Parallel()
	p := programIn(t.TempDir(), "python")
	remove, err := p.usePlainInspect()
	require.NoError(t, err)
	remove()
	assert.Empty(t, p.Project.Runtime.Options())
}
