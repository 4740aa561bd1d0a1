// Package adapter lets a current Pulumi engine run programs and policy packs with
// the older language hosts that are part of the Pulumi SDK module (v3.66.0; newer
// ones are modules of their own that are not published). It starts such a host and
// forwards the engine's calls, translating what the old hosts do not know.
package adapter

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

// Main runs an executable that stands in for a language host. It is installed under
// the host's name, as pulumi-language-go, and the host is libexec/pulumi-language-go
// beside it. Arguments are the ones that the engine gives a language host; they are
// passed on unchanged.
func Main(lang Language) error {
	// The parent-death signal is tied to the thread that starts the child, so
	// this goroutine keeps that thread to itself for as long as it lives.
	runtime.LockOSThread()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the folder of this executable: %w", err)
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return fmt.Errorf("finding the folder of this executable: %w", err)
	}
	dir, name := filepath.Split(self)
	lang.Path = filepath.Join(dir, "libexec", name)
	return adapt(ctx, lang, os.Args[1:], os.Stdout, os.Stderr)
}
