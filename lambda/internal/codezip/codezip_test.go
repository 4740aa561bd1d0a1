package codezip

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// moduleDir is the module's root, seen from this package's folder.
var moduleDir = filepath.Join("..", "..", "..")

// copyModule copies what the handler is built from into a folder of its own.
func copyModule(t *testing.T, folder string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(folder, 0o755))
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(moduleDir, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	require.NoError(t, os.CopyFS(filepath.Join(folder, "lambda"), os.DirFS(filepath.Join(moduleDir, "lambda"))))
	return folder
}

func build(t *testing.T, options Options) (Archive, []byte) {
	t.Helper()
	archive, err := Build(t.Context(), options)
	require.NoError(t, err)
	content, err := os.ReadFile(archive.Path)
	require.NoError(t, err)
	return archive, content
}

func TestTwoBuildsInTwoFoldersAreTheSameBytes(t *testing.T) {
	t.Parallel()
	one, two := t.TempDir(), t.TempDir()
	first, firstContent := build(t, Options{
		ModuleDir: copyModule(t, filepath.Join(one, "a")),
		Output:    filepath.Join(one, "thumbnail.zip"),
		Arch:      "arm64",
	})
	second, secondContent := build(t, Options{
		ModuleDir: copyModule(t, filepath.Join(two, "a folder of another name", "and depth")),
		Output:    filepath.Join(two, "build", "again.zip"),
		Arch:      "arm64",
	})

	assert.True(t, bytes.Equal(firstContent, secondContent), "%x and %x differ", first.SHA256, second.SHA256)
	assert.Equal(t, first.SHA256, second.SHA256)
	assert.Equal(t, sha256.Sum256(firstContent), first.SHA256)
	assert.Equal(t, int64(len(firstContent)), first.Size)
	assertHandler(t, firstContent, elf.EM_AARCH64, one)
}

func TestArchitectureIsTheOneAskedFor(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	_, content := build(t, Options{ModuleDir: moduleDir, Output: filepath.Join(folder, "thumbnail.zip"), Arch: "amd64"})
	assertHandler(t, content, elf.EM_X86_64, folder)
}

// assertHandler checks that the archive contains only a bootstrap that Lambda
// can start, without any path of the build in it.
func assertHandler(t *testing.T, archive []byte, machine elf.Machine, folder string) {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	require.Len(t, reader.File, 1)
	assert.Equal(t, "bootstrap", reader.File[0].Name)

	file, err := reader.File[0].Open()
	require.NoError(t, err)
	binary, err := io.ReadAll(file)
	require.NoError(t, err)
	executable, err := elf.NewFile(bytes.NewReader(binary))
	require.NoError(t, err)
	assert.Equal(t, machine, executable.Machine)
	libraries, err := executable.ImportedLibraries()
	require.NoError(t, err)
	assert.Empty(t, libraries, "statically linked")
	assert.NotContains(t, string(binary), folder)
}

func TestBuildSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	broken := copyModule(t, filepath.Join(t.TempDir(), "broken"))
	require.NoError(t, os.WriteFile(filepath.Join(broken, "lambda", "broken.go"), []byte("package main\nvar x undefinedType\n"), 0o600))
	for name, test := range map[string]struct {
		options Options
		want    string
	}{
		"no output":            {Options{Arch: "arm64"}, "no output path given"},
		"unknown architecture": {Options{Output: "x.zip", Arch: "x86_64"}, `architecture is "x86_64", want amd64 or arm64`},
		"does not compile": {
			Options{ModuleDir: broken, Output: filepath.Join(t.TempDir(), "x.zip"), Arch: "arm64"}, "undefined: undefinedType",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Build(t.Context(), test.options)
			require.ErrorContains(t, err, test.want)
			assert.NoFileExists(t, test.options.Output)
		})
	}
}

func TestWriteLeavesNothingToChance(t *testing.T) {
	t.Parallel()
	var archive bytes.Buffer
	require.NoError(t, Write(&archive, map[string][]byte{"b": []byte("second"), "c": nil, "a": []byte("first")}))

	reader, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	require.NoError(t, err)
	names := make([]string, 0, len(reader.File))
	for _, file := range reader.File {
		names = append(names, file.Name)
		assert.Equal(t, os.FileMode(0o755), file.Mode(), file.Name)
		assert.Equal(t, "1980-01-01 00:00:00", file.Modified.Format("2006-01-02 15:04:05"), file.Name)
		assert.Empty(t, file.Extra, file.Name)
		assert.Empty(t, file.Comment, file.Name)
	}
	assert.Equal(t, []string{"a", "b", "c"}, names)
}
