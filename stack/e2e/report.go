package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/stack/e2e/internal/corpus"
	"github.com/pipeguard/pipeguard/stack/e2e/internal/faults"
)

// shown is how many faults of one check are shown.
const shown = 10

// result is the result of a run.
type result struct {
	test        *pipelineTest
	first, last []letter
	checks      []check
}

// report prints the counts, the times and the checks. The error wraps errBroken
// when a check failed.
func (r result) report(out io.Writer) error {
	t := r.test
	fmt.Fprintf(out, "\nuploads       %d: %s\n", t.options.uploads, r.kinds())
	succeeded, attempted := r.durations()
	failed := len(t.attempts) - len(attempted["succeeded"])
	fmt.Fprintf(out, "invocations   %d, of them %d failed; %d processes started\n", len(t.attempts), failed, t.starts)
	fmt.Fprintf(out, "dead letters  %d with faults, %d after the redrive without\n", len(r.first), len(r.last))
	fmt.Fprintf(out, "faults        %s; and toxiproxy's: %s\n", r.faults(), weather())
	fmt.Fprintf(out, "event to thumbnail     %s\n", percentiles(succeeded))
	fmt.Fprintf(out, "successful invocation  %s\n", percentiles(attempted["succeeded"]))
	fmt.Fprintf(out, "failed invocation      %s\n", percentiles(attempted["failed"]))
	fmt.Fprintf(out, "bomb                   %s\n", percentiles(attempted["bomb"]))
	fmt.Fprintf(out, "peak memory   %d MiB of %d MiB\n\n", t.peakKiB>>10, t.pipeline.Function.MemorySize)

	broken := 0
	for _, check := range r.checks {
		if len(check.wrong) == 0 {
			fmt.Fprintf(out, "ok      %s\n", check.name)
			continue
		}
		broken++
		fmt.Fprintf(out, "BROKEN  %s\n", check.name)
		for _, wrong := range check.wrong[:min(shown, len(check.wrong))] {
			fmt.Fprintf(out, "          %s\n", wrong)
		}
		if more := len(check.wrong) - shown; more > 0 {
			fmt.Fprintf(out, "          and %d more\n", more)
		}
	}
	t.say("done")
	if broken > 0 {
		return fmt.Errorf("%w: %d of %d checks failed", errBroken, broken, len(r.checks))
	}
	return nil
}

func (r result) kinds() string {
	repeated := 0
	for _, upload := range r.test.uploads {
		repeated += upload.Times - 1
	}
	parts := make([]string, 0, 6)
	for _, kind := range []corpus.Kind{corpus.Good, corpus.Corrupt, corpus.Foreign, corpus.Bomb} {
		parts = append(parts, fmt.Sprintf("%d %s", len(r.test.uploadsOf(kind)), kind))
	}
	parts = append(parts, fmt.Sprintf("%d repeated", repeated))
	return strings.Join(parts, ", ") + fmt.Sprintf("; besides %d bystanders", len(r.test.uploadsOf(corpus.Bystander)))
}

// durations returns how long successful events took from their arrival on, and
// how long attempts took, by their outcome.
func (r result) durations() (events []time.Duration, attempts map[string][]time.Duration) {
	bombs := map[string]bool{}
	for _, bomb := range r.test.uploadsOf(corpus.Bomb) {
		bombs[bomb.Key] = true
	}
	attempts = map[string][]time.Duration{}
	for _, attempt := range r.test.attempts {
		kind := "failed"
		if attempt.FunctionError == "" {
			kind = "succeeded"
			events = append(events, attempt.Ended.Sub(attempt.Received))
		}
		attempts[kind] = append(attempts[kind], attempt.Duration)
		if objects, err := objectsOf(attempt.Event); err == nil && len(objects) > 0 && bombs[objects[0].key] {
			attempts["bomb"] = append(attempts["bomb"], attempt.Duration)
		}
	}
	return events, attempts
}

func (r result) faults() string {
	counts := r.test.gate.Faults()
	var parts []string
	for kind, n := range counts {
		parts = append(parts, fmt.Sprintf("%d × %s", n, kind))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// percentiles describes durations, in milliseconds.
func percentiles(durations []time.Duration) string {
	if len(durations) == 0 {
		return "none"
	}
	slices.Sort(durations)
	at := func(percent int) int64 { return durations[(len(durations)-1)*percent/100].Milliseconds() }
	return fmt.Sprintf("%d: p50 %d ms, p90 %d ms, p99 %d ms, longest %d ms", len(durations), at(50), at(90), at(99), at(100))
}

// weather describes what toxiproxy does.
func weather() string {
	parts := make([]string, 0, len(faults.Weather))
	for _, toxic := range faults.Weather {
		parts = append(parts, fmt.Sprintf("%s %.0f %%", toxic.Name, 100*toxic.Toxicity))
	}
	return strings.Join(parts, ", ")
}
