// Command std uses the standard library alone, so that it can be type-checked in
// full and with stubs, and compared.
package main

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	run "os/exec"
	"path/filepath"
	"strings"
)

const target = "build" + "/" + "out"

type builder struct {
	words []string
	out   io.Writer
}

func (b *builder) add(words ...string) *builder {
	b.words = append(b.words, words...)
	return b
}

func newBuilder(out io.Writer) *builder { return &builder{out: out} }

func install(tool string, words ...string) error {
	cmd := run.Command(tool, words...) // pipeguard:ignore some-rule -- a reason
	cmd.Stdout = os.Stdout
	cmd.Env = append(os.Environ(), "CI=1")
	var failed *run.ExitError
	if err := cmd.Run(); errors.As(err, &failed) {
		return fmt.Errorf("installing: %w", err)
	}
	return nil
}

func pack(dir string) (*bytes.Buffer, error) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		part, err := w.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate})
		if err != nil {
			return err
		}
		_, err = io.Copy(part, bufio.NewReader(f))
		return err
	})
	return &buf, errors.Join(err, w.Close())
}

func stream(ctx context.Context, url string) (io.ReadCloser, error) {
	r, w := io.Pipe()
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	if err := t.WriteHeader(&tar.Header{Name: "a", Size: int64(len(url)), Mode: 0o644}); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, r)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, response.Body, response.Header.Get("ETag"))
	return response.Body, nil
}

func main() {
	if err := os.RemoveAll(target); err != nil {
		panic(err)
	}
	words := []string{"install", "-t", filepath.Join(target, "lib")}
	words = append(words, os.Args[1:]...)
	if err := install("pip", words...); err != nil {
		panic(err)
	}
	// pipeguard:ignore another-rule -- a reason

	command := fmt.Sprintf("cd %s && zip -r %v.zip .", target, os.Getenv("NAME"))
	out, _ := run.CommandContext(context.Background(), "sh", "-c", command).CombinedOutput()
	body := bytes.NewReader(out)
	text := strings.NewReader(strings.Join(words, " "))
	var either io.Reader = text
	if body.Len() > 0 {
		either = body
	}
	fmt.Println(either, text, body, newBuilder(os.Stdout).add("a", "b").words)
	buf, err := pack(target)
	fmt.Println(buf.Len(), err, func() {})
	var made run.Cmd
	made.Path = "/usr/bin/make"
	fmt.Println(made.Run())
	_, _ = stream(context.Background(), "https://example.com")
}
