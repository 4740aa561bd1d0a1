// Package render makes thumbnails of images that strangers upload. It takes
// JPEG, PNG, GIF (the first frame), WebP (not animated), BMP and TIFF (the first
// page), and writes JPEG without any metadata. Colour profiles are dropped with
// the rest of the metadata, not applied.
//
// What a file can cost is settled by its header, before the first pixel is
// decoded: see Options.MaxPixels and Options.MaxMemory.
package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"github.com/disintegration/imaging"
)

// Errors that lie in the original: another attempt ends the same way.
var (
	// ErrUnsupported marks an original that is of no supported format.
	ErrUnsupported = errors.New("unsupported image")
	// ErrCorrupt marks an original that starts like an image and is not one.
	ErrCorrupt = errors.New("corrupt image")
	// ErrTooLarge marks an original beyond a limit.
	ErrTooLarge = errors.New("image too large")
)

// Size is a width and a height in pixels.
type Size struct{ Width, Height int }

// String gives the size as "200x100".
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// Options says what to make, and of what.
type Options struct {
	// Boxes are what thumbnails fit in, one for each.
	Boxes []Size
	// Quality is the JPEG quality, 1 to 100.
	Quality int
	// Background lies under transparent pixels. Its alpha is not used.
	Background color.NRGBA
	// MaxPixels is the largest original that is decoded, as width × height.
	MaxPixels int64
	// MaxMemory is how many bytes the decoded original may take, working copies
	// of the decoder included.
	MaxMemory int64
}

// Thumbnail is one thumbnail.
type Thumbnail struct {
	// Box is that of Options.Boxes, Size what the thumbnail has of it.
	Box, Size Size
	// JPEG is the encoded image.
	JPEG []byte
}

// Source describes an original.
type Source struct {
	// Format is "jpeg", "png", "gif", "webp", "bmp" or "tiff", from the file's
	// content alone.
	Format string
	// Size is in pixels, as a viewer shows the image.
	Size Size
}

// Thumbnails makes one thumbnail for each box: upright, no larger than the box,
// in the original's proportions and never enlarged. The same file and options
// give the same bytes. The error wraps ErrUnsupported, ErrCorrupt or ErrTooLarge,
// or is the context's when that is done first. Source is filled in as far as it
// is known.
func Thumbnails(ctx context.Context, original []byte, options Options) ([]Thumbnail, Source, error) {
	header, err := inspect(original)
	source := header.source()
	if err != nil {
		return nil, source, err
	}
	if pixels := int64(header.Width) * int64(header.Height); pixels > options.MaxPixels {
		return nil, source, fmt.Errorf("%w: %s is %d pixels, the limit is %d", ErrTooLarge, header.Size, pixels, options.MaxPixels)
	}

	plans := make([]plan, 0, len(options.Boxes))
	for _, box := range options.Boxes {
		plans = append(plans, newPlan(header, box))
	}
	denom := header.denominator(plans)
	if memory := header.memory(denom); memory > options.MaxMemory {
		return nil, source, fmt.Errorf(
			"%w: %s of %s takes %d bytes when decoded, the limit is %d", ErrTooLarge, header.format.name, header.Size, memory, options.MaxMemory,
		)
	}
	decoded, err := header.decode(ctx, original, denom)
	if err != nil {
		return nil, source, err
	}

	thumbnails := make([]Thumbnail, 0, len(plans))
	for _, plan := range plans {
		if err := ctx.Err(); err != nil {
			return nil, source, err
		}
		thumbnail, err := plan.render(decoded, options)
		if err != nil {
			return nil, source, fmt.Errorf("encoding the thumbnail for %s: %w", plan.box, err)
		}
		thumbnails = append(thumbnails, thumbnail)
	}
	return thumbnails, source, nil
}

// plan is how one thumbnail comes from the original.
type plan struct {
	box Size
	// target is the thumbnail's size before it is turned upright.
	target      Size
	orientation orientation
}

func newPlan(h header, box Size) plan {
	return plan{
		box:         box,
		target:      h.orientation.apply(fit(h.orientation.apply(h.Size), box)),
		orientation: h.orientation,
	}
}

// fit returns the largest size of the original's proportions in the box,
// rounded to the nearest pixel and at least one.
func fit(original, box Size) Size {
	if original.Width <= box.Width && original.Height <= box.Height {
		return original
	}
	w, h := int64(original.Width), int64(original.Height)
	boxW, boxH := int64(box.Width), int64(box.Height)
	if w*boxH >= h*boxW {
		return Size{box.Width, int(max((h*boxW+w/2)/w, 1))}
	}
	return Size{int(max((w*boxH+h/2)/h, 1)), box.Height}
}

// render reduces the decoded image to a little above the target, where averages
// will do, and the rest of the way with a filter that keeps edges sharp.
func (p plan) render(decoded picture, options Options) (Thumbnail, error) {
	small := reduce(decoded, p.target, options.Background)
	if small.Rect.Dx() != p.target.Width || small.Rect.Dy() != p.target.Height {
		small = imaging.Resize(small, p.target.Width, p.target.Height, imaging.Lanczos)
	}
	upright := p.orientation.turn(small)
	// All of its pixels are opaque, so that the two models' bytes are the same,
	// but the encoder has a fast path for one of them only.
	opaque := &image.RGBA{Pix: upright.Pix, Stride: upright.Stride, Rect: upright.Rect}
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, opaque, &jpeg.Options{Quality: options.Quality}); err != nil {
		return Thumbnail{}, err
	}
	return Thumbnail{Box: p.box, Size: Size{upright.Rect.Dx(), upright.Rect.Dy()}, JPEG: encoded.Bytes()}, nil
}
