package thumbnail

import (
	"context"
	"log/slog"
	"time"

	"github.com/pipeguard/pipeguard/lambda/internal/emf"
)

// report logs one line for a record, whether it succeeded or not: everything
// that is known about it, and nothing of the image itself.
func (j *job) report(ctx context.Context, log *slog.Logger, err error) {
	key := j.original.Key
	if key == "" {
		// It was not even decoded.
		key = j.record.S3.Object.Key
	}
	attributes := []slog.Attr{
		slog.String("bucket", j.record.S3.Bucket.Name),
		slog.String("key", key),
		slog.String("versionId", j.record.S3.Object.VersionID),
		slog.String("format", j.source.Format),
		slog.Int("width", j.source.Size.Width),
		slog.Int("height", j.source.Size.Height),
		slog.Int("bytes", j.size),
		slog.Int("thumbnails", len(j.thumbnails)),
		slog.Int("thumbnailBytes", j.thumbnailBytes()),
		slog.Float64("readMs", milliseconds(j.read)),
		slog.Float64("renderMs", milliseconds(j.rendered)),
		slog.Float64("writeMs", milliseconds(j.written)),
		slog.Float64("durationMs", milliseconds(j.total)),
	}
	if err == nil {
		log.LogAttrs(ctx, slog.LevelInfo, "thumbnails written", attributes...)
		return
	}
	log.LogAttrs(ctx, slog.LevelError, "thumbnails failed", append(attributes, slog.String("failure", kind(err)), slog.Any("error", err))...)
}

func (j *job) thumbnailBytes() int {
	total := 0
	for _, thumbnail := range j.thumbnails {
		total += len(thumbnail.JPEG)
	}
	return total
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// tally sums up an invocation.
type tally struct {
	images, thumbnails, permanent, transient float64
	bytes, durations                         []float64
}

func (t *tally) add(j *job, err error) {
	t.thumbnails += float64(len(j.thumbnails))
	t.durations = append(t.durations, milliseconds(j.total))
	if j.size > 0 {
		t.bytes = append(t.bytes, float64(j.size))
	}
	switch {
	case err == nil:
		t.images++
	case kind(err) == "permanent":
		t.permanent++
	default:
		t.transient++
	}
}

// metrics returns the counters, including zeros: an alarm can distinguish no
// failures from no invocations.
func (t *tally) metrics() []emf.Metric {
	if len(t.durations) == 0 {
		return nil
	}
	return []emf.Metric{
		{Name: "ImagesProcessed", Unit: emf.Count, Values: []float64{t.images}},
		{Name: "ThumbnailsWritten", Unit: emf.Count, Values: []float64{t.thumbnails}},
		{Name: "PermanentFailures", Unit: emf.Count, Values: []float64{t.permanent}},
		{Name: "TransientFailures", Unit: emf.Count, Values: []float64{t.transient}},
		{Name: "ImageBytes", Unit: emf.Bytes, Values: t.bytes},
		{Name: "ImageDuration", Unit: emf.Milliseconds, Values: t.durations},
	}
}
