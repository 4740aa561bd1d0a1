package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/pipeguard/pipeguard/stack/e2e/internal/process"
)

// architectures are Lambda's names of Go's architectures.
var architectures = map[string]string{"amd64": "x86_64", "arm64": "arm64"}

// unpack unpacks the function's archive into the workspace, as Lambda does, and
// returns the folder. An archive for another architecture is rebuilt for this
// one: it must have the same files.
func unpack(ctx context.Context, w *workspace, o options, archive, architecture string) (string, error) {
	declared := archive
	if !filepath.IsAbs(declared) {
		declared = filepath.Join(o.root, o.program, archive)
	}
	files, err := list(declared)
	if err != nil {
		return "", fmt.Errorf("reading the declared code archive: %w", err)
	}
	code := declared
	if architectures[runtime.GOARCH] != architecture {
		code = w.path("thumbnail.zip")
		log, err := w.log("package")
		if err != nil {
			return "", err
		}
		err = process.Run(ctx, process.Command{
			Name:   "the packaging of the function",
			Args:   []string{"go", "run", "./lambda/cmd/package", "-arch", runtime.GOARCH, "-o", code},
			Env:    os.Environ(),
			Dir:    o.root,
			Output: log,
		})
		if err != nil {
			output, _ := os.ReadFile(log.Name()) // its output, if any
			return "", fmt.Errorf("%w\n%s", err, output)
		}
		built, err := list(code)
		if err != nil {
			return "", err
		}
		if !slices.Equal(built, files) {
			return "", fmt.Errorf("the declared archive has the files %q, the same for this machine %q", files, built)
		}
	}
	dir, err := w.mkdir("task")
	if err != nil {
		return "", err
	}
	return dir, extract(code, dir)
}

// list returns the names and modes of an archive's files.
func list(archive string) ([]string, error) {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	var files []string
	for _, file := range reader.File {
		files = append(files, file.Mode().String()+" "+file.Name)
	}
	return files, nil
}

func extract(archive, dir string) error {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer reader.Close()
	for _, file := range reader.File {
		if file.FileInfo().IsDir() || !filepath.IsLocal(file.Name) {
			return fmt.Errorf("%s is not a regular file", file.Name)
		}
		path := filepath.Join(dir, file.Name) // #nosec G305 -- the name is local
		if err := extractFile(file, path); err != nil {
			return fmt.Errorf("unpacking %s: %w", file.Name, err)
		}
	}
	return nil
}

func extractFile(file *zip.File, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	content, err := file.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	output, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, file.Mode())
	if err != nil {
		return err
	}
	_, err = io.Copy(output, content) // #nosec G110 -- the archive is this repository's own
	return errors.Join(err, output.Close())
}
