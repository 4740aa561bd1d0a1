package config_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
)

func TestReadBaselineReportsWhatIsWrongAndHowToFixIt(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, says string }{
		"truncated":         {"{\n", "line 2: not JSON"},
		"empty":             {"", "line 1: not JSON"},
		"a list":            {"[]", "line 1: want what pipeguard baseline writes, got array"},
		"other version":     {`{"version": 2}`, "it is of version 2, not 1"},
		"no fingerprint":    {`{"version": 1, "findings": [{"rule": "s3-versioning"}]}`, "findings[0] has no fingerprint"},
		"text that follows": {`{"version": 1} x`, "line 1: not JSON"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "known.json")
			require.NoError(t, os.WriteFile(file, []byte(test.text), 0o600))
			_, err := config.ReadBaseline(file)
			require.ErrorContains(t, err, file)
			assert.ErrorContains(t, err, test.says)
			assert.ErrorContains(t, err, "make it anew with pipeguard baseline")
		})
	}
}
