// Command gen writes the table of package schema from the sources of the Pulumi AWS Go SDK, the releases that
// sdks/go.mod names. Run it with `make schema` after changing one of them.
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
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

func main() {
	sdks := flag.String("sdks", filepath.Join("gen", "sdks"), "folder of the go.mod that names the SDKs")
	out := flag.String("out", "aws.zip", "file to write")
	types := flag.String("types", "", "Go file that names the resource types that rules know")
	arguments := flag.String("arguments", "", "file to write the arguments of these types to")
	flag.Parse()
	if err := run(*sdks, *out, *types, *arguments); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(sdks, out, types, arguments string) error {
	files, err := generate(sdks)
	if err != nil {
		return err
	}
	table, err := pack(files)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, table, 0o644); err != nil { //nolint:gosec // the table is not secret
		return fmt.Errorf("writing the table: %w", err)
	}
	known, err := os.ReadFile(types)
	if err != nil {
		return fmt.Errorf("reading the resource types: %w", err)
	}
	text, err := argumentsOf(known, files)
	if err != nil {
		return err
	}
	if err := os.WriteFile(arguments, text, 0o644); err != nil { //nolint:gosec // nor are these
		return fmt.Errorf("writing the arguments: %w", err)
	}
	return nil
}

// release is an SDK of one major version in the module cache.
type release struct{ Path, Version, Dir string }

// generate returns the files of the table for the SDKs that a go.mod names.
func generate(sdks string) (map[string]any, error) {
	releases, err := download(sdks)
	if err != nil {
		return nil, err
	}
	versions, files := []string{}, map[string]any{}
	for _, r := range releases {
		packages, err := parseAll(filepath.Join(r.Dir, "go", "aws"))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", r.Dir, err)
		}
		version := strings.TrimPrefix(r.Version, "v")
		folder, _, _ := strings.Cut(version, ".")
		versions = append(versions, version)
		files[path.Join(folder, schema.AliasesFile)] = aliases(packages)
		for _, p := range packages {
			if len(p.module.Resources)+len(p.module.Functions) > 0 {
				files[path.Join(folder, p.name+".json")] = p.module
			}
		}
	}
	files[schema.VersionsFile] = versions
	return files, nil
}

// download downloads the SDKs into the module cache and returns them in the order of the go.mod, the oldest
// first.
func download(sdks string) ([]release, error) {
	goMod := exec.Command("go", "mod", "edit", "-json")
	goMod.Dir = sdks
	out, err := goMod.Output()
	if err != nil {
		return nil, fmt.Errorf("reading %s/go.mod: %w", sdks, err)
	}
	var module struct{ Require []release }
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, fmt.Errorf("reading %s/go.mod: %w", sdks, err)
	}
	var releases []release
	for _, required := range module.Require {
		get := exec.Command("go", "mod", "download", "-json", required.Path)
		get.Dir = sdks
		out, err := get.Output()
		if err != nil {
			return nil, fmt.Errorf("downloading %s %s: %w: %s", required.Path, required.Version, err, out)
		}
		var r release
		if err := json.Unmarshal(out, &r); err != nil {
			return nil, fmt.Errorf("downloading %s: %w", required.Path, err)
		}
		releases = append(releases, r)
	}
	return releases, nil
}

// aliases returns the token of each alias of the resources. An alias may be the token of another
// resource that still exists, as aws:s3/bucket:Bucket is for BucketV2 in version 6: it is left out.
func aliases(packages []*pkg) map[string]string {
	all := map[string]string{}
	for _, p := range packages {
		maps.Copy(all, p.aliases)
	}
	for _, p := range packages {
		for token := range p.module.Resources {
			delete(all, token)
		}
	}
	return all
}

// parseAll reads the root package and every module's package, as many at a time as there are processors.
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
	slots := make(chan struct{}, runtime.GOMAXPROCS(0)) // a module's syntax trees are large
	for i, dir := range dirs {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
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

// pack writes the files in order and without timestamps, so that the same SDKs give the same bytes.
func pack(files map[string]any) ([]byte, error) {
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
