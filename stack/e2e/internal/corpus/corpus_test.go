package corpus

import (
	"bytes"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

var suffixes = []string{".jpg", ".JPEG", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff"}

func makeUploads(t *testing.T, n int) []Upload {
	t.Helper()
	var filters []Filter
	for _, suffix := range suffixes {
		filters = append(filters, Filter{Prefix: "uploads/", Suffix: suffix})
	}
	uploads, err := Make(n, filters)
	require.NoError(t, err)
	return uploads
}

func TestUploadsHaveTheirShares(t *testing.T) {
	t.Parallel()
	counts, times, keys := map[Kind]int{}, 0, map[string]bool{}
	for _, upload := range makeUploads(t, 100) {
		counts[upload.Kind]++
		keys[upload.Key] = true
		if upload.Kind == Bystander {
			continue
		}
		times += upload.Times
		assert.True(t, strings.HasPrefix(upload.Key, "uploads/"))
	}
	// One in twenty is repeated, corrupt, foreign, and one is a bomb.
	assert.Equal(t, map[Kind]int{Good: 84, Corrupt: 5, Foreign: 5, Bomb: 1, Bystander: 7}, counts)
	assert.Equal(t, 100, times)
	assert.Len(t, keys, 102, "every key is another")
}

func TestUploadsAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	assert.Equal(t, makeUploads(t, 20), makeUploads(t, 20))
}

func TestGoodImagesMatchTheirExtension(t *testing.T) {
	t.Parallel()
	for _, upload := range makeUploads(t, 40) {
		if upload.Kind == Bomb {
			continue // it would be decoded, with a test of its own below
		}
		_, format, err := image.Decode(bytes.NewReader(upload.Body))
		switch upload.Kind {
		case Good, Bystander:
			require.NoError(t, err, upload.Key)
			if upload.Kind == Good {
				ending := strings.ToLower(upload.Key[strings.LastIndex(upload.Key, ".")+1:])
				assert.Equal(t, format[:2], ending[:2], upload.Key)
			}
		case Foreign, Corrupt:
			assert.Error(t, err, upload.Key)
		case Bomb:
		}
	}
}

func TestTheBombIsSmallAndClaimsMuch(t *testing.T) {
	t.Parallel()
	body, err := bomb()
	require.NoError(t, err)
	config, format, err := image.DecodeConfig(bytes.NewReader(body))
	require.NoError(t, err)
	assert.Equal(t, "png", format)
	assert.Equal(t, 900_000_000, config.Width*config.Height)
	assert.Less(t, len(body), 1_000_000)
}
