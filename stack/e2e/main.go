// Command e2e sends images through the pipeline that the stack declares, on this
// machine and without an AWS account:
//
//	make e2e
//
// It reads the stack from a preview, sets up a real S3 server (MinIO) and a real
// SQS server (fauxqs) as declared there, and runs the function's own executable
// under Lambda's runtime API, with the declared environment, timeout, memory,
// role, retries and failure path. Between the function and S3 things go wrong:
// requests are throttled, fail, or are done and never answered (package faults),
// and connections are slow or cut (toxiproxy). At the end every good image must
// have its thumbnails, and every other event be in the dead-letter queue.
//
// Two things differ from AWS. The delays between attempts are 600 times shorter,
// and the key's ARN is arn:aws:kms: and the name of the key in the program,
// without region and account: MinIO's one local key can have no other.
//
// It ends with 0 when all of that holds, 1 when something does not, and 2 when it
// could not run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options are the options of the command line.
type options struct {
	root, preview, program string
	uploads, concurrency   int
	seed                   uint64
	limit                  time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errBroken):
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "e2e:", err)
	os.Exit(2)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	flags := flag.NewFlagSet("e2e", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.root, "root", ".", "`folder` of the repository, with the servers in bin/libexec")
	flags.StringVar(&o.program, "program", "stack", "`folder` of the Pulumi program, from the repository's")
	flags.StringVar(&o.preview, "preview", "", "`file` with the output of pulumi preview --json (default: run it)")
	flags.IntVar(&o.uploads, "uploads", 500, "`number` of uploads, at least 20")
	flags.IntVar(&o.concurrency, "concurrency", 4, "maximum `number` of simultaneous invocations, if the stack allows as many")
	flags.Uint64Var(&o.seed, "seed", 1, "`number` that determines which requests fail")
	flags.DurationVar(&o.limit, "limit", 5*time.Minute, "longest `time` that all of it may take")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.uploads < 20 || o.concurrency < 1 {
		return errors.New("--uploads must be at least 20, and --concurrency at least 1")
	}
	var err error
	if o.root, err = filepath.Abs(o.root); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.limit, fmt.Errorf("it took longer than %s", o.limit))
	defer cancel()
	workspace, err := newWorkspace()
	if err != nil {
		return err
	}
	err = test(ctx, o, workspace, stdout)
	if cause := context.Cause(ctx); cause != nil && err != nil && !errors.Is(err, errBroken) {
		err = fmt.Errorf("%w (%w)", err, cause)
	}
	return errors.Join(err, workspace.close())
}
