package e2e_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The same pipeline in Pulumi YAML and, with the SDK that people have, in Python.
func TestProgramsOfAWSNativeGetTheirFindings(t *testing.T) {
	t.Parallel()
	require.FileExists(t, filepath.Join(root, "build", "venv-native", "pyvenv.cfg"), "run `make test`, which makes it")
	for _, name := range []string{"native/python", "native/yaml", "native/yaml-clean"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := filesIn(t, programDir(name))

			got := runPipeguard(t, "preview", programDir(name), "--format", "json")

			var report struct {
				pythonReport

				Notices []struct{ Text string }
			}
			require.NoError(t, json.Unmarshal([]byte(got.stdout), &report), "%s%s", got.stdout, got.stderr)
			found := located(t, got.stdout, programDir(name))
			if name == "native/python" { // which tells lines only
				found = report.findings("../native/python")
			}
			assert.Equal(t, want(t, name), found)
			assert.Empty(t, report.Errors)
			assert.Empty(t, report.NotEvaluated, "everything is evaluated")
			assert.Equal(t, before, filesIn(t, programDir(name)))
			if name == "native/yaml-clean" {
				assert.Equal(t, 0, got.exit, got.stderr)
				assert.Empty(t, report.Notices)
				return
			}
			assert.Equal(t, 3, got.exit, got.stderr)
			require.Len(t, report.Notices, 1)
			assert.Equal(t, "1 resource is of a type that no rule judges: aws-native:ec2:Vpc (1)", report.Notices[0].Text)
		})
	}
}
