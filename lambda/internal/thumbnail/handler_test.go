package thumbnail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// memoryStore keeps objects by their address.
type memoryStore struct {
	objects map[string][]byte
	// failPut makes Put fail for these addresses.
	failPut map[string]error
}

var errMissing = errors.New("no such object")

func (m *memoryStore) Get(_ context.Context, object Object, _ int64) ([]byte, error) {
	content, ok := m.objects[object.String()]
	if !ok {
		return nil, errMissing
	}
	return content, nil
}

func (m *memoryStore) Put(_ context.Context, object Object, image []byte) error {
	if err := m.failPut[object.String()]; err != nil {
		return err
	}
	m.objects[object.String()] = image
	return nil
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestHandleWritesAThumbnailForEachRecord(t *testing.T) {
	t.Parallel()
	store := &memoryStore{objects: map[string][]byte{
		"s3://in/uploads/a.jpg":    encodeJPEG(t, halves(800, 400)),
		"s3://in/uploads/b c.jpg":  encodeJPEG(t, halves(400, 800)),
		"s3://in/uploads/left.jpg": encodeJPEG(t, halves(10, 10)),
	}}
	handler := NewHandler(store, testConfig(), discard())

	err := handler.Handle(t.Context(), events.S3Event{Records: []events.S3EventRecord{
		created("in", "uploads/a.jpg"), created("in", "uploads/b+c.jpg"),
	}})

	require.NoError(t, err)
	written := slices.DeleteFunc(slices.Sorted(maps.Keys(store.objects)), func(address string) bool {
		return strings.HasPrefix(address, "s3://in/")
	})
	assert.Equal(t, []string{"s3://out/thumbnails/a.jpg", "s3://out/thumbnails/b c.jpg"}, written)
	assert.Equal(t, 200, decodeThumbnail(t, store.objects["s3://out/thumbnails/a.jpg"]).Bounds().Dx())
	assert.Equal(t, 100, decodeThumbnail(t, store.objects["s3://out/thumbnails/b c.jpg"]).Bounds().Dx())
}

func TestHandleCarriesOnAfterAFailureAndReportsAll(t *testing.T) {
	t.Parallel()
	errThrottled := errors.New("slow down")
	store := &memoryStore{
		objects: map[string][]byte{
			"s3://in/uploads/text.jpg":      []byte("not an image"),
			"s3://in/uploads/throttled.jpg": encodeJPEG(t, halves(10, 10)),
			"s3://in/uploads/good.jpg":      encodeJPEG(t, halves(10, 10)),
		},
		failPut: map[string]error{"s3://out/thumbnails/throttled.jpg": errThrottled},
	}
	handler := NewHandler(store, testConfig(), discard())

	err := handler.Handle(t.Context(), events.S3Event{Records: []events.S3EventRecord{
		created("in", "uploads/missing.jpg"),
		created("in", "uploads/text.jpg"),
		created("in", "uploads/throttled.jpg"),
		created("out", "thumbnails/good.jpg"),
		created("in", "uploads/%zz.jpg"),
		created("in", "uploads/good.jpg"),
	}})

	require.ErrorIs(t, err, errMissing)
	require.ErrorIs(t, err, ErrUnsupported)
	require.ErrorIs(t, err, errThrottled)
	require.ErrorIs(t, err, ErrRefused)
	assert.Len(t, strings.Split(err.Error(), "\n"), 5)
	require.ErrorContains(t, err, "record 3 of 6: ")
	assert.Contains(t, store.objects, "s3://out/thumbnails/good.jpg")
}

func TestHandleAcceptsAnEventWithoutRecords(t *testing.T) {
	t.Parallel()
	handler := NewHandler(&memoryStore{}, testConfig(), discard())
	require.NoError(t, handler.Handle(t.Context(), events.S3Event{}))
}

func TestHandleLogsOneLineOfJSONPerRecord(t *testing.T) {
	t.Parallel()
	store := &memoryStore{objects: map[string][]byte{"s3://in/uploads/a.jpg": encodeJPEG(t, halves(800, 400))}}
	var output bytes.Buffer
	handler := NewHandler(store, testConfig(), slog.New(slog.NewJSONHandler(&output, nil)))
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})

	err := handler.Handle(ctx, events.S3Event{Records: []events.S3EventRecord{
		created("in", "uploads/a.jpg"), created("in", "uploads/missing.jpg"),
	}})
	require.ErrorIs(t, err, errMissing)

	lines := strings.Split(strings.TrimSpace(output.String()), "\n")
	require.Len(t, lines, 2)
	var written, failed map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &written))
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &failed))
	assert.Subset(t, written, map[string]any{
		"level": "INFO", "requestId": "request-1", "source": "s3://in/uploads/a.jpg",
		"destination": "s3://out/thumbnails/a.jpg", "width": 200.0, "height": 100.0,
	})
	assert.Subset(t, failed, map[string]any{
		"level": "ERROR", "requestId": "request-1", "bucket": "in", "key": "uploads/missing.jpg", "error": "no such object",
	})
}
