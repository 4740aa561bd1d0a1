package python_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/python"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

const fixtures = "../../../../testdata/source/python"

// open returns the tree of a fixture, and its entry files.
func open(t *testing.T, dir string) (*tree.Tree, fact.Request) {
	t.Helper()
	files, err := tree.Open(dir, tree.Budget{Files: 100, Bytes: 1 << 20, Time: time.Minute}, python.Endings...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, files.Close()) })
	r := fact.Request{Keywords: []string{"("}, Entry: []string{"__main__.py"}}
	if !files.Has("__main__.py") {
		r.Entry, r.Fragment = files.Files(), true
	}
	return files, r
}

// TestTheFixturesFindingsAreOnCalls holds the fixtures and the facts together:
// each line that wants a finding starts a call whose name is known.
func TestTheFixturesFindingsAreOnCalls(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob(filepath.Join(fixtures, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			files, r := open(t, dir)
			facts := python.Read(files, r)
			if !r.Fragment {
				facts.Add(python.Read(files, fact.Request{Keywords: r.Keywords, Entry: python.Handlers(files)}))
			}
			require.Empty(t, facts.Gaps)
			known := map[string]map[int]bool{}
			for _, c := range facts.Calls {
				if known[c.Location.File] == nil {
					known[c.Location.File] = map[int]bool{}
				}
				if !strings.HasPrefix(c.Func, "?") {
					known[c.Location.File][c.Location.Line] = true
				}
			}
			wanted := 0
			for _, name := range files.Files() {
				src, err := os.ReadFile(filepath.Join(dir, name))
				require.NoError(t, err)
				for i, line := range strings.Split(string(src), "\n") {
					if strings.Contains(line, "# want") {
						wanted++
						assert.True(t, known[name][i+1], "%s:%d: %s", name, i+1, line)
					}
				}
			}
			assert.Equal(t, strings.HasSuffix(dir, "-clean"), wanted == 0)
		})
	}
}
