// Package render makes thumbnails of images that strangers upload. It reads
// JPEG, PNG, GIF (the first frame), WebP (not animated), BMP and TIFF (the first
// page), and writes JPEG without any metadata. Colour profiles are dropped with
// the rest of the metadata, not applied.
//
// The header of a file determines what it can cost, before the first pixel is
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

// These errors are caused by the original: another attempt ends in the same way.
var (
	// ErrUnsupported marks an original in an unsupported format.
	ErrUnsupported = errors.New("unsupported image")
	// ErrCorrupt marks an original that starts like an image but is not one.
	ErrCorrupt = errors.New("corrupt image")
	// ErrTooLarge marks an original that exceeds a limit.
	ErrTooLarge = errors.New("image too large")
)

// Size is a width and a height in pixels.
type Size struct{ Width, Height int }

// String returns the size as "200x100".
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// Options describe the thumbnails to make, and the originals to accept.
type Options struct {
	// Boxes are what thumbnails fit in, one for each.
	Boxes []Size
	// Quality is the JPEG quality, 1 to 100.
	Quality int
	// Background lies under transparent pixels. Its alpha is not used.
	Background color.NRGBA
	// MaxPixels is the size of the largest original that is decoded, as width × height.
	MaxPixels int64
	// MaxMemory is how many bytes the decoded original may take, including the
	// decoder's working copies.
	MaxMemory int64
}

// Thumbnail is one thumbnail.
type Thumbnail struct {
	// Box is one of Options.Boxes, Size the thumbnail's size in it.
	Box, Size Size
	// JPEG is the encoded image.
	JPEG []byte
}

// Source describes an original.
type Source struct {
	// Format is "jpeg", "png", "gif", "webp", "bmp" or "tiff", from the file's
	// content alone.
	Format string
	// Size is the size in pixels, as a viewer shows the image.
	Size Size
}

// Thumbnails makes one thumbnail for each box: upright, no larger than the box,
// in the original's proportions and never enlarged. The same file and options
// give the same bytes. The error wraps ErrUnsupported, ErrCorrupt or ErrTooLarge,
// or is the context's if that is done first. Source is filled in as far as it is
// known.
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

// plan describes how one thumbnail is made from the original.
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

// fit returns the largest size with the original's proportions in the box,
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
// are good enough, and the rest of the way with a filter that keeps edges
// sharp.
func (p plan) render(decoded picture, options Options) (Thumbnail, error) {
	small := reduce(decoded, p.target, options.Background)
	if small.Rect.Dx() != p.target.Width || small.Rect.Dy() != p.target.Height {
		small = imaging.Resize(small, p.target.Width, p.target.Height, imaging.Lanczos)
	}
	upright := p.orientation.turn(small)
	// All of its pixels are opaque, so the two models have the same bytes, but
	// the encoder has a fast path for only one of them.
	opaque := &image.RGBA{Pix: upright.Pix, Stride: upright.Stride, Rect: upright.Rect}
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, opaque, &jpeg.Options{Quality: options.Quality}); err != nil {
		return Thumbnail{}, err
	}
	return Thumbnail{Box: p.box, Size: Size{upright.Rect.Dx(), upright.Rect.Dy()}, JPEG: encoded.Bytes()}, nil
}
