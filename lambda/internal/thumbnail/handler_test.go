package thumbnail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/lambda/internal/emf"
	"github.com/pipeguard/pipeguard/lambda/internal/render"
)

// memoryStore keeps objects by address.
type memoryStore struct {
	objects map[string][]byte
	// failPut makes Put fail for these addresses.
	failPut map[string]error
	// beforeGet is called by each Get.
	beforeGet func()
}

var errMissing = errors.New("no such object")

func (m *memoryStore) Get(ctx context.Context, object Object, _ int64) ([]byte, error) {
	if m.beforeGet != nil {
		m.beforeGet()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
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

// written returns the addresses outside of the bucket of originals.
func (m *memoryStore) written() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(m.objects)), func(address string) bool {
		return strings.HasPrefix(address, "s3://in/")
	})
}

// newTestHandler returns a handler that logs and counts into the writer.
func newTestHandler(store ObjectStore, config Config, output io.Writer) *Handler {
	metrics := &emf.Writer{
		Out: output, Namespace: config.MetricsNamespace,
		Dimensions: map[string]string{"FunctionName": "thumbnailer"},
		Now:        func() time.Time { return time.UnixMilli(1_700_000_000_000) },
	}
	return NewHandler(store, config, slog.New(slog.NewJSONHandler(output, nil)), metrics, nil)
}

// drawing returns a JPEG file of the given size.
func drawing(t *testing.T, width, height int) []byte {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(i/4%width) | 0x80
	}
	var buffer bytes.Buffer
	require.NoError(t, jpeg.Encode(&buffer, picture, nil))
	return buffer.Bytes()
}

func thumbnailSize(t *testing.T, file []byte) image.Point {
	t.Helper()
	config, err := jpeg.DecodeConfig(bytes.NewReader(file))
	require.NoError(t, err)
	return image.Pt(config.Width, config.Height)
}

func event(records ...events.S3EventRecord) events.S3Event { return events.S3Event{Records: records} }

func TestHandleWritesEveryThumbnailOfEachRecord(t *testing.T) {
	t.Parallel()
	store := &memoryStore{objects: map[string][]byte{
		"s3://in/uploads/a.jpg":    drawing(t, 800, 400),
		"s3://in/uploads/b c.jpg":  drawing(t, 400, 800),
		"s3://in/uploads/left.jpg": drawing(t, 10, 10),
	}}
	config := testConfig()
	config.Render.Boxes = append(config.Render.Boxes, render.Size{Width: 50, Height: 50})
	handler := newTestHandler(store, config, io.Discard)

	require.NoError(t, handler.Handle(t.Context(), event(created("in", "uploads/a.jpg"), created("in", "uploads/b+c.jpg"))))

	assert.Equal(t, []string{
		"s3://out/thumbnails/200x200/a.jpg", "s3://out/thumbnails/200x200/b c.jpg",
		"s3://out/thumbnails/50x50/a.jpg", "s3://out/thumbnails/50x50/b c.jpg",
	}, store.written())
	assert.Equal(t, image.Pt(200, 100), thumbnailSize(t, store.objects["s3://out/thumbnails/200x200/a.jpg"]))
	assert.Equal(t, image.Pt(25, 50), thumbnailSize(t, store.objects["s3://out/thumbnails/50x50/b c.jpg"]))
}

func TestHandleOverwritesWithTheSameBytes(t *testing.T) {
	t.Parallel()
	store := &memoryStore{objects: map[string][]byte{"s3://in/uploads/a.jpg": drawing(t, 800, 400)}}
	handler := newTestHandler(store, testConfig(), io.Discard)
	require.NoError(t, handler.Handle(t.Context(), event(created("in", "uploads/a.jpg"))))
	first := store.objects["s3://out/thumbnails/200x200/a.jpg"]
	require.NoError(t, handler.Handle(t.Context(), event(created("in", "uploads/a.jpg"), created("in", "uploads/a.jpg"))))
	assert.Len(t, store.written(), 1)
	assert.Equal(t, first, store.objects["s3://out/thumbnails/200x200/a.jpg"])
}

func TestHandleCarriesOnAfterAFailureAndReportsAll(t *testing.T) {
	t.Parallel()
	errThrottled := errors.New("slow down")
	store := &memoryStore{
		objects: map[string][]byte{
			"s3://in/uploads/text.jpg":      []byte("not an image"),
			"s3://in/uploads/throttled.jpg": drawing(t, 10, 10),
			"s3://in/uploads/good.jpg":      drawing(t, 10, 10),
		},
		failPut: map[string]error{"s3://out/thumbnails/200x200/throttled.jpg": errThrottled},
	}
	handler := newTestHandler(store, testConfig(), io.Discard)

	err := handler.Handle(t.Context(), event(
		created("in", "uploads/missing.jpg"),
		created("in", "uploads/text.jpg"),
		created("in", "uploads/throttled.jpg"),
		created("out", "thumbnails/200x200/good.jpg"),
		created("in", "uploads/%zz.jpg"),
		created("in", "uploads/good.jpg"),
	))

	require.ErrorIs(t, err, errMissing)
	require.ErrorIs(t, err, render.ErrUnsupported)
	require.ErrorIs(t, err, errThrottled)
	require.ErrorIs(t, err, ErrRefused)
	require.ErrorIs(t, err, ErrBadKey)
	assert.IsType(t, &TransientError{}, err)
	assert.Len(t, strings.Split(err.Error(), "\n"), 5)
	require.ErrorContains(t, err, "record 2 of 6, permanent: ")
	require.ErrorContains(t, err, "record 3 of 6, transient: slow down")
	assert.Equal(t, []string{"s3://out/thumbnails/200x200/good.jpg"}, store.written())
}

func TestHandleReportsAPermanentErrorWhenNothingElseWentWrong(t *testing.T) {
	t.Parallel()
	store := &memoryStore{objects: map[string][]byte{"s3://in/uploads/text.jpg": []byte("not an image")}}
	err := newTestHandler(store, testConfig(), io.Discard).Handle(t.Context(), event(created("in", "uploads/text.jpg")))
	assert.IsType(t, &PermanentError{}, err)
}

func TestHandleAcceptsAnEventWithoutRecords(t *testing.T) {
	t.Parallel()
	var output bytes.Buffer
	require.NoError(t, newTestHandler(&memoryStore{}, testConfig(), &output).Handle(t.Context(), event()))
	assert.Empty(t, output.String())
}

func TestAPanicFailsItsRecordOnly(t *testing.T) {
	t.Parallel()
	store := &memoryStore{objects: map[string][]byte{
		"s3://in/uploads/crafted.jpg": []byte("crafted"),
		"s3://in/uploads/good.jpg":    drawing(t, 10, 10),
	}}
	var output bytes.Buffer
	handler := newTestHandler(store, testConfig(), &output)
	handler.render = func(ctx context.Context, original []byte, options render.Options) ([]render.Thumbnail, render.Source, error) {
		if string(original) == "crafted" {
			panic("index out of range")
		}
		return render.Thumbnails(ctx, original, options)
	}

	err := handler.Handle(t.Context(), event(created("in", "uploads/crafted.jpg"), created("in", "uploads/good.jpg")))

	assert.IsType(t, &PermanentError{}, err)
	require.EqualError(t, err, "record 1 of 2, permanent: panic: index out of range")
	assert.Equal(t, []string{"s3://out/thumbnails/200x200/good.jpg"}, store.written())
	assert.Contains(t, output.String(), "handler_test.go", "the stack is logged")
}

func TestHandleStopsAMarginBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	store := &memoryStore{objects: map[string][]byte{"s3://in/uploads/a.jpg": drawing(t, 10, 10)}}
	config := testConfig()
	config.DeadlineMargin = time.Minute
	// Thirty seconds are left, which is less than the margin.
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	err := newTestHandler(store, config, io.Discard).Handle(ctx, event(created("in", "uploads/a.jpg")))

	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "no time left to begin with s3://in/uploads/a.jpg")
	assert.IsType(t, &TransientError{}, err)
	assert.Empty(t, store.written())
}

func TestHandleEndsARecordThatIsUnderWayAtTheDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	handler := newTestHandler(&memoryStore{beforeGet: cancel}, testConfig(), io.Discard)
	err := handler.Handle(ctx, event(created("in", "uploads/a.jpg"), created("in", "uploads/b.jpg")))
	require.ErrorContains(t, err, "record 1 of 2, transient: context canceled")
	require.ErrorContains(t, err, "record 2 of 2, transient: no time left")
}

// lines returns the JSON lines of the output: one for each record, and the counters.
func lines(t *testing.T, output string) []map[string]any {
	t.Helper()
	var result []map[string]any
	for line := range strings.Lines(output) {
		var decoded map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &decoded), line)
		result = append(result, decoded)
	}
	return result
}

func TestHandleLogsEachRecordAndCounts(t *testing.T) {
	t.Parallel()
	original := drawing(t, 800, 400)
	store := &memoryStore{objects: map[string][]byte{
		"s3://in/uploads/a b.jpg":  original,
		"s3://in/uploads/text.jpg": []byte("secret text"),
	}}
	var output bytes.Buffer
	handler := newTestHandler(store, testConfig(), &output)
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
	record := created("in", "uploads/a+b.jpg")
	record.S3.Object.VersionID = "v1"

	err := handler.Handle(ctx, event(record, created("in", "uploads/text.jpg"), created("in", "uploads/missing.jpg")))
	require.Error(t, err)

	logged := lines(t, output.String())
	require.Len(t, logged, 4)
	thumbnail := store.objects["s3://out/thumbnails/200x200/a b.jpg"]
	assert.Subset(t, logged[0], map[string]any{
		"level": "INFO", "msg": "thumbnails written", "requestId": "request-1",
		"bucket": "in", "key": "uploads/a b.jpg", "versionId": "v1",
		"format": "jpeg", "width": 800.0, "height": 400.0, "bytes": float64(len(original)),
		"thumbnails": 1.0, "thumbnailBytes": float64(len(thumbnail)),
	})
	for _, duration := range []string{"readMs", "renderMs", "writeMs", "durationMs"} {
		assert.Contains(t, logged[0], duration)
	}
	assert.Subset(t, logged[1], map[string]any{
		"level": "ERROR", "msg": "thumbnails failed", "requestId": "request-1", "key": "uploads/text.jpg",
		"failure": "permanent", "bytes": 11.0,
	})
	assert.Contains(t, logged[1]["error"], "unsupported image")
	assert.Subset(t, logged[2], map[string]any{"level": "ERROR", "failure": "transient", "error": "no such object"})
	assert.Subset(t, logged[3], map[string]any{
		"requestId": "request-1", "FunctionName": "thumbnailer", "ImagesProcessed": []any{1.0}, "ThumbnailsWritten": []any{1.0},
		"PermanentFailures": []any{1.0}, "TransientFailures": []any{1.0}, "ImageBytes": []any{float64(len(original)), 11.0},
	})
	assert.Len(t, logged[3]["ImageDuration"], 3)
	assert.NotContains(t, output.String(), "secret text")
}

func TestTransparencyLiesOnTheConfiguredColor(t *testing.T) {
	t.Parallel()
	config := testConfig()
	config.Render.Background = color.NRGBA{G: 255, A: 255}
	// A GIF of one pixel, which is transparent.
	clear := []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")
	store := &memoryStore{objects: map[string][]byte{"s3://in/uploads/a.gif": clear}}
	require.NoError(t, newTestHandler(store, config, io.Discard).Handle(t.Context(), event(created("in", "uploads/a.gif"))))
	picture, err := jpeg.Decode(bytes.NewReader(store.objects["s3://out/thumbnails/200x200/a.gif"]))
	require.NoError(t, err)
	_, g, b, _ := picture.At(0, 0).RGBA()
	assert.Greater(t, g, uint32(0xf000))
	assert.Less(t, b, uint32(0x1000))
}
