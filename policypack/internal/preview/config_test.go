package preview_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/preview"
)

// write makes a folder with the files of a program.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func FuzzLoad(f *testing.F) {
	const project = "name: thumbs\nruntime: yaml\n"
	f.Add(project, "config:\n  aws:region: eu-west-1\n")
	f.Add(project, "encryptionsalt: v1:abc\nconfig:\n  thumbs:token:\n    secure: v1:abc\n  thumbs:list:\n    - secure: x\n    - {a: {secure: y}}\n")
	f.Add(project+"configuration:\n  prefix: {type: String}\n", "config: {}\n")
	f.Add(project+"config:\n  thumbs:size: {type: integer, default: 3}\n", "config:\n  thumbs:size: large\n")
	f.Add(project, "environment:\n  - prod\nconfig:\n  thumbs:a: &a [*a]\n")
	f.Add("name: ${PROJECT}\nruntime: {name: nodejs, options: 3}\nmain: ../..\nstackConfigDir: conf\n", "\ufeff")
	f.Add(project, "config:\n  thumbs:a: 1\n  thumbs:a: 2\n")
	f.Add(project, "config: [\n")
	f.Fuzz(func(t *testing.T, project, stack string) {
		dir := write(t, map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": stack})
		program, err := preview.Load(dir, "dev")
		if err != nil {
			assert.Regexp(t, `Pulumi\.(dev\.)?yaml`, err.Error())
			return
		}
		require.NoError(t, program.FillIn())
		assert.Empty(t, program.Missing())
	})
}
