package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCommittedDocumentationIsWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	const root = "../../.."
	files, err := generate(root)
	require.NoError(t, err)
	require.Greater(t, len(files), 3)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err, "run `make docs`")
		assert.Equal(t, want, string(got), "%s is out of date: run `make docs`", name)
	}
	stale, err := leftOver(root, files)
	require.NoError(t, err)
	assert.Empty(t, stale, "these are of no rule: run `make docs`")
}

func TestRunWritesAllPagesAndRemovesThoseOfNoRule(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "README.md"), []byte("a\n<!-- rules -->\nformer table\n<!-- /rules -->\nz\n"), 0o600))
	old := filepath.Join(root, pages, "s3-gone.md")
	require.NoError(t, os.MkdirAll(filepath.Dir(old), 0o755))
	require.NoError(t, os.WriteFile(old, nil, 0o600))

	require.NoError(t, run(root))

	assert.NoFileExists(t, old)
	assert.FileExists(t, filepath.Join(root, pages, "s3-versioning.md"))
	assert.FileExists(t, filepath.Join(root, "policypack/docs/config.schema.json"))
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	assert.NotContains(t, string(text), "former table")
	assert.Contains(t, string(text), "(policypack/docs/rules/s3-versioning.md)")
	assert.Regexp(t, `(?s)^a\n.*\nz\n$`, string(text))
}

func TestRunRefusesAReadmeWithoutMarkers(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "README.md"), []byte("no table\n"), 0o600))
	assert.ErrorContains(t, run(root), "README.md: there are no lines <!-- rules --> and <!-- /rules -->")
	assert.NoDirExists(t, filepath.Join(root, "policypack"))
}
