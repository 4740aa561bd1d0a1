package main

import (
	"context"
	"time"
)

// startRuns is how often each pack is started. Starts are short and cheap, so there are many.
const startRuns = 60

// measureStart measures the time from the start of the process until the pack is
// configured. empty is a pack that links the engine, too. The packs take turns, so
// that other work of the machine affects both alike.
func measureStart(ctx context.Context, t *table, e *engine, pipeguard, empty string) error {
	var times [2]samples
	for range startRuns {
		for i, binary := range []string{pipeguard, empty} {
			begin := time.Now()
			a, err := e.start(ctx, binary)
			if err != nil {
				return err
			}
			times[i] = append(times[i], time.Since(begin).Seconds())
			a.kill()
		}
	}
	t.ratio("start to configured, pipeguard/empty with the engine linked in", times[0], times[1], 2, "pipeguard", "empty")
	return nil
}
