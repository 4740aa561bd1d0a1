package main_test

import (
	"debug/elf"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A dynamic binary asks for the libraries of the machine that built it, and
// fails on a distribution that has others, or none.
func TestTheBinaryForLinuxNeedsNoOtherFile(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "pipeguard")
	build := exec.Command("tools/build.sh", binary, "linux", "amd64")
	build.Dir = ".."
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))

	file, err := elf.Open(binary)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, file.Close()) })
	for _, segment := range file.Progs {
		assert.NotEqual(t, elf.PT_INTERP, segment.Type, "it asks for a dynamic linker")
	}
	libraries, err := file.ImportedLibraries()
	require.NoError(t, err)
	assert.Empty(t, libraries)
}
