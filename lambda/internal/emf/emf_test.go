package emf

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newWriter(out *bytes.Buffer) *Writer {
	return &Writer{
		Out: out, Namespace: "Pictures", Dimensions: map[string]string{"FunctionName": "thumbnailer"},
		Now: func() time.Time { return time.UnixMilli(1_700_000_000_123) },
	}
}

func TestWriteMakesALineOfTheEmbeddedMetricFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := newWriter(&out).Write(
		map[string]string{"requestId": "one"},
		Metric{"Images", Count, []float64{2}}, Metric{"Duration", Milliseconds, []float64{1.5, 3}}, Metric{"Unused", Bytes, nil},
	)
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(out.String(), "\n"))
	assert.JSONEq(t, `{
		"_aws": {
			"Timestamp": 1700000000123,
			"CloudWatchMetrics": [{
				"Namespace": "Pictures",
				"Dimensions": [["FunctionName"]],
				"Metrics": [{"Name": "Images", "Unit": "Count"}, {"Name": "Duration", "Unit": "Milliseconds"}]
			}]
		},
		"FunctionName": "thumbnailer",
		"requestId": "one",
		"Images": [2],
		"Duration": [1.5, 3]
	}`, out.String())
}

func TestWriteTakesAnotherLineForMoreThan100Values(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, newWriter(&out).Write(nil, Metric{"Images", Count, []float64{7}}, Metric{"Duration", Milliseconds, make([]float64, 201)}))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	for i, want := range []int{100, 100, 1} {
		assert.Equal(t, want, strings.Count(lines[i], ",0")+strings.Count(lines[i], "[0"), "values in line %d", i)
	}
	assert.Equal(t, 1, strings.Count(out.String(), `"Images":[7]`))
}

func TestWriteWritesNothingWithoutValues(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, newWriter(&out).Write(map[string]string{"requestId": "one"}, Metric{"Images", Count, nil}))
	require.NoError(t, newWriter(&out).Write(nil))
	assert.Empty(t, out.String())
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteReportsWhatGoesWrong(t *testing.T) {
	t.Parallel()
	writer := newWriter(nil)
	writer.Out = full{}
	require.ErrorIs(t, writer.Write(nil, Metric{"Images", Count, []float64{1}}), errFull)
}
