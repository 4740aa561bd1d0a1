package source_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

// TestKeywordsOnlySpareFilesThatDoNotMatter reads every program of testdata with the
// keywords of the rules and without: the facts are the same, but for those of files
// that mention no keyword.
func TestKeywordsOnlySpareFilesThatDoNotMatter(t *testing.T) {
	t.Parallel()
	registry, err := rules.All()
	require.NoError(t, err)
	keywords := registry.Keywords()
	require.NotEmpty(t, keywords)
	budget := tree.Budget{Files: 10_000, Bytes: 64 << 20, Time: time.Minute}
	compared := 0
	for _, dir := range programs(t) {
		with, without := source.New(dir, budget, keywords), source.New(dir, budget, []string{""})
		all := append([]fact.Handler{{Facts: *without.Program()}}, without.Handlers()...)
		for i, filtered := range append([]fact.Handler{{Facts: *with.Program()}}, with.Handlers()...) {
			require.Less(t, i, len(all), dir)
			want := described(all[i].Calls)
			for place, got := range described(filtered.Calls) {
				assert.Equal(t, want[place], got, "%s, %s: a call at %s with keywords", dir, filtered.Entry, place)
				compared++
			}
			found := described(filtered.Calls)
			for place, calls := range want {
				file, _, _ := strings.Cut(place, ":")
				src, err := os.ReadFile(filepath.Join(dir, file))
				require.NoError(t, err)
				if _, ok := found[place]; !ok && tree.Mentions(src, keywords) {
					assert.Fail(t, "a call is missing with keywords", "%s, %s: %v", dir, place, calls)
				}
			}
		}
	}
	assert.Greater(t, compared, 500, "the programs of testdata make calls")
}

// programs returns the folders of testdata that hold a program, or pieces of some.
func programs(t *testing.T) []string {
	t.Helper()
	var dirs []string
	require.NoError(t, filepath.WalkDir("../../../testdata", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil || entry.IsDir() && slices.Contains([]string{"node_modules", "site-packages", "venv"}, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), "fragments") || exists(name, "Pulumi.yaml")):
			dirs = append(dirs, name)
		}
		return nil
	}))
	require.Greater(t, len(dirs), 20)
	return dirs
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// described returns calls as texts, by where they stand.
func described(calls []*fact.Call) map[string][]string {
	all := map[string][]string{}
	for _, c := range calls {
		var args []string
		for _, a := range c.Args {
			args = append(args, fmt.Sprintf("%s=%s %s %v %v", a.Name, brief(a.Value), a.Value.Type, a.Value.Checked, a.Value.Uses))
		}
		place := c.Location.String()
		all[place] = append(all[place], fmt.Sprintf("%s(%s) in %s %v %v %d", c.Func, strings.Join(args, ", "), c.In, c.Branch, c.Uncalled, c.End))
	}
	return all
}
