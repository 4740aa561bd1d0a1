package native

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// properties returns the properties of each aws-native type, as listed by testdata/properties.py.
func properties(t *testing.T) map[graph.Type]map[string]bool {
	t.Helper()
	f, err := os.Open("testdata/properties.txt")
	require.NoError(t, err)
	defer f.Close() //nolint:errcheck // nothing is written
	all := map[graph.Type]map[string]bool{}
	var of map[string]bool
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if path, ok := strings.CutPrefix(lines.Text(), " "); ok {
			of[path] = true
			continue
		}
		of = map[string]bool{}
		all[graph.Type(lines.Text())] = of
	}
	return all
}

var index = regexp.MustCompile(`\[\d+\]`)

// listed returns the paths of aws-native that a table contains, without indexes.
func listed(at string, s shape) []string {
	var paths []string
	for _, m := range s {
		path := index.ReplaceAllString(join(at, m.native), "")
		paths = append(append(paths, path), listed(path, m.shape)...)
	}
	return paths
}

func TestTheTablesNameWhatAWSNativeHas(t *testing.T) {
	t.Parallel()
	has := properties(t)
	for token, k := range kinds {
		require.Contains(t, has, token)
		for _, path := range append(listed("", k.arguments), listed("", k.outputs)...) {
			assert.True(t, has[token][path], "%s has no %s", token, path)
		}
		for _, p := range k.parts {
			for _, path := range append(listed(p.argument, p.shape), p.argument) {
				assert.True(t, has[token][path], "%s has no %s", token, path)
			}
		}
	}
}

func TestThePageListsTheTypes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/aws-native.md")
	require.NoError(t, err)
	var tokens []graph.Type
	for _, token := range regexp.MustCompile("`(aws-native:\\w+:\\w+)`").FindAllStringSubmatch(string(page), -1) {
		tokens = append(tokens, graph.Type(token[1]))
	}
	var all []graph.Type
	for token := range kinds {
		all = append(all, token)
	}
	assert.ElementsMatch(t, all, tokens)
}
