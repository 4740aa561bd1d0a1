package check

import (
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// panicPlace returns the file and line that panicked. It is called from a deferred function, so the frame after those
// of package runtime is the culprit.
func panicPlace() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	panicking := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return filepath.Base(frame.File) + ":" + strconv.Itoa(frame.Line)
		}
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !more {
			return "place not known"
		}
	}
}
