// Package emf writes counters in CloudWatch's embedded metric format: a line of
// JSON on standard output, from which CloudWatch Logs extracts metrics without
// any API call.
package emf

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// These are units of CloudWatch.
const (
	Count        = "Count"
	Bytes        = "Bytes"
	Milliseconds = "Milliseconds"
)

// maxValues is how many values of a metric one line may contain.
const maxValues = 100

// Metric holds the values of one metric since the last line.
type Metric struct {
	// Name is the metric's name, Unit one of the constants.
	Name, Unit string
	// Values are kept one by one, so that CloudWatch can compute percentiles.
	Values []float64
}

// Writer writes metrics of one namespace.
type Writer struct {
	// Out receives one line for each write.
	Out io.Writer
	// Namespace is where CloudWatch files the metrics.
	Namespace string
	// Dimensions are the names and values that distinguish the metrics from
	// those of other functions.
	Dimensions map[string]string
	// Now returns the time.
	Now func() time.Time
}

// directive tells CloudWatch which members of a line are metrics.
type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []definition
}

type definition struct {
	Name, Unit string
}

// Write writes the metrics that have values. The properties are further members
// of the line, which CloudWatch keeps but does not count.
func (w *Writer) Write(properties map[string]string, metrics ...Metric) error {
	for len(metrics) > 0 {
		line := map[string]any{}
		for name, value := range properties {
			line[name] = value
		}
		for name, value := range w.Dimensions {
			line[name] = value
		}
		var defined []definition
		var rest []Metric
		for _, metric := range metrics {
			if len(metric.Values) == 0 {
				continue
			}
			count := min(len(metric.Values), maxValues)
			line[metric.Name] = metric.Values[:count]
			defined = append(defined, definition{metric.Name, metric.Unit})
			if metric.Values = metric.Values[count:]; len(metric.Values) > 0 {
				rest = append(rest, metric)
			}
		}
		if len(defined) == 0 {
			return nil
		}
		line["_aws"] = map[string]any{
			"Timestamp": w.Now().UnixMilli(),
			"CloudWatchMetrics": []directive{{
				Namespace:  w.Namespace,
				Dimensions: [][]string{slices.Sorted(maps.Keys(w.Dimensions))},
				Metrics:    defined,
			}},
		}
		encoded, err := json.Marshal(line)
		if err != nil {
			return fmt.Errorf("encoding metrics: %w", err)
		}
		if _, err := w.Out.Write(append(encoded, '\n')); err != nil {
			return fmt.Errorf("writing metrics: %w", err)
		}
		metrics = rest
	}
	return nil
}
