package cli

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progressAfter is how long an operation may take before the user sees that it is in progress.
const progressAfter = time.Second

// progress shows on a terminal that a long operation is in progress, until done is called.
func progress(w io.Writer, doing string) (done func()) {
	if _, ok := terminalWidth(w); !ok {
		return func() {}
	}
	stop := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		start := time.Now()
		tick := time.NewTicker(progressAfter)
		defer tick.Stop()
		for told := false; ; told = true {
			select {
			case <-stop:
				if told {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			case <-tick.C:
				fmt.Fprintf(w, "\r\x1b[Kpipeguard: %s (%d s)", doing, int(time.Since(start).Seconds()))
			}
		}
	})
	return func() {
		close(stop)
		ended.Wait()
	}
}
