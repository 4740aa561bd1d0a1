// Bench measures what pipeguard costs a user of Pulumi, against a policy pack
// in Go that does nothing, and prints a table of each figure and the bar it is
// held to. It fails when something cannot be measured, never for a missed bar:
// a busy machine misses one, and is no defect.
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
	empty := filepath.Join(temporary, "empty")
	if err := buildEmpty(ctx, empty); err != nil {
		return err
	}
	// The stacks that are analyzed come from no program.
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
	err = measure(ctx, &t, stderr, engine, pipeguard, empty, temporary, *previewed)
	// What was measured before a failure is still worth reading.
	return errors.Join(err, t.write(stdout))
}

func measure(
	ctx context.Context, t *table, stderr io.Writer, e *engine, pipeguard, empty, temporary, program string,
) error {
	begin := time.Now()
	progress := func(what string) {
		fmt.Fprintf(stderr, "%4.0f s  measuring %s\n", time.Since(begin).Seconds(), what)
	}
	progress("the start")
	if err := measureStart(ctx, t, e, pipeguard, empty); err != nil {
		return err
	}
	progress("the check of exports")
	if err := measureCheck(ctx, t, pipeguard, temporary); err != nil {
		return err
	}
	progress("the check of large programs")
	if err := measureSource(ctx, t, pipeguard, temporary); err != nil {
		return err
	}
	progress("previews of " + program)
	if err := measurePreview(ctx, t, temporary, pipeguard, program); err != nil {
		return err
	}
	for _, p := range []phase{firstPreview, deployed} {
		progress("the analysis of a stack, " + p.String())
		if err := measureAnalysis(ctx, t, e, pipeguard, empty, p); err != nil {
			return err
		}
	}
	return nil
}

// buildEmpty builds the pack that does nothing, as pipeguard is built.
func buildEmpty(ctx context.Context, to string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", to,
		"github.com/pipeguard/pipeguard/policypack/bench/empty")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the empty policy pack: %w\n%s", err, out)
	}
	return nil
}
