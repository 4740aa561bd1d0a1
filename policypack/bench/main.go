// Bench measures what pipeguard costs a user of Pulumi, compared with a policy
// pack in Go that does nothing, and prints a table of each figure and its bar.
// It fails if something cannot be measured, never for a missed bar: a busy
// machine may miss one without a defect.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout, stderr io.Writer) error {
	pack := flag.String("pack", "bin/pipeguard", "the policy pack's `binary`")
	previewed := flag.String("program", "stack", "`folder` of the Pulumi program to preview")
	only := flag.String("only", "", "measure only the parts whose names contain this `text`, as in \"the analysis\"")
	flag.Parse()
	pipeguard, err := filepath.Abs(*pack)
	if err != nil {
		return fmt.Errorf("finding %s: %w", *pack, err)
	}
	temporary, err := os.MkdirTemp("", "pipeguard-bench-")
	if err != nil {
		return fmt.Errorf("making a folder for the benchmark: %w", err)
	}
	defer os.RemoveAll(temporary)
	b := binaries{
		pipeguard: pipeguard,
		empty:     filepath.Join(temporary, "empty"), emptyWithEngine: filepath.Join(temporary, "empty-with-engine"),
		emptyProvider: filepath.Join(temporary, "empty-provider"),
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	// The analyzed stacks come from no program.
	program := filepath.Join(temporary, "empty-program")
	if err := os.Mkdir(program, 0o700); err != nil {
		return fmt.Errorf("making a folder for a program: %w", err)
	}
	engine, err := newEngine(program)
	if err != nil {
		return err
	}
	defer engine.close()

	var t table
	err = measure(ctx, &t, stderr, engine, b, temporary, *previewed, *only)
	// What was measured before a failure is still worth reading.
	return errors.Join(err, t.write(stdout))
}

// binaries are the programs that are measured, by path.
type binaries struct {
	pipeguard string
	// empty is a policy pack that does nothing; emptyWithEngine links Pulumi's
	// engine as well, as pipeguard does. emptyProvider is a provider that does
	// nothing.
	empty, emptyWithEngine, emptyProvider string
}

// build builds those that do nothing, in the way pipeguard is built.
func (b binaries) build(ctx context.Context) error {
	for _, built := range []struct {
		to, tags, folder string
	}{
		{b.empty, "", "empty-analyzer"},
		{b.emptyWithEngine, "engine", "empty-analyzer"},
		{b.emptyProvider, "", "empty-provider"},
	} {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", built.tags, "-ldflags", "-s -w", "-o", built.to,
			"github.com/pipeguard/pipeguard/policypack/bench/"+built.folder)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", built.folder, err, out)
		}
	}
	return nil
}

// measure measures the parts whose names contain only, in order.
func measure(
	ctx context.Context, t *table, stderr io.Writer, e *engine, b binaries, temporary, program, only string,
) error {
	type part struct {
		name    string
		measure func() error
	}
	parts := []part{
		{"the size of the binary", func() error { return measureSize(t, b) }},
		{"the start", func() error { return measureStart(ctx, t, e, b.pipeguard, b.emptyWithEngine) }},
		{"the check of exports", func() error { return measureCheck(ctx, t, b.pipeguard, temporary) }},
		{"the check of large programs", func() error { return measureSource(ctx, t, b.pipeguard, temporary) }},
		{"previews of " + program, func() error {
			return measurePreview(ctx, t, temporary, b.pipeguard, b.emptyProvider, program)
		}},
	}
	for _, l := range largePrograms {
		parts = append(parts, part{"previews of a large program in " + l.language, func() error {
			return measureLargePreview(ctx, t, temporary, b, l)
		}})
	}
	for _, p := range []phase{firstPreview, deployed} {
		parts = append(parts, part{"the analysis of a stack, " + p.String(), func() error {
			return measureAnalysis(ctx, t, e, b.pipeguard, b.empty, p)
		}})
	}
	begin := time.Now()
	for _, p := range parts {
		if !strings.Contains(p.name, only) {
			continue
		}
		fmt.Fprintf(stderr, "%4.0f s  measuring %s\n", time.Since(begin).Seconds(), p.name)
		if err := p.measure(); err != nil {
			return err
		}
	}
	return nil
}
