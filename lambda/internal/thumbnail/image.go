package thumbnail

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"

	"github.com/disintegration/imaging"
)

var (
	// ErrTooLarge marks an original beyond the limit on bytes or on pixels.
	ErrTooLarge = errors.New("image too large")
	// ErrUnsupported marks an original that is no image of a supported format.
	ErrUnsupported = errors.New("unsupported image")
	// ErrCorrupt marks an original that starts like an image and is not one.
	ErrCorrupt = errors.New("corrupt image")
)

// formats are those the standard library decodes. imaging registers BMP and
// TIFF as well, but panics over crafted TIFF files (CVE-2023-36308).
var formats = []string{"gif", "jpeg", "png"}

// size is an image's width and height in pixels.
type size struct{ width, height int }

// render makes the thumbnail: upright, no larger than the configured box,
// never enlarged, as JPEG. The errors wrap ErrTooLarge, ErrUnsupported or
// ErrCorrupt; all of them are the original's fault and stay on a retry.
func (c Config) render(original []byte) (thumbnail []byte, dimensions size, err error) {
	// A decoder's panic must not take down the other records of the event.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: the decoder panicked: %v", ErrCorrupt, cause)
		}
	}()

	// The header costs a few bytes to read, the pixels may cost gigabytes.
	header, format, err := image.DecodeConfig(bytes.NewReader(original))
	if err != nil {
		return nil, size{}, fmt.Errorf("%w: reading the header: %w", ErrUnsupported, err)
	}
	if !slices.Contains(formats, format) {
		return nil, size{}, fmt.Errorf("%w: format %s", ErrUnsupported, format)
	}
	if pixels := int64(header.Width) * int64(header.Height); pixels > c.MaxPixels {
		return nil, size{}, fmt.Errorf("%w: %d × %d pixels, the limit is %d", ErrTooLarge, header.Width, header.Height, c.MaxPixels)
	}

	decoded, err := imaging.Decode(bytes.NewReader(original), imaging.AutoOrientation(true))
	if err != nil {
		return nil, size{}, fmt.Errorf("%w: decoding %s: %w", ErrCorrupt, format, err)
	}
	fitted := imaging.Fit(decoded, c.MaxWidth, c.MaxHeight, imaging.Lanczos)
	if !fitted.Opaque() {
		// JPEG has no transparency: without this, clear areas turn black.
		backdrop := imaging.New(fitted.Rect.Dx(), fitted.Rect.Dy(), color.White)
		fitted = imaging.OverlayCenter(backdrop, fitted, 1)
	}

	var encoded bytes.Buffer
	if err := imaging.Encode(&encoded, fitted, imaging.JPEG, imaging.JPEGQuality(c.Quality)); err != nil {
		return nil, size{}, fmt.Errorf("encoding the thumbnail: %w", err)
	}
	return encoded.Bytes(), size{fitted.Rect.Dx(), fitted.Rect.Dy()}, nil
}
