package thumbnail

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/pipeguard/pipeguard/lambda/internal/emf"
	"github.com/pipeguard/pipeguard/lambda/internal/render"
	"github.com/pipeguard/pipeguard/lambda/internal/xray"
)

// Handler answers S3's events.
type Handler struct {
	store   ObjectStore
	config  Config
	log     *slog.Logger
	metrics *emf.Writer
	tracer  *xray.Tracer
	// render is render.Thumbnails, except in tests.
	render func(context.Context, []byte, render.Options) ([]render.Thumbnail, render.Source, error)
}

// NewHandler returns a handler that reads from and writes to the given store.
// The tracer may be nil.
func NewHandler(store ObjectStore, config Config, log *slog.Logger, metrics *emf.Writer, tracer *xray.Tracer) *Handler {
	return &Handler{store: store, config: config, log: log, metrics: metrics, tracer: tracer, render: render.Thumbnails}
}

// Handle makes the thumbnails of each record's object. A failed record does not
// stop the others, and all failures are returned together, as a PermanentError
// or a TransientError: Lambda then retries the event and at last sends it to the
// dead-letter queue, so none is lost. A retry overwrites the thumbnails that had
// succeeded with the same bytes.
func (h *Handler) Handle(ctx context.Context, event events.S3Event) error {
	var requestID string
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		requestID = invocation.AwsRequestID
	}
	log := h.log.With(slog.String("requestId", requestID))
	if deadline, ok := ctx.Deadline(); ok {
		// Lambda ends the process at the deadline, without any report.
		earlier, cancel := context.WithDeadline(ctx, deadline.Add(-h.config.DeadlineMargin))
		defer cancel()
		ctx = earlier
	}

	var errs []error
	var total tally
	for i, record := range event.Records {
		job := &job{Handler: h, record: record}
		err := job.run(ctx)
		job.report(ctx, log, err)
		total.add(job, err)
		if err != nil {
			errs = append(errs, fmt.Errorf("record %d of %d, %s: %w", i+1, len(event.Records), kind(err), err))
		}
	}
	if err := h.metrics.Write(map[string]string{"requestId": requestID}, total.metrics()...); err != nil {
		log.WarnContext(ctx, "metrics lost", slog.Any("error", err))
	}
	return join(errs)
}

// job is the work for one record, and what is known about it.
type job struct {
	*Handler
	record     events.S3EventRecord
	original   Object
	source     render.Source
	size       int
	thumbnails []render.Thumbnail
	// read, rendered and written are how long each step took, total the whole.
	read, rendered, written, total time.Duration
}

// run does the work. Its error is a PermanentError or a TransientError.
func (j *job) run(ctx context.Context) (err error) {
	start := time.Now()
	segment := j.tracer.Begin(ctx, "thumbnail")
	defer func() {
		if cause := recover(); cause != nil {
			// The stack is for whoever fixes the panic, and contains nothing of the image.
			j.log.ErrorContext(ctx, "panic", slog.Any("cause", cause), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("%w: %v", errPanic, cause)
		}
		if err != nil {
			err = classify(err)
		}
		j.total = time.Since(start)
		segment.Annotate("bucket", j.record.S3.Bucket.Name)
		segment.Annotate("key", j.record.S3.Object.Key)
		segment.End(err)
	}()

	if j.original, err = source(j.record); err != nil {
		return err
	}
	targets, err := j.config.destinations(j.original)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("no time left to begin with %s: %w", j.original, err)
	}

	var content []byte
	err = segment.Run("S3", "GetObject", timed(&j.read, func() (err error) {
		content, err = j.store.Get(ctx, j.original, j.config.MaxBytes)
		return err
	}))
	if err != nil {
		return err
	}
	j.size = len(content)

	var thumbnails []render.Thumbnail
	err = segment.Run("render", "", timed(&j.rendered, func() (err error) {
		thumbnails, j.source, err = j.render(ctx, content, j.config.Render)
		return err
	}))
	if err != nil {
		return fmt.Errorf("making the thumbnails of %s: %w", j.original, err)
	}

	for i, thumbnail := range thumbnails {
		err := segment.Run("S3", "PutObject", timed(&j.written, func() error {
			return j.store.Put(ctx, targets[i], thumbnail.JPEG)
		}))
		if err != nil {
			return err
		}
		j.thumbnails = append(j.thumbnails, thumbnail)
	}
	return nil
}

// timed adds the time that work takes to total.
func timed(total *time.Duration, work func() error) func() error {
	return func() error {
		start := time.Now()
		defer func() { *total += time.Since(start) }()
		return work()
	}
}
