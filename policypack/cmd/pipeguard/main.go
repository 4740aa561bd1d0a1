// Pipeguard is one binary in four roles: the policy pack that the Pulumi engine
// starts, the provider that plans AWS resources without an account, the command
// line, and a tool for `go vet -vettool`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/pipeguard/pipeguard/policypack/internal/analyzer"
	"github.com/pipeguard/pipeguard/policypack/internal/cli"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/terminal"
	"github.com/pipeguard/pipeguard/policypack/internal/version"
	"github.com/pipeguard/pipeguard/policypack/internal/vet"
)

func main() {
	terminal.Restore()
	err := run(context.Background(), os.Args)
	if err == nil {
		return
	}
	if !errors.Is(err, cli.ErrReported) {
		fmt.Fprintf(os.Stderr, "pipeguard: %v\n", err)
	}
	os.Exit(cli.ExitCode(err))
}

func run(ctx context.Context, args []string) error {
	if strings.TrimSuffix(filepath.Base(args[0]), ".exe") == cli.PlanProviderName {
		return planprovider.Serve(args[1:], os.Stdout)
	}
	registry, err := rules.All()
	if err != nil {
		return fmt.Errorf("registering the rules: %w", err)
	}
	if isVet(args[1:]) {
		// A dependency of Pulumi's SDK (glog) has taken the flag -v.
		flag.CommandLine = flag.NewFlagSet(args[0], flag.ExitOnError)
		unitchecker.Main(vet.Analyzers(registry)...) // ends the process
	}
	if len(args) > 1 && isAddress(args[1]) {
		return analyzer.Serve(ctx, args[1:], os.Stdout, registry, version.Version)
	}
	return cli.Run(ctx, registry, args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// isVet reports whether the go command runs this as a vet tool: it asks for the
// version, for the flags, or to check the package that a .cfg file describes.
func isVet(args []string) bool {
	if len(args) == 0 {
		return false
	}
	last := args[len(args)-1]
	return last == "-V=full" || last == "-flags" || strings.HasSuffix(last, ".cfg")
}

// isAddress reports whether the argument is the engine's host:port rather than a command.
func isAddress(arg string) bool {
	host, port, err := net.SplitHostPort(arg)
	if err != nil || net.ParseIP(host) == nil && host != "localhost" {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}
