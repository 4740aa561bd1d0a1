package render

import (
	"bytes"
	"errors"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/tiff"
)

// FuzzThumbnails checks, for any file at all, that there is a verdict, that it
// is one of three, and that every thumbnail that is made is valid.
func FuzzThumbnails(f *testing.F) {
	picture := halves(24, 12)
	for _, seed := range [][]byte{
		jpegWithEXIF(encodeJPEG(f, picture), exif(6)),
		pngWithEXIF(encodePNG(f, picture), exif(6)),
		encodeGIF(f, picture),
		encodeBMP(f, picture),
		encodeTIFF(f, picture, tiff.Uncompressed),
		encodeTIFF(f, picture, tiff.Deflate),
		webpWithEXIF(testdata(f, "lossless.webp"), exif(6)),
		testdata(f, "lossless-alpha.webp"),
		testdata(f, "lossy.webp"),
		testdata(f, "lossy-alpha.webp"),
	} {
		f.Add(seed)
	}
	options := testOptions()
	options.Boxes = []Size{{8, 8}, {40, 4}}
	options.MaxPixels = 1 << 18
	f.Fuzz(func(t *testing.T, original []byte) {
		thumbnails, _, err := Thumbnails(t.Context(), original, options)
		if err != nil {
			require.True(t, errors.Is(err, ErrUnsupported) || errors.Is(err, ErrCorrupt) || errors.Is(err, ErrTooLarge), "%v", err)
			return
		}
		require.Len(t, thumbnails, len(options.Boxes))
		for i, thumbnail := range thumbnails {
			config, err := jpeg.DecodeConfig(bytes.NewReader(thumbnail.JPEG))
			require.NoError(t, err)
			require.Equal(t, thumbnail.Size, Size{config.Width, config.Height})
			require.LessOrEqual(t, config.Width, options.Boxes[i].Width)
			require.LessOrEqual(t, config.Height, options.Boxes[i].Height)
		}
	})
}
