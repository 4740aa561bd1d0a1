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
	err = measure(ctx, &t, stderr, engine, b, temporary, *previewed)
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

func measure(
	ctx context.Context, t *table, stderr io.Writer, e *engine, b binaries, temporary, program string,
) error {
	begin := time.Now()
	progress := func(what string) {
		fmt.Fprintf(stderr, "%4.0f s  measuring %s\n", time.Since(begin).Seconds(), what)
	}
	if err := measureSize(t, b); err != nil {
		return err
	}
	progress("the start")
	if err := measureStart(ctx, t, e, b.pipeguard, b.emptyWithEngine); err != nil {
		return err
	}
	progress("the check of exports")
	if err := measureCheck(ctx, t, b.pipeguard, temporary); err != nil {
		return err
	}
	progress("the check of large programs")
	if err := measureSource(ctx, t, b.pipeguard, temporary); err != nil {
		return err
	}
	progress("previews of " + program)
	if err := measurePreview(ctx, t, temporary, b.pipeguard, b.emptyProvider, program); err != nil {
		return err
	}
	for _, l := range largePrograms {
		progress("previews of a large program in " + l.language)
		if err := measureLargePreview(ctx, t, temporary, b, l); err != nil {
			return err
		}
	}
	for _, p := range []phase{firstPreview, deployed} {
		progress("the analysis of a stack, " + p.String())
		if err := measureAnalysis(ctx, t, e, b.pipeguard, b.empty, p); err != nil {
			return err
		}
	}
	return nil
}
