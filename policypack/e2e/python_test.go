package e2e_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pythonDir is the folder of a program in testdata/stacks/python.
func pythonDir(name string) string { return filepath.Join("testdata", "stacks", "python", name) }

// pythonPrograms are the names of the programs in testdata/stacks/python.
func pythonPrograms(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pythonDir("*"), "Pulumi.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(filepath.Dir(file)))
	}
	return names
}

// pythonReport is what the tests look at of a report in JSON.
type pythonReport struct {
	Errors []struct {
		Message  string
		Location struct {
			File string
			Line int
		}
	}
	Findings []struct {
		Rule, URN, Message, Mend string
		Location                 struct {
			File string
			Line int
		}
	}
}

// findings are the findings as the want.txt of a Python program has them: sorted lines of `<rule> <resource>`, and
// where the finding has a place, that as `<file>:<line>`.
func (r pythonReport) findings(program string) []string {
	found := []string{}
	for _, f := range r.Findings {
		line := f.Rule + " " + resource.URN(f.URN).Name()
		if f.URN == "" {
			line = f.Rule + " -" // a stack that the program did not live to declare
		}
		if f.Location.File != "" {
			line += fmt.Sprintf(" %s:%d", strings.TrimPrefix(f.Location.File, filepath.ToSlash(pythonDir(program))+"/"), f.Location.Line)
		}
		found = append(found, line)
	}
	slices.Sort(found)
	return found
}

// previewPython previews a program in testdata/stacks/python with the binary and Pulumi's Python language host.
func previewPython(t *testing.T, name string, args ...string) (outcome, pythonReport) {
	t.Helper()
	for _, environment := range []string{"venv-v6", "venv-v7"} {
		require.FileExists(t, filepath.Join(root, "build", environment, "pyvenv.cfg"), "run `make test`, which makes it")
	}
	before := filesIn(t, filepath.Join(root, pythonDir(name)))
	got := runPipeguard(t, append([]string{"preview", pythonDir(name), "--format", "json"}, args...)...)
	var report pythonReport
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report), "%s%s", got.stdout, got.stderr)
	assert.Equal(t, before, filesIn(t, filepath.Join(root, pythonDir(name))), "the preview leaves the program's folder as it is")
	return got, report
}

// pythonPolicy is policyOf for a program in testdata/stacks/python.
func pythonPolicy(t *testing.T, name string) string {
	t.Helper()
	if file := filepath.Join(root, pythonDir(name), "policy.json"); fileExists(file) {
		return file
	}
	return policyOf(t, name)
}

func TestEveryPythonProgramGetsItsFindingsAndNoOthers(t *testing.T) {
	t.Parallel()
	for _, name := range pythonPrograms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, report := previewPython(t, name, "--config", pythonPolicy(t, name))

			assert.Equal(t, want(t, filepath.Join("python", name)), report.findings(name), "%s%s", got.stdout, got.stderr)
		})
	}
}
