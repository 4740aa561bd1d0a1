// Command redrive gives the events in a deployed stack's dead-letter queue
// another try, once their cause is fixed:
//
//	go run ./stack/cmd/redrive --dry-run
//
// It needs AWS credentials that may read and delete the queue's messages and
// invoke the function. It ends with 0 when the queue is worked off, 1 when
// messages had to be kept, and 2 when it could not run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pipeguard/pipeguard/stack/internal/outputs"
	"github.com/pipeguard/pipeguard/stack/internal/redrive"
)

// errKept ends a run that had to leave messages in the queue.
var errKept = errors.New("messages were kept in the queue")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errKept):
		fmt.Fprintln(os.Stderr, "redrive:", err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "redrive:", err)
	os.Exit(2)
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("redrive", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var source outputs.Source
	source.Flags(flags)
	dryRun := flags.Bool("dry-run", false, "only report what would be done")
	limit := flags.Int("limit", 0, "maximum `number` of events to redrive; 0 is all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *limit < 0 {
		return fmt.Errorf("--limit is %d, want 0 or more", *limit)
	}
	stack, err := outputs.Read(ctx, source, stdin)
	if err != nil {
		return err
	}
	awsConfig, err := config.LoadDefaultConfig(ctx, config.WithRegion(stack.Region))
	if err != nil {
		return fmt.Errorf("loading the AWS configuration: %w", err)
	}
	redriver := redrive.Redriver{
		Queue:        sqs.NewFromConfig(awsConfig),
		Function:     lambda.NewFromConfig(awsConfig),
		QueueURL:     stack.DeadLetterQueueURL,
		FunctionName: stack.FunctionName,
		DryRun:       *dryRun,
		Limit:        *limit,
		Log:          stdout,
		Now:          time.Now,
	}
	summary, err := redriver.Run(ctx)
	verb := "redriven"
	if *dryRun {
		verb = "to redrive"
	}
	fmt.Fprintf(stdout, "%d %s, %d kept\n", summary.Redriven, verb, summary.Kept)
	if err != nil {
		return err
	}
	if summary.Kept > 0 {
		return errKept
	}
	return nil
}
