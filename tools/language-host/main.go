// Command language-host lets a current Pulumi engine run programs and policy
// packs with the older language hosts that are part of the Pulumi SDK module
// (v3.66.0; newer ones are modules of their own that are not published). It
// starts such a host, forwards the engine's calls, and translates what the host
// does not know:
//
//   - Go: the host takes the folder of a plugin from RunPluginRequest.program.
//     Today's engine names it in RunPluginRequest.info only, so the host would
//     compile the Pulumi program in place of the policy pack.
//   - Python: the host takes the virtual environment as a flag. Today's engine
//     sends runtime.options of Pulumi.yaml with each call instead, so the host
//     would run the program with the Python that is first on the PATH.
//
// Installed as pulumi-language-NAME, it runs the host libexec/pulumi-language-NAME
// beside it. Arguments are the ones the engine gives a language host; they are
// handed on as they are.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

func main() {
	// The parent-death signal is tied to the thread that starts the child, so
	// this goroutine keeps that thread to itself for as long as it lives.
	runtime.LockOSThread()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
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
	dir, name := filepath.Split(self)
	path := filepath.Join(dir, "libexec", name)
	var host language
	switch strings.TrimSuffix(name, ".exe") {
	case "pulumi-language-go":
		host = language{name: "Go", path: path}
	case "pulumi-language-python":
		host = python(path)
	default:
		return fmt.Errorf("%s is not the name of a language host that needs this adapter; "+
			"install it as pulumi-language-go or pulumi-language-python", name)
	}
	return adapt(ctx, host, os.Args[1:], os.Stdout, os.Stderr)
}
