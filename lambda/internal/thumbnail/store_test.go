package thumbnail

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"image"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/lambda/internal/render"
)

// fakeS3 serves objects by path over HTTP and keeps the last write.
type fakeS3 struct {
	mu      sync.Mutex
	objects map[string][]byte
	// failures is how many more writes are answered with "503 Slow Down".
	failures int
	attempts int
	headers  http.Header
}

func (f *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch r.Method {
	case http.MethodGet:
		content, ok := f.objects[r.URL.Path+versionSuffix(r)]
		if !ok {
			http.Error(w, "<Error><Code>NoSuchKey</Code></Error>", http.StatusNotFound)
			return
		}
		_, _ = w.Write(content)
	case http.MethodPut:
		f.attempts++
		content, err := io.ReadAll(r.Body)
		if err != nil || f.failures > 0 {
			f.failures--
			http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
			return
		}
		f.objects[r.URL.Path] = content
		f.headers = r.Header.Clone()
	default:
		http.Error(w, r.Method, http.StatusMethodNotAllowed)
	}
}

func versionSuffix(r *http.Request) string {
	if version := r.URL.Query().Get("versionId"); version != "" {
		return "@" + version
	}
	return ""
}

// newTestStore returns a store with the real S3 client, connected to a fake S3.
func newTestStore(t *testing.T, fake *fakeS3) *S3Store {
	t.Helper()
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	client := s3.New(s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(server.URL),
		UsePathStyle: true,
		Credentials:  aws.AnonymousCredentials{},
	})
	return NewS3Store(client, testConfig())
}

func TestS3StoreGetsAnObject(t *testing.T) {
	t.Parallel()
	store := newTestStore(t, &fakeS3{objects: map[string][]byte{
		"/in/uploads/my cat + 猫.jpg": []byte("latest"),
		"/in/uploads/a.jpg@v1":       []byte("first"),
	}})
	for name, test := range map[string]struct {
		object Object
		want   string
	}{
		"with an awkward key": {Object{Bucket: "in", Key: "uploads/my cat + 猫.jpg"}, "latest"},
		"by version":          {Object{Bucket: "in", Key: "uploads/a.jpg", VersionID: "v1"}, "first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := store.Get(t.Context(), test.object, 100)
			require.NoError(t, err)
			assert.Equal(t, test.want, string(content))
		})
	}
}

func TestS3StoreNamesTheObjectItCannotGet(t *testing.T) {
	t.Parallel()
	store := newTestStore(t, &fakeS3{})
	_, err := store.Get(t.Context(), Object{Bucket: "in", Key: "uploads/none.jpg"}, 100)
	require.ErrorContains(t, err, "getting s3://in/uploads/none.jpg")
}

func TestS3StoreHoldsToTheLimitOnBytes(t *testing.T) {
	t.Parallel()
	exact := make([]byte, 100)
	store := newTestStore(t, &fakeS3{objects: map[string][]byte{"/in/exact": exact, "/in/over": make([]byte, 101)}})

	content, err := store.Get(t.Context(), Object{Bucket: "in", Key: "exact"}, 100)
	require.NoError(t, err)
	assert.Equal(t, exact, content)

	_, err = store.Get(t.Context(), Object{Bucket: "in", Key: "over"}, 100)
	require.ErrorIs(t, err, render.ErrTooLarge)
}

func TestS3StoreHoldsToTheLimitWhenTheLengthIsUnknown(t *testing.T) {
	t.Parallel()
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1024)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(endless.Close)
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(endless.URL), UsePathStyle: true, Credentials: aws.AnonymousCredentials{},
	})
	_, err := NewS3Store(client, testConfig()).Get(t.Context(), Object{Bucket: "in", Key: "endless"}, 10_000)
	require.ErrorIs(t, err, render.ErrTooLarge)
}

func TestS3StorePutsAnEncryptedJPEG(t *testing.T) {
	t.Parallel()
	fake := &fakeS3{objects: map[string][]byte{}}
	store := newTestStore(t, fake)
	require.NoError(t, store.Put(t.Context(), Object{Bucket: "out", Key: "thumbnails/1 + 1.jpg"}, []byte("image")))

	assert.Equal(t, "image", string(fake.objects["/out/thumbnails/1 + 1.jpg"]))
	assert.Equal(t, "image/jpeg", fake.headers.Get("Content-Type"))
	assert.Equal(t, "5", fake.headers.Get("Content-Length"))
	assert.Equal(t, "max-age=60", fake.headers.Get("Cache-Control"))
	sum := sha256.Sum256([]byte("image"))
	assert.Equal(t, base64.StdEncoding.EncodeToString(sum[:]), fake.headers.Get("X-Amz-Checksum-Sha256"))
	assert.Equal(t, "aws:kms", fake.headers.Get("X-Amz-Server-Side-Encryption"))
	assert.Equal(t, testConfig().KMSKeyARN, fake.headers.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"))
	assert.Equal(t, "true", fake.headers.Get("X-Amz-Server-Side-Encryption-Bucket-Key-Enabled"))
}

func TestS3StoreSendsTheWholeBodyAgainWhenItRetries(t *testing.T) {
	t.Parallel()
	fake := &fakeS3{objects: map[string][]byte{}, failures: 1}
	store := newTestStore(t, fake)
	require.NoError(t, store.Put(t.Context(), Object{Bucket: "out", Key: "a.jpg"}, []byte("image")))

	assert.Equal(t, 2, fake.attempts)
	assert.Equal(t, "image", string(fake.objects["/out/a.jpg"]))
}

// This takes the event as S3 sends it, through the real client, to the stored image.
func TestHandlerAnswersAnEventOfS3(t *testing.T) {
	t.Parallel()
	const notification = `{"Records":[{
		"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2024-05-01T12:00:00.000Z",
		"eventName":"ObjectCreated:Put",
		"s3":{"s3SchemaVersion":"1.0","configurationId":"thumbnails",
			"bucket":{"name":"in","arn":"arn:aws:s3:::in"},
			"object":{"key":"uploads/my+cat+%2B+%E7%8C%AB.jpg","size":1024,"versionId":"v1","sequencer":"0055AED6DCD90281E5"}}}]}`
	var announced events.S3Event
	require.NoError(t, json.Unmarshal([]byte(notification), &announced))
	fake := &fakeS3{objects: map[string][]byte{"/in/uploads/my cat + 猫.jpg@v1": drawing(t, 800, 400)}}

	require.NoError(t, newTestHandler(newTestStore(t, fake), testConfig(), io.Discard).Handle(t.Context(), announced))

	require.Contains(t, fake.objects, "/out/thumbnails/200x200/my cat + 猫.jpg")
	assert.Equal(t, image.Pt(200, 100), thumbnailSize(t, fake.objects["/out/thumbnails/200x200/my cat + 猫.jpg"]))
}

// These are S3's answers as its API documents them, through the real client.
func TestS3sAnswersArePermanentOrTransient(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"no such key":          {404, "<Error><Code>NoSuchKey</Code></Error>", "permanent"},
		"a deleted version":    {405, "<Error><Code>MethodNotAllowed</Code></Error>", "permanent"},
		"archived":             {403, "<Error><Code>InvalidObjectState</Code></Error>", "permanent"},
		"access denied":        {403, "<Error><Code>AccessDenied</Code></Error>", "transient"},
		"throttled":            {503, "<Error><Code>SlowDown</Code></Error>", "transient"},
		"failed":               {500, "<Error><Code>InternalError</Code></Error>", "transient"},
		"something unheard of": {418, "<Error><Code>Teapot</Code></Error>", "transient"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, test.body, test.status)
			}))
			t.Cleanup(server.Close)
			client := s3.New(s3.Options{
				Region: "us-east-1", BaseEndpoint: aws.String(server.URL), UsePathStyle: true,
				Credentials: aws.AnonymousCredentials{}, RetryMaxAttempts: 1,
			})
			handler := newTestHandler(NewS3Store(client, testConfig()), testConfig(), io.Discard)
			err := handler.Handle(t.Context(), event(created("in", "uploads/a.jpg")))
			require.Error(t, err)
			assert.Equal(t, test.want, kind(err))
		})
	}
}
