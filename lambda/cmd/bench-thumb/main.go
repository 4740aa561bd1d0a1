// Command bench-thumb compares what the function does to an image with sharp,
// ImageMagick and the standard library with plain imaging: on the same files, in
// one run, on one core.
//
//	make bench-thumb
//
// It prints the median time of a warm process, the time of a process started
// afresh, its peak memory, and how close the result comes to a Lanczos reduction
// of the whole decoded image (PSNR, over red, green and blue). Times are
// comparable within one run only.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench-thumb:", err)
		os.Exit(1)
	}
}

// run compares, or, if it was started by itself with the name of a step, does
// that step. Each step is a process of its own, which keeps this one small: the
// peak memory of a process is never less than that of the one that started it.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case stepPhotograph:
			return photograph(args[1:])
		case stepThumbnail:
			return thumbnail(ctx, args[1:], stdout)
		case stepPSNR:
			return printPSNR(args[1:], stdout)
		}
	}
	flags := flag.NewFlagSet("bench-thumb", flag.ContinueOnError)
	sharp := flags.String("sharp", "tools/sharp-bench", "`folder` with bench.js and its node_modules")
	rounds := flags.Int("rounds", 5, "how many times each engine is started, both ways")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return compare(ctx, *sharp, *rounds, stdout)
}
