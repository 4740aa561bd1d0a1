package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/pipeguard/pipeguard/lambda/internal/jpegscale"
)

// format is a kind of image file.
type format struct {
	name string
	// magics are what its files start with; a question mark is any byte.
	magics []string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	// exif finds the metadata that may contain the orientation; nil for none.
	exif func(file []byte) []byte
	// check rejects what the decoder cannot handle; nil for nothing.
	check func(file []byte, config image.Config) error
	// memory returns how many bytes the decoder takes at most.
	memory func(file []byte, config image.Config) int64
}

// formats are tried in this order. The name of the uploaded file is irrelevant.
var formats = []*format{
	{name: "jpeg", magics: []string{"\xff\xd8\xff"}, decode: jpeg.Decode},
	{
		name: "png", magics: []string{"\x89PNG\r\n\x1a\n"},
		config: png.DecodeConfig, decode: png.Decode, exif: pngEXIF, memory: pngMemory,
	},
	{
		name: "gif", magics: []string{"GIF87a", "GIF89a"},
		config: gif.DecodeConfig, decode: gif.Decode,
		// An interlaced image is copied to bring its rows into order.
		memory: func(_ []byte, config image.Config) int64 { return 2 * pixels(config) },
	},
	{
		name: "webp", magics: []string{"RIFF????WEBPVP8"},
		config: webp.DecodeConfig, decode: webp.Decode, exif: webpEXIF, memory: webpMemory,
	},
	{
		name: "tiff", magics: []string{"II*\x00", "MM\x00*"},
		config: tiff.DecodeConfig, decode: tiff.Decode, exif: func(file []byte) []byte { return file },
		check: checkTIFF, memory: tiffMemory,
	},
	{
		name: "bmp", magics: []string{"BM"},
		config: bmp.DecodeConfig, decode: bmp.Decode,
		// This counts the image, and the row that is being read.
		memory: func(_ []byte, config image.Config) int64 {
			return modelBytes(config.ColorModel) * (pixels(config) + int64(config.Width))
		},
	},
}

func (f *format) matches(file []byte) bool {
	for _, magic := range f.magics {
		if len(file) < len(magic) {
			continue
		}
		same := true
		for i := range len(magic) {
			same = same && (magic[i] == '?' || magic[i] == file[i])
		}
		if same {
			return true
		}
	}
	return false
}

// header is what is known about a file before its pixels.
type header struct {
	// Size is the size in pixels, as stored.
	Size
	format      *format
	orientation orientation
	// decoded is how many bytes decoding takes, if the file is not a JPEG.
	decoded int64
	jpeg    jpegscale.Header
}

func (h header) source() Source {
	if h.format == nil {
		return Source{}
	}
	return Source{Format: h.format.name, Size: h.orientation.apply(h.Size)}
}

// inspect reads a file's header.
func inspect(file []byte) (header, error) {
	if len(file) == 0 {
		return header{}, fmt.Errorf("%w: the file is empty", ErrCorrupt)
	}
	h := header{orientation: upright}
	for _, candidate := range formats {
		if candidate.matches(file) {
			h.format = candidate
			break
		}
	}
	if h.format == nil {
		return h, fmt.Errorf("%w: the file is no JPEG, PNG, GIF, WebP, BMP or TIFF", ErrUnsupported)
	}
	err := guard(func() (err error) {
		if h.format.config == nil {
			h.jpeg, err = jpegscale.ReadHeader(file)
			h.Size = Size{h.jpeg.Width, h.jpeg.Height}
			h.orientation = readOrientation(h.jpeg.EXIF)
			return err
		}
		config, err := h.format.config(bytes.NewReader(file))
		if err != nil {
			return err
		}
		h.Size = Size{config.Width, config.Height}
		h.decoded = h.format.memory(file, config)
		if h.format.exif != nil {
			h.orientation = readOrientation(h.format.exif(file))
		}
		if h.format.check != nil {
			return h.format.check(file, config)
		}
		return nil
	})
	switch {
	case err == nil && (h.Width < 1 || h.Height < 1):
		return h, fmt.Errorf("%w: %s of %s", ErrCorrupt, h.format.name, h.Size)
	case err == nil || errors.Is(err, ErrTooLarge):
		return h, err
	}
	return h, fmt.Errorf("reading the header of the %s: %w", h.format.name, classify(err))
}

// denominator returns the smallest fraction of the size at which a JPEG can be
// decoded so that it is still twice as large as each thumbnail.
func (h header) denominator(plans []plan) int {
	if !h.jpeg.Supported {
		return 1
	}
	denom := 8
	for _, p := range plans {
		for denom > 1 && (h.Width < 2*denom*p.target.Width || h.Height < 2*denom*p.target.Height) {
			denom /= 2
		}
	}
	return denom
}

// memory returns how many bytes the decoder takes, and the reduction for a row
// in three colours.
func (h header) memory(denom int) int64 {
	if h.format.config == nil {
		return h.jpeg.Memory(denom)
	}
	return h.decoded + 3*int64(h.Width)
}

// decode decodes the pixels, those of a JPEG at 1/denom of its size.
func (h header) decode(ctx context.Context, file []byte, denom int) (picture, error) {
	var decoded image.Image
	err := guard(func() (err error) {
		if denom > 1 {
			decoded, err = jpegscale.Decode(ctx, file, denom)
		} else {
			decoded, err = h.format.decode(&contextReader{Reader: bytes.NewReader(file), ctx: ctx})
		}
		return err
	})
	if ctx.Err() != nil {
		return picture{}, ctx.Err()
	}
	if err != nil {
		return picture{}, fmt.Errorf("decoding the %s: %w", h.format.name, classify(err))
	}
	p := picture{Image: decoded, canvas: decoded.Bounds(), videoRange: h.format.name == "webp"}
	if h.format.name == "gif" {
		// The first frame may be smaller than the screen in the header.
		p.canvas = image.Rect(0, 0, h.Width, h.Height)
	}
	return p, nil
}

// guard converts a decoder's panic into an error: one crafted file must not
// take down the other records of its event.
func guard(decode func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: the decoder panicked: %v", ErrCorrupt, cause)
		}
	}()
	return decode()
}

// classify wraps a decoder's error as unsupported or corrupt.
func classify(err error) error {
	var (
		jpegUnsupported jpeg.UnsupportedError
		pngUnsupported  png.UnsupportedError
		tiffUnsupported tiff.UnsupportedError
	)
	switch {
	case errors.Is(err, ErrCorrupt):
		return err
	case errors.Is(err, jpegscale.ErrUnsupported), errors.Is(err, bmp.ErrUnsupported),
		errors.As(err, &jpegUnsupported), errors.As(err, &pngUnsupported), errors.As(err, &tiffUnsupported):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// contextReader fails once the context is done, which ends the decoding.
type contextReader struct {
	*bytes.Reader
	ctx context.Context
}

// Read implements io.Reader.
func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// ReadAt implements io.ReaderAt, which the TIFF decoder uses.
func (r *contextReader) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.ReadAt(p, off)
}
