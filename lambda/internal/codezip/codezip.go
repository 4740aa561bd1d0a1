// Package codezip builds the Lambda function's code archive: a zip whose bytes
// depend only on the sources and the Go toolchain, so that whoever builds a
// commit can compare hashes with whoever deployed it.
package codezip

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// executable is what the provided.al2023 runtime starts.
	executable = "bootstrap"
	// handlerPackage is the import path of the function's main package.
	handlerPackage = "github.com/pipeguard/pipeguard/lambda"
	// zipEpoch is 1 January 1980 as an MS-DOS date, the first that zip can represent.
	zipEpoch = 1<<5 | 1
)

// Architectures are those that Lambda runs, in Go's terms.
var Architectures = []string{"amd64", "arm64"}

// Options describe what to build.
type Options struct {
	// ModuleDir is a folder of the module that contains the handler. Empty is
	// the working directory.
	ModuleDir string
	// Output is the path of the zip; missing folders in it are made.
	Output string
	// Arch is one of Architectures.
	Arch string
}

// Archive describes a code archive that was written.
type Archive struct {
	// Path is its path, as given in Options.Output.
	Path string
	// Size is its size in bytes.
	Size int64
	// SHA256 is the hash of the whole file.
	SHA256 [sha256.Size]byte
}

// Build compiles the handler and writes its code archive. If it fails, it
// leaves nothing at Output. The error includes the compiler's messages.
func Build(ctx context.Context, options Options) (Archive, error) {
	if options.Output == "" {
		return Archive{}, errors.New("no output path given")
	}
	if !slices.Contains(Architectures, options.Arch) {
		return Archive{}, fmt.Errorf("architecture is %q, want %s", options.Arch, strings.Join(Architectures, " or "))
	}
	binary, err := compile(ctx, options)
	if err != nil {
		return Archive{}, fmt.Errorf("compiling %s for linux/%s: %w", handlerPackage, options.Arch, err)
	}
	var content bytes.Buffer
	if err := Write(&content, map[string][]byte{executable: binary}); err != nil {
		return Archive{}, fmt.Errorf("packing %s: %w", executable, err)
	}
	if err := replaceFile(options.Output, content.Bytes()); err != nil {
		return Archive{}, fmt.Errorf("writing the archive: %w", err)
	}
	return Archive{
		Path:   options.Output,
		Size:   int64(content.Len()),
		SHA256: sha256.Sum256(content.Bytes()),
	}, nil
}

// compile returns the handler's executable.
func compile(ctx context.Context, options Options) ([]byte, error) {
	folder, err := os.MkdirTemp("", "codezip-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the executable: %w", err)
	}
	defer os.RemoveAll(folder)

	command := exec.CommandContext(
		ctx, "go", "build",
		"-trimpath",          // no source paths of this machine
		"-buildvcs=false",    // no commit and no state of the checkout
		"-tags=lambda.norpc", // no net/rpc, which only the retired go1.x runtime needs
		"-ldflags=-s -w -buildid=",
		"-o", filepath.Join(folder, executable),
		handlerPackage,
	)
	command.Dir = options.ModuleDir
	// These variables change what the compiler writes. They override the
	// caller's own settings.
	command.Env = append(
		os.Environ(),
		"GOOS=linux", "GOARCH="+options.Arch, "CGO_ENABLED=0",
		"GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFLAGS=", "GOWORK=off",
	)
	if messages, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, bytes.TrimSpace(messages))
	}
	return fs.ReadFile(os.DirFS(folder), executable)
}

// Write writes a zip of executable files, given by name: sorted entries, all
// with the same date and mode, no owners and no extra fields.
func Write(w io.Writer, files map[string][]byte) error {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)

	archive := zip.NewWriter(w)
	for _, name := range names {
		header := &zip.FileHeader{
			Name:   name,
			Method: zip.Deflate,
			// These are set directly, because zip.FileHeader.Modified adds an extra field.
			ModifiedDate: zipEpoch, //nolint:staticcheck // see above
		}
		// Lambda unpacks as root and runs as another user: everyone may execute.
		header.SetMode(0o755)
		entry, err := archive.CreateHeader(header)
		if err != nil {
			return fmt.Errorf("adding %s: %w", name, err)
		}
		if _, err := entry.Write(files[name]); err != nil {
			return fmt.Errorf("compressing %s: %w", name, err)
		}
	}
	return archive.Close()
}

// replaceFile writes beside the target and renames, so that a concurrent
// deployment sees either the complete old archive or the complete new one.
func replaceFile(path string, content []byte) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
