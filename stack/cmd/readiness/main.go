// Command readiness checks a deployed stack: its live resources, and then the
// pipeline itself, with an image of its own that it removes again:
//
//	go run ./stack/cmd/readiness
//
// It needs AWS credentials that may read the resources' settings, and read,
// write and delete in the two buckets. It ends with 0 when every check holds, 1
// when one does not, and 2 when it could not run.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/pipeguard/pipeguard/stack/internal/outputs"
	"github.com/pipeguard/pipeguard/stack/internal/readiness"
)

// pollInterval is the time between two attempts to read a thumbnail.
const pollInterval = 500 * time.Millisecond

// errNotReady ends a run that has found and reported a fault.
var errNotReady = errors.New("the stack is not ready")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errNotReady):
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "readiness:", err)
	os.Exit(2)
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("readiness", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var source outputs.Source
	source.Flags(flags)
	asJSON := flags.Bool("json", false, "write one JSON document at the end instead of a line for each check")
	timeout := flags.Duration("timeout", 3*time.Minute, "longest `time` that all checks together may take")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *timeout <= 0 {
		return fmt.Errorf("--timeout is %s, want more than 0", *timeout)
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()

	deployed, err := outputs.Read(ctx, source, stdin)
	if err != nil {
		return err
	}
	awsConfig, err := config.LoadDefaultConfig(ctx, config.WithRegion(deployed.Region))
	if err != nil {
		return fmt.Errorf("loading the AWS configuration: %w", err)
	}
	stack := readiness.Stack{
		Outputs: deployed,
		Clients: readiness.NewClients(awsConfig),
		Poll:    pollInterval,
		ID:      rand.Text(),
	}
	if *asJSON {
		return reportJSON(ctx, stack.Checks(), stdout)
	}
	return reportText(ctx, stack.Checks(), stdout)
}

// reportText writes a line for each check, and another one for what to do.
func reportText(ctx context.Context, checks []readiness.Check, w io.Writer) error {
	failed := 0
	readiness.Run(ctx, checks, func(result readiness.Result) {
		if result.OK {
			fmt.Fprintf(w, "ok    %s (%d ms)\n", result.Name, result.Milliseconds)
			return
		}
		failed++
		fmt.Fprintf(w, "FAIL  %s (%d ms): %s\n      %s\n", result.Name, result.Milliseconds, result.Found, result.Remedy)
	})
	if failed > 0 {
		fmt.Fprintf(w, "not ready: %d of %d checks fail\n", failed, len(checks))
		return errNotReady
	}
	fmt.Fprintf(w, "ready: all %d checks hold\n", len(checks))
	return nil
}

func reportJSON(ctx context.Context, checks []readiness.Check, w io.Writer) error {
	var document struct {
		Ready  bool               `json:"ready"`
		Checks []readiness.Result `json:"checks"`
	}
	document.Ready = readiness.Run(ctx, checks, func(result readiness.Result) {
		document.Checks = append(document.Checks, result)
	})
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	if !document.Ready {
		return errNotReady
	}
	return nil
}
