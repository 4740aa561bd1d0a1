package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestQuantileInterpolatesBetweenSamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		samples samples
		q, want float64
	}{
		{samples{7}, 0.5, 7},
		{samples{3, 1, 2}, 0.5, 2},
		{samples{4, 1, 3, 2}, 0.5, 2.5},
		{samples{10, 0, 20, 30, 40}, 0.25, 10},
		{samples{10, 0}, 0.75, 7.5},
		{samples{5, 9, 1}, 0, 1},
		{samples{5, 9, 1}, 1, 9},
	} {
		assert.InDelta(t, c.want, c.samples.quantile(c.q), 1e-9, "%v at %g", c.samples, c.q)
	}
}

func TestTableShowsWhatIsOverItsBar(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		figure figure
		cells  []string
		end    string
	}{
		"within":     {figure{name: "x", measured: 1.5, bar: 2, unit: "×"}, []string{"x", "1.50 ×", "≤ 2 ×", "ok"}, "within"},
		"at the bar": {figure{name: "x", measured: 2, bar: 2, unit: "×"}, []string{"x", "2.00 ×", "≤ 2 ×", "ok"}, "within"},
		"over":       {figure{name: "x", measured: 0.31, bar: 0.3, unit: "s"}, []string{"x", "0.31 s", "≤ 0.3 s", "OVER"}, "OVER: 1 "},
		"no bar":     {figure{name: "x", measured: 9, unit: "×"}, []string{"x", "9.00 ×"}, "within"},
	} {
		var table table
		table.add(c.figure)
		var out strings.Builder
		require.NoError(t, table.write(&out), name)
		lines := strings.Split(out.String(), "\n")
		require.Greater(t, len(lines), 3, name)
		assert.Equal(t, strings.Fields(strings.Join(c.cells, " ")), strings.Fields(lines[1]), name)
		assert.Contains(t, lines[3], c.end, name)
	}
}

func TestRatioIsThatOfTheMedians(t *testing.T) {
	t.Parallel()
	var table table
	table.ratio("start", samples{0.3, 0.1, 0.2}, samples{0.1, 0.1, 0.9}, 2, "ours", "theirs")
	require.Len(t, table.figures, 1)
	assert.InDelta(t, 2, table.figures[0].measured, 1e-9)
	assert.Equal(t, "ours 200ms (150ms to 250ms, n=3), theirs 100ms (100ms to 500ms, n=3)", table.figures[0].from)
}
