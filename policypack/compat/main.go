// Compat previews every program in testdata/stacks with each available version of the AWS SDK for its language, and
// writes what it finds into policypack/docs/compatibility.md. `make compat` prepares what it needs and runs it in the
// repository's root. It fails if a version changes the findings.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// page is the file that compat writes, relative to the repository's root.
const page = "policypack/docs/compatibility.md"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	pipeguard := flag.String("pipeguard", "bin/pipeguard", "the `binary` that previews")
	only := flag.String("only", "", "preview the programs whose path contains this `text`, and keep the other rows of the page")
	flag.Parse()
	if err := run(ctx, ".", *pipeguard, *only, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "compat: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, pipeguard, only string, stderr io.Writer) error {
	pipeguard, err := filepath.Abs(pipeguard)
	if err != nil {
		return fmt.Errorf("finding the binary: %w", err)
	}
	registry, err := rules.All()
	if err != nil {
		return fmt.Errorf("registering the rules: %w", err)
	}
	languages, err := load(root)
	if err != nil {
		return err
	}
	if only != "" {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			return fmt.Errorf("reading the page: %w", err)
		}
		readOutcomes(string(text), languages)
	}
	temporary, err := os.MkdirTemp("", "pipeguard-compat-")
	if err != nil {
		return fmt.Errorf("making a folder for the programs: %w", err)
	}
	defer os.RemoveAll(temporary)
	if err := previewAll(ctx, previewer{root, pipeguard, temporary, registry.Rules()}, languages, only, stderr); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, page), []byte(render(languages)), 0o644); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return differences(languages)
}

// previewAll fills in the outcomes of the programs whose path contains only.
func previewAll(ctx context.Context, p previewer, languages []language, only string, stderr io.Writer) error {
	selected := func(p program) bool { return strings.Contains(p.Path, only) }
	begin := time.Now()
	var (
		running  sync.WaitGroup
		mu       sync.Mutex
		failures []error
		slots    = make(chan struct{}, runtime.GOMAXPROCS(0))
	)
	for i := range languages {
		l := &languages[i]
		for j := range l.Versions {
			if l.Versions[j].Missing != "" || !slices.ContainsFunc(l.Programs, selected) {
				continue
			}
			tree, err := p.prepare(ctx, *l, l.Versions[j])
			if err != nil {
				return fmt.Errorf("preparing the programs in %s for version %s: %w", l.Name, l.Versions[j].Number, err)
			}
			for k := range l.Programs {
				if !selected(l.Programs[k]) {
					continue
				}
				slots <- struct{}{}
				running.Go(func() {
					defer func() { <-slots }()
					program := &l.Programs[k]
					cell, err := p.preview(ctx, tree, *l, *program)
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						failures = append(failures, fmt.Errorf("previewing %s with version %s: %w", program.Path, l.Versions[j].Number, err))
						return
					}
					program.Cells[j] = cell
					fmt.Fprintf(stderr, "%4.0f s  %s %s %s: %s\n", time.Since(begin).Seconds(), l.Name, l.Versions[j].Number, program.Path, cell)
				})
			}
		}
	}
	running.Wait()
	return errors.Join(failures...)
}

// differences returns an error that names the previews whose findings are not those that the
// program is written to have.
func differences(languages []language) error {
	var failures []error
	for _, l := range languages {
		for _, p := range l.Programs {
			for j, cell := range p.Cells {
				if strings.HasPrefix(cell, differs) || p.Native == l.Versions[j].Major() && !strings.HasPrefix(cell, same) {
					failures = append(failures, fmt.Errorf("%s, %s %s: %s", p.Path, l.Name, l.Versions[j].Number, cell))
				}
			}
		}
	}
	return errors.Join(failures...)
}
