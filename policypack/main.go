// The policy pack as Pulumi's Go language host builds it, for
// `pulumi preview --policy-pack ./policypack`. The installed binary,
// cmd/pipeguard, serves the same rules. Keep the imports few: every preview
// that names this folder links this program.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pipeguard/pipeguard/policypack/internal/analyzer"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
	"github.com/pipeguard/pipeguard/policypack/internal/version"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "pipeguard: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	registry, err := rules.All()
	if err != nil {
		return fmt.Errorf("registering the rules: %w", err)
	}
	return analyzer.Serve(context.Background(), os.Args[1:], os.Stdout, registry, version.Version)
}
