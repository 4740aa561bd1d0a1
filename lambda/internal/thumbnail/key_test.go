package thumbnail

import (
	"image/color"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/lambda/internal/render"
)

// testConfig returns a small configuration: a 200 × 200 box and tight limits.
func testConfig() Config {
	return Config{
		SourcePrefix:      "uploads/",
		DestinationBucket: "out",
		DestinationPrefix: "thumbnails/",
		KMSKeyARN:         "arn:aws:kms:us-east-1:123456789012:key/one",
		CacheControl:      "max-age=60",
		MaxBytes:          1 << 20,
		DeadlineMargin:    time.Second,
		MetricsNamespace:  "Pictures",
		Render: render.Options{
			Boxes:      []render.Size{{Width: 200, Height: 200}},
			Quality:    85,
			Background: color.NRGBA{R: 255, G: 255, B: 255, A: 255},
			MaxPixels:  1_000_000,
			MaxMemory:  16 << 20,
		},
	}
}

// created returns the record of an upload; key is as S3 sends it, encoded.
func created(bucket, key string) events.S3EventRecord {
	return events.S3EventRecord{
		EventName: "ObjectCreated:Put",
		S3:        events.S3Entity{Bucket: events.S3Bucket{Name: bucket}, Object: events.S3Object{Key: key}},
	}
}

func TestSourceDecodesKeys(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ encoded, want string }{
		"plain":        {"uploads/a.jpg", "uploads/a.jpg"},
		"space":        {"uploads/my+cat.jpg", "uploads/my cat.jpg"},
		"plus sign":    {"uploads/1%2B1.jpg", "uploads/1+1.jpg"},
		"percent sign": {"uploads/100%25.jpg", "uploads/100%.jpg"},
		"unicode":      {"uploads/%E7%8C%AB-%C3%A9.jpg", "uploads/猫-é.jpg"},
		"decoded once": {"uploads/%252B.jpg", "uploads/%2B.jpg"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			object, err := source(created("in", test.encoded))
			require.NoError(t, err)
			assert.Equal(t, Object{Bucket: "in", Key: test.want}, object)
		})
	}
}

func TestSourceKeepsTheVersion(t *testing.T) {
	t.Parallel()
	record := created("in", "uploads/a.jpg")
	record.S3.Object.VersionID = "v7"
	object, err := source(record)
	require.NoError(t, err)
	assert.Equal(t, "v7", object.VersionID)
}

func TestSourceNamesAKeyItCannotDecode(t *testing.T) {
	t.Parallel()
	_, err := source(created("in", "uploads/%zz.jpg"))
	require.ErrorIs(t, err, ErrBadKey)
	require.ErrorContains(t, err, `"uploads/%zz.jpg"`)
}

func TestSourceTakesEveryKindOfNewObjectAndNothingElse(t *testing.T) {
	t.Parallel()
	for event, want := range map[string]error{
		"ObjectCreated:Put":                     nil,
		"ObjectCreated:Copy":                    nil,
		"ObjectCreated:CompleteMultipartUpload": nil,
		"s3:ObjectCreated:Post":                 nil,
		"ObjectRemoved:Delete":                  ErrRefused,
		"ObjectRestore:Completed":               ErrRefused,
		"":                                      ErrRefused,
	} {
		record := created("in", "uploads/a.jpg")
		record.EventName = event
		_, err := source(record)
		require.ErrorIs(t, err, want, event)
	}
}

func TestDestinationChangesNothingButThePrefix(t *testing.T) {
	t.Parallel()
	for original, want := range map[string]string{
		"uploads/a.jpg":             "thumbnails/200x200/a.jpg",
		"uploads/2024/05/a.jpg":     "thumbnails/200x200/2024/05/a.jpg",
		"uploads/uploads/a.jpg":     "thumbnails/200x200/uploads/a.jpg",
		"uploads/thumbnails/a.jpg":  "thumbnails/200x200/thumbnails/a.jpg",
		"uploads/my cat + 猫.v2.jpg": "thumbnails/200x200/my cat + 猫.v2.jpg",
	} {
		t.Run(original, func(t *testing.T) {
			t.Parallel()
			targets, err := testConfig().destinations(Object{Bucket: "in", Key: original, VersionID: "v1"})
			require.NoError(t, err)
			assert.Equal(t, []Object{{Bucket: "out", Key: want}}, targets)
		})
	}
}

func TestEveryBoxHasAFolder(t *testing.T) {
	t.Parallel()
	config := testConfig()
	config.Render.Boxes = []render.Size{{Width: 800, Height: 600}, {Width: 64, Height: 64}}
	targets, err := config.destinations(Object{Bucket: "in", Key: "uploads/a/b.png"})
	require.NoError(t, err)
	assert.Equal(t, []Object{
		{Bucket: "out", Key: "thumbnails/800x600/a/b.png"}, {Bucket: "out", Key: "thumbnails/64x64/a/b.png"},
	}, targets)
}

func TestDestinationRefusesWhatIsNotAnOriginal(t *testing.T) {
	t.Parallel()
	for name, original := range map[string]Object{
		"its own output":              {Bucket: "out", Key: "thumbnails/200x200/a.jpg"},
		"any other key of its bucket": {Bucket: "out", Key: "uploads/a.jpg"},
		"thumbnails of another place": {Bucket: "in", Key: "thumbnails/a.jpg"},
		"another folder":              {Bucket: "in", Key: "private/a.jpg"},
		"a folder that starts alike":  {Bucket: "in", Key: "uploads-old/a.jpg"},
		"the folder's own marker":     {Bucket: "in", Key: "uploads/"},
		"the prefix in the middle":    {Bucket: "in", Key: "x/uploads/a.jpg"},
		"the prefix in another case":  {Bucket: "in", Key: "Uploads/a.jpg"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := testConfig().destinations(original)
			require.ErrorIs(t, err, ErrRefused)
			require.ErrorContains(t, err, original.Key)
		})
	}
}

// "thumbnails/200x200/" is eleven bytes longer than "uploads/".
func TestDestinationRefusesAKeyThatWouldGetTooLong(t *testing.T) {
	t.Parallel()
	longest := "uploads/" + strings.Repeat("é", 502) + "x"
	require.Len(t, longest, 1024-11)
	_, err := testConfig().destinations(Object{Bucket: "in", Key: longest})
	require.NoError(t, err)
	_, err = testConfig().destinations(Object{Bucket: "in", Key: longest + "x"})
	require.ErrorIs(t, err, ErrBadKey)
}
