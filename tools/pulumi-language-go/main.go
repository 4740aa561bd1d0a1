// Command pulumi-language-go lets a current Pulumi CLI compile a policy pack
// from its source folder with an older Go language host.
//
// The newest Go language host that is part of the Pulumi SDK module (v3.66.0)
// takes the folder of a plugin from RunPluginRequest.program. Today's engine
// names that folder in RunPluginRequest.info only, so that host compiles the
// Pulumi program in place of the policy pack. This command starts that host,
// copies the folder into the field it reads, and forwards everything else
// unchanged.
//
// The host is libexec/pulumi-language-go beside this executable. Arguments are
// the ones the engine gives a language host; they are handed on as they are.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

func main() {
	// The parent-death signal is tied to the thread that starts the child, so
	// this goroutine keeps that thread to itself for as long as it lives.
	runtime.LockOSThread()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-go: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the folder of this executable: %w", err)
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return fmt.Errorf("finding the folder of this executable: %w", err)
	}
	host := filepath.Join(filepath.Dir(self), "libexec", "pulumi-language-go")
	return adapt(ctx, host, os.Args[1:], os.Stdout, os.Stderr)
}
