package load_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// Any text yields either a graph or an error that describes the problem and
// never quotes the text.
func FuzzRead(f *testing.F) {
	for _, folder := range []string{"previews", "exports"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", folder, "*.json"))
		require.NoError(f, err)
		require.NotEmpty(f, files)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(text)
		}
	}
	for _, text := range []string{
		export(deployed("b", `, "inputs": {"a": "\ud83d\ude00", "b": [1e3, true, null, {}]}`)),
		`{"steps": [{"op": "same"}], "changeSummary": {"same": 1}}`, "warning\n{}", `[[[`, "\ufeff{",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// The secret stands between letters that none of our messages contains.
		text = bytes.ReplaceAll(text, []byte("hush"), []byte(planted))
		stack, err := load.Read(bytes.NewReader(text))
		if err == nil {
			assert.NotNil(t, stack.Graph)
			for _, r := range stack.Graph.Resources {
				assert.Same(t, r, stack.Graph.ByURN(r.URN), "each has a URN of its own")
				assert.NotEmpty(t, r.Type)
				assert.False(t, strings.HasPrefix(r.File, "/") || strings.HasPrefix(r.File, ".."), "%q", r.File)
			}
			return
		}
		var got *load.Error
		require.ErrorAs(t, err, &got)
		if got.Problem != load.Incomplete {
			assert.Nil(t, stack)
		}
		assert.LessOrEqual(t, got.Offset, int64(len(text)))
		assert.NotContains(t, err.Error(), planted)
	})
}
