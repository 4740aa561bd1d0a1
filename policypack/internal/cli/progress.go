package cli

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progressAfter is how long something may take before the user sees that it
// goes on.
const progressAfter = time.Second

// progress tells, on a terminal, that something which takes long goes on. The
// function that it returns ends it.
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
