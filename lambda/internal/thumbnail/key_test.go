package thumbnail

import (
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testConfig is a small configuration: a 200 × 200 box and tight limits.
func testConfig() Config {
	return Config{
		SourcePrefix:      "uploads/",
		DestinationBucket: "out",
		DestinationPrefix: "thumbnails/",
		KMSKeyARN:         "arn:aws:kms:us-east-1:123456789012:key/one",
		MaxWidth:          200,
		MaxHeight:         200,
		Quality:           85,
		MaxBytes:          1 << 20,
		MaxPixels:         1_000_000,
	}
}

// created is the record of an upload; key is as S3 sends it, encoded.
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
	require.ErrorContains(t, err, `"uploads/%zz.jpg"`)
}

func TestDestinationChangesNothingButThePrefix(t *testing.T) {
	t.Parallel()
	for original, want := range map[string]string{
		"uploads/a.jpg":             "thumbnails/a.jpg",
		"uploads/2024/05/a.jpg":     "thumbnails/2024/05/a.jpg",
		"uploads/uploads/a.jpg":     "thumbnails/uploads/a.jpg",
		"uploads/thumbnails/a.jpg":  "thumbnails/thumbnails/a.jpg",
		"uploads/my cat + 猫.v2.jpg": "thumbnails/my cat + 猫.v2.jpg",
	} {
		t.Run(original, func(t *testing.T) {
			t.Parallel()
			target, err := testConfig().destination(Object{Bucket: "in", Key: original, VersionID: "v1"})
			require.NoError(t, err)
			assert.Equal(t, Object{Bucket: "out", Key: want}, target)
		})
	}
}

func TestDestinationRefusesWhatIsNotAnOriginal(t *testing.T) {
	t.Parallel()
	for name, original := range map[string]Object{
		"its own output":              {Bucket: "out", Key: "thumbnails/a.jpg"},
		"another folder":              {Bucket: "in", Key: "private/a.jpg"},
		"a folder that starts alike":  {Bucket: "in", Key: "uploads-old/a.jpg"},
		"the folder's own marker":     {Bucket: "in", Key: "uploads/"},
		"the prefix in the middle":    {Bucket: "in", Key: "x/uploads/a.jpg"},
		"the prefix in another case":  {Bucket: "in", Key: "Uploads/a.jpg"},
		"thumbnails of another place": {Bucket: "in", Key: "thumbnails/a.jpg"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := testConfig().destination(original)
			require.ErrorIs(t, err, ErrRefused)
			require.ErrorContains(t, err, original.Key)
		})
	}
}

func TestDestinationRefusesItsOutputEvenWhenOriginalsAreKeptAboveIt(t *testing.T) {
	t.Parallel()
	config := testConfig()
	config.SourcePrefix = "pictures/"
	config.DestinationPrefix = "pictures/small/"
	_, err := config.destination(Object{Bucket: "out", Key: "pictures/small/a.jpg"})
	require.ErrorIs(t, err, ErrRefused)
}
