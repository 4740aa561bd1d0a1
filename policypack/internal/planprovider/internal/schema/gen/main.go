// Command gen writes the table of package schema from the source of the Pulumi AWS Go SDK, the module
// version that go.mod names. Run it with `go generate` after changing that version.
package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// sdk is the module the table is made from.
const sdk = "github.com/pulumi/pulumi-aws/sdk/v6"

func main() {
	out := flag.String("out", "aws.zip", "file to write")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	table, err := generate()
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, table, 0o644); err != nil { //nolint:gosec // the table is no secret
		return fmt.Errorf("writing the table: %w", err)
	}
	return nil
}

// generate returns the table for the SDK of this module.
func generate() ([]byte, error) {
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", sdk).Output()
	if err != nil {
		return nil, fmt.Errorf("looking for the source of %s: %w", sdk, err)
	}
	packages, err := parseAll(filepath.Join(strings.TrimSpace(string(root)), "go", "aws"))
	if err != nil {
		return nil, err
	}
	aliases := map[string]string{}
	for _, p := range packages {
		maps.Copy(aliases, p.aliases)
	}
	// An alias may be the token of another living resource, as aws:s3/bucket:Bucket is for BucketV2.
	for _, p := range packages {
		for token := range p.module.Resources {
			delete(aliases, token)
		}
	}
	return pack(packages, aliases)
}

// parseAll reads the root package and every module's package, each on its own goroutine.
func parseAll(root string) ([]*pkg, error) {
	dirs, err := filepath.Glob(filepath.Join(root, "*"))
	if err != nil {
		return nil, fmt.Errorf("listing the SDK's modules: %w", err)
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool {
		info, err := os.Stat(dir)
		return err != nil || !info.IsDir()
	})
	dirs = append(dirs, root)
	packages, errs := make([]*pkg, len(dirs)), make([]error, len(dirs))
	var wait sync.WaitGroup
	for i, dir := range dirs {
		wait.Go(func() {
			name := filepath.Base(dir)
			if dir == root {
				name = "index"
			}
			packages[i], errs[i] = parsePackage(name, dir)
		})
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("reading module %s: %w", filepath.Base(dirs[i]), err)
		}
	}
	return packages, nil
}

// pack writes the modules, in order and without timestamps, so that the same SDK gives the same bytes.
func pack(packages []*pkg, aliases map[string]string) ([]byte, error) {
	files := map[string]any{schema.AliasesFile: aliases}
	for _, p := range packages {
		if len(p.module.Resources)+len(p.module.Functions) > 0 {
			files[p.name+".json"] = p.module
		}
	}
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err != nil {
			return nil, fmt.Errorf("adding %s to the table: %w", name, err)
		}
		if err := json.NewEncoder(w).Encode(files[name]); err != nil {
			return nil, fmt.Errorf("encoding %s: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("finishing the table: %w", err)
	}
	return buffer.Bytes(), nil
}
