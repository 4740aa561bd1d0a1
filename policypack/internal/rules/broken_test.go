package rules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

func TestSourceThatCannotBeParsedIsNeverNoViolations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte("name: thumbs\nruntime: python\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "__main__.py"),
		[]byte("import pulumi_aws as aws\n\nsource = aws.s3.Bucket(\"images\"\nprint(source)\n"), 0o600))
	res := checkSource(t, dir, sourceOnly(t))
	assert.Equal(t, []finding.Failure{{
		Message:  "this is not valid Python: this bracket is never closed",
		Location: finding.Location{File: "__main__.py", Line: 3, Column: 23},
	}}, res.Failures)
	assert.False(t, res.Empty())
}
