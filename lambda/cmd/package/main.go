// Command package builds the function's code archive from anywhere in the
// module and prints its path, size in bytes and SHA-256:
//
//	go run ./lambda/cmd/package -o build/thumbnail.zip
//
// The same sources and Go toolchain give the same bytes, in any folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/pipeguard/pipeguard/lambda/internal/codezip"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("package", flag.ContinueOnError)
	flags.SetOutput(stderr)
	output := flags.String("o", "", "`path` of the zip to write (required)")
	arch := flags.String("arch", "arm64", "`architecture` of the function: "+strings.Join(codezip.Architectures, " or "))
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *output == "" {
		return errors.New("flag -o is missing: where to write the zip")
	}
	archive, err := codezip.Build(ctx, codezip.Options{Output: *output, Arch: *arch})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s %d bytes sha256:%x\n", archive.Path, archive.Size, archive.SHA256)
	return err
}
