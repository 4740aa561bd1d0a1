package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCommittedDocumentationIsUpToDate(t *testing.T) {
	t.Parallel()
	const root = "../../.."
	files, err := generate()
	require.NoError(t, err)
	require.Greater(t, len(files), 3)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err, "run `make docs`")
		assert.Equal(t, want, string(got), "%s is out of date: run `make docs`", name)
	}
	stale, err := leftOver(root, files)
	require.NoError(t, err)
	assert.Empty(t, stale, "no rule has these pages: run `make docs`")
}

func TestRunWritesEveryPageAndRemovesThoseWithoutARule(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	old := filepath.Join(root, pages, "s3-gone.md")
	require.NoError(t, os.MkdirAll(filepath.Dir(old), 0o755))
	require.NoError(t, os.WriteFile(old, nil, 0o600))

	require.NoError(t, run(root))

	assert.NoFileExists(t, old)
	assert.FileExists(t, filepath.Join(root, pages, "s3-versioning.md"))
	assert.FileExists(t, filepath.Join(root, "policypack/docs/config.schema.json"))
	index, err := os.ReadFile(filepath.Join(root, pages, "README.md"))
	require.NoError(t, err)
	assert.Contains(t, string(index), "(s3-versioning.md)")
	assert.NotContains(t, string(index), "s3-gone")
}
