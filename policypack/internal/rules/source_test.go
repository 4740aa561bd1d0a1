package rules_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// emptyStack has no resource but the stack itself, as a program that fails at
// once leaves behind.
func emptyStack() *graph.Graph {
	return graph.New("images", "dev", "", []*graph.Resource{{
		URN:  "urn:pulumi:dev::images::pulumi:pulumi:Stack::images-dev",
		Type: graph.StackType, Name: "images-dev", Inputs: resource.PropertyMap{},
	}})
}

// checkSource runs the rules on the source in a folder.
func checkSource(t *testing.T, dir string, policies map[string]config.Policy) check.Result {
	t.Helper()
	reg := registry(t)
	cfg, err := config.New(reg, policies)
	require.NoError(t, err)
	checker := check.New(reg, cfg)
	checker.Dir = dir
	return checker.All(emptyStack())
}

// wanted are the marks in a fixture's comments: "want <rule>" on a line that the
// rule stops, "want? <rule>" on one that it cannot judge.
var wanted = regexp.MustCompile(`(?:#|//) want(\??) ([a-z-]+)`)

// wants returns the marks of all files below dir, as "file:line rule", with a
// question mark for those that cannot be judged.
func wants(t *testing.T, dir string) []string {
	t.Helper()
	found := []string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // nothing is written
		rel, err := filepath.Rel(dir, name)
		lines := bufio.NewScanner(f)
		for n := 1; lines.Scan(); n++ {
			for _, m := range wanted.FindAllStringSubmatch(lines.Text(), -1) {
				found = append(found, fmt.Sprintf("%s:%d %s%s", filepath.ToSlash(rel), n, m[2], m[1]))
			}
		}
		return err
	}))
	slices.Sort(found)
	return found
}

// place is file:line at the start of a text.
var linePlace = regexp.MustCompile(`^([^:\s]+:\d+)(:\d+)?: `)

// got returns the findings and what could not be judged, in the form of wants.
func got(t *testing.T, res check.Result) []string {
	t.Helper()
	all := []string{}
	for _, f := range res.Findings {
		assert.NotEmpty(t, f.Fix, f.Message)
		assert.NotEmpty(t, f.Snippet, f.Message)
		assert.NotZero(t, f.Location.Column, f.Message)
		all = append(all, fmt.Sprintf("%s:%d %s", f.Location.File, f.Location.Line, f.Rule))
	}
	for _, n := range res.NotEvaluated {
		place := linePlace.FindStringSubmatch(n.Reason)
		if assert.NotNil(t, place, n.Reason) {
			all = append(all, place[1]+" "+n.Rule+"?")
		}
	}
	slices.Sort(all)
	return all
}

// sourceOnly leaves the rules on that look at source.
func sourceOnly(t *testing.T) map[string]config.Policy {
	t.Helper()
	policies := map[string]config.Policy{}
	for _, r := range registry(t).Rules() {
		if !r.Scope.Code() {
			policies[r.ID] = config.Policy{Level: "disabled"}
		}
	}
	return policies
}

func TestSourceFixturesSayWhatTheirMarksWant(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("../../../testdata/source/*/*")
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		t.Run(strings.Join(strings.Split(filepath.ToSlash(dir), "/")[5:], " "), func(t *testing.T) {
			t.Parallel()
			res := checkSource(t, dir, sourceOnly(t))
			var texts []string
			for _, f := range res.Findings {
				texts = append(texts, f.Text())
			}
			for _, n := range res.NotEvaluated {
				texts = append(texts, n.Rule+": "+n.Reason)
			}
			assert.Equal(t, wants(t, dir), got(t, res), "%s", strings.Join(texts, "\n"))
			assert.Empty(t, res.Notices)
		})
	}
}

func TestALocalCommandIsNamedBeforeWhatItRuns(t *testing.T) {
	t.Parallel()
	res := checkSource(t, filepath.Join("..", "..", "..", "testdata", "source", "yaml", "packaging"), sourceOnly(t))

	var said []string
	for _, f := range res.Findings {
		said = append(said, f.Message)
	}
	assert.Contains(t, said, "the program has a local command that installs packages (npm ci) while it runs.")
}
