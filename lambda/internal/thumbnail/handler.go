// Package thumbnail makes thumbnails of the images that S3 announces.
package thumbnail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Handler answers S3's events.
type Handler struct {
	store  ObjectStore
	config Config
	log    *slog.Logger
}

// NewHandler returns a handler that reads from and writes to the given store.
func NewHandler(store ObjectStore, config Config, log *slog.Logger) *Handler {
	return &Handler{store: store, config: config, log: log}
}

// Handle makes the thumbnail of each record's object. One that fails does not
// stop the others, and all failures are returned together: Lambda then retries
// the event and at last sends it to the dead-letter queue, so none is lost. A
// retry overwrites the thumbnails that had succeeded with the same bytes.
func (h *Handler) Handle(ctx context.Context, event events.S3Event) error {
	log := h.log
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		log = log.With(slog.String("requestId", invocation.AwsRequestID))
	}
	var errs []error
	for i, record := range event.Records {
		if err := h.handleRecord(ctx, log, record); err != nil {
			log.ErrorContext(
				ctx, "thumbnail failed",
				slog.String("bucket", record.S3.Bucket.Name), slog.String("key", record.S3.Object.Key), slog.Any("error", err),
			)
			errs = append(errs, fmt.Errorf("record %d of %d: %w", i+1, len(event.Records), err))
		}
	}
	return errors.Join(errs...)
}

func (h *Handler) handleRecord(ctx context.Context, log *slog.Logger, record events.S3EventRecord) error {
	start := time.Now()
	original, err := source(record)
	if err != nil {
		return err
	}
	target, err := h.config.destination(original)
	if err != nil {
		return err
	}
	content, err := h.store.Get(ctx, original, h.config.MaxBytes)
	if err != nil {
		return err
	}
	thumbnail, dimensions, err := h.config.render(content)
	if err != nil {
		return fmt.Errorf("making the thumbnail of %s: %w", original, err)
	}
	if err := h.store.Put(ctx, target, thumbnail); err != nil {
		return err
	}
	log.InfoContext(
		ctx, "thumbnail written",
		slog.String("source", original.String()), slog.Int("sourceBytes", len(content)),
		slog.String("destination", target.String()), slog.Int("bytes", len(thumbnail)),
		slog.Int("width", dimensions.width), slog.Int("height", dimensions.height),
		slog.Int64("durationMs", time.Since(start).Milliseconds()),
	)
	return nil
}
