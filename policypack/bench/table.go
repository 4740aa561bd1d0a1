package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// samples are repeated measurements of one thing, in any unit.
type samples []float64

// quantile returns the value below which a share q, 0 to 1, of the samples
// lies, interpolated between neighbours.
func (s samples) quantile(q float64) float64 {
	sorted := slices.Sorted(slices.Values(s))
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

func (s samples) median() float64 { return s.quantile(0.5) }

// seconds formats the median of durations in seconds, and the range of the
// middle half of them.
func (s samples) seconds() string {
	show := func(v float64) string {
		d := time.Duration(v * float64(time.Second))
		unit := time.Microsecond
		if d.Abs() >= 100*time.Millisecond {
			unit = time.Millisecond
		}
		return d.Round(unit).String()
	}
	return fmt.Sprintf("%s (%s to %s, n=%d)", show(s.median()), show(s.quantile(0.25)), show(s.quantile(0.75)), len(s))
}

// figure is one row of the table.
type figure struct {
	name string
	// measured is shown in the unit and compared with bar, its maximum; a
	// figure without a bar has none.
	measured, bar float64
	unit          string
	// from describes what the figure was calculated from.
	from string
}

func (f figure) verdict() string {
	switch {
	case f.bar == 0:
		return ""
	case f.measured > f.bar:
		return "OVER"
	default:
		return "ok"
	}
}

// table is what a run of the benchmark found.
type table struct{ figures []figure }

func (t *table) add(f figure) { t.figures = append(t.figures, f) }

// ratio adds the figure a as a multiple of b, both of them durations.
func (t *table) ratio(name string, a, b samples, bar float64, aName, bName string) {
	t.add(figure{
		name: name, measured: a.median() / b.median(), bar: bar, unit: "×",
		from: fmt.Sprintf("%s %s, %s %s", aName, a.seconds(), bName, b.seconds()),
	})
}

func (t *table) write(to io.Writer) error {
	if len(t.figures) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FIGURE\tMEASURED\tBAR\t\tFROM: MEDIAN (MIDDLE HALF, RUNS)")
	over := 0
	for _, f := range t.figures {
		bar := ""
		if f.bar != 0 {
			bar = fmt.Sprintf("≤ %g %s", f.bar, f.unit)
		}
		if f.verdict() == "OVER" {
			over++
		}
		fmt.Fprintf(w, "%s\t%.2f %s\t%s\t%s\t%s\n", f.name, f.measured, f.unit, bar, f.verdict(), f.from)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	end := "Every figure above is within its bar."
	if over > 0 {
		end = fmt.Sprintf("%s OVER: %d of the figures above miss their bar.", strings.Repeat("!", 3), over)
	}
	_, err := fmt.Fprintf(to, "\n%s\n", end)
	return err
}
