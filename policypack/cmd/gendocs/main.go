// Gendocs writes the documentation of the rules from the rules themselves: a
// page for each, their index and the JSON schema of the configuration. It is run
// in the repository's root.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/docs"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// pages is the folder of the rules' pages and of their index.
const pages = "policypack/docs/rules/"

func main() {
	if err := run("."); err != nil {
		fmt.Fprintf(os.Stderr, "gendocs: %v\n", err)
		os.Exit(1)
	}
}

// run brings the files below root up to date.
func run(root string) error {
	files, err := generate()
	if err != nil {
		return err
	}
	stale, err := leftOver(root, files)
	if err != nil {
		return err
	}
	for _, name := range stale {
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			return fmt.Errorf("removing the page of a rule that no longer exists: %w", err)
		}
	}
	for name, text := range files {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}

// generate returns the text of each file, by its slash-separated name below the
// repository's root.
func generate() (map[string]string, error) {
	registry, err := rules.All()
	if err != nil {
		return nil, fmt.Errorf("registering the rules: %w", err)
	}
	files := map[string]string{pages + "README.md": docs.Index(registry)}
	for _, r := range registry.Rules() {
		page, err := docs.New(r)
		if err != nil {
			return nil, err
		}
		files[pages+r.ID+".md"] = page.Markdown()
	}
	schema, err := config.Schema(registry)
	if err != nil {
		return nil, err
	}
	files["policypack/docs/config.schema.json"] = string(schema)
	return files, nil
}

// leftOver returns the pages below root that are not among files.
func leftOver(root string, files map[string]string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(root, pages, "*.md"))
	if err != nil {
		return nil, fmt.Errorf("looking for pages: %w", err)
	}
	var stale []string
	for _, file := range found {
		if name := pages + filepath.Base(file); files[name] == "" {
			stale = append(stale, name)
		}
	}
	return stale, nil
}
