// Package planprovider is a provider for the `aws` package of Pulumi that can only plan: the real Pulumi
// engine previews a program with it, without credentials, network or the real plugin, and sees what it would
// with the real one where policies look.
//
// It speaks to nothing but the engine. What it answers comes from the program's own arguments, from the
// argument types of the AWS SDK for Go (see package schema below) and from the fixed values in fixed.go.
//
// It differs from the real provider in these ways:
//   - Arguments that are left out and have a default value in AWS's Terraform provider (timeout 3 of a
//     function, for example) stay absent instead of getting that default.
//   - A list or a map that is left out and that the SDK also lists as an output is unknown in the outputs:
//     the SDK does not say whether AWS would fill it in.
//   - Values are checked for their types and names, not for their ranges, patterns or combinations.
//   - In `Diff` only a change of the physical name replaces a resource; all else is an update.
//   - Only resources get a name made up; the real provider also names the inline policies of a role.
//   - Arguments that an untyped program spells in snake_case keep that spelling (see checker.object).
package planprovider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider/internal/schema"
)

// engineCheck is how often to check that the engine still runs, so that a provider whose engine was
// killed does not keep running.
const engineCheck = 2 * time.Second

// Serve serves the provider until the engine ends or the process is asked to stop. args are the process's
// arguments: the first is the engine's address, host:port. It prints the port to stdout, as the engine
// expects of a plugin.
func Serve(args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return errors.New("this is a Pulumi provider: the engine starts it, with its address as the argument")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := rpcutil.Healthcheck(ctx, args[0], engineCheck, cancel); err != nil {
		return fmt.Errorf("watching the engine at %s: %w", args[0], err)
	}
	port, done, err := Start(ctx)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, port); err != nil {
		return fmt.Errorf("printing the port for the engine: %w", err)
	}
	return <-done
}

// Start serves the provider on a port of the loopback interface until ctx ends; done then receives the error
// that ended it, if any. If PULUMI_DEBUG_PROVIDERS is set to aws:<port>, an engine uses it without an
// installed plugin of any version, and without a warning.
func Start(ctx context.Context, opts ...Option) (port int, done <-chan error, err error) {
	return StartPackage(ctx, "aws", Version, opts...)
}

// StartPackage does the same for the provider of another package, or in another version.
func StartPackage(ctx context.Context, pkg, version string, opts ...Option) (port int, done <-chan error, err error) {
	quit := make(chan bool)
	provider := newProvider(pkg, version, opts)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: quit,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(s, provider)
			return nil
		},
		Options: []grpc.ServerOption{grpc.StatsHandler(perConnection{getenv: os.Getenv})},
	})
	if err != nil {
		return 0, nil, fmt.Errorf("serving the plan provider: %w", err)
	}
	go func() {
		<-ctx.Done()
		close(quit)
		provider.engine.close()
	}()
	return handle.Port, handle.Done, nil
}

// newProvider returns the provider of aws in a version, or one that has the schema of another package.
func newProvider(pkg, version string, opts []Option) *provider {
	p := &provider{schema: schema.For(version), pkg: pkg, version: version}
	for _, set := range opts {
		set(&p.options)
	}
	p.engine.report = p.options.warn
	return p
}
