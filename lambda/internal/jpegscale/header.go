// Package jpegscale decodes JPEG images straight to a half, a quarter or an
// eighth of their size. It transforms only the frequencies of each block that
// the smaller image can show, as libjpeg does for "scale_num", so that nearly
// all of the remaining work is reading the Huffman codes. Section numbers below
// refer to ITU-T T.81, the JPEG standard, as "T.81".
//
// It is written for files that strangers upload: it is memory-safe Go without
// assembly, Header.Memory predicts everything it allocates, the work that a
// file can cause is bounded by the file's length and its pixels, and a file
// that ends early is an error, never a grey area.
package jpegscale

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

var (
	// ErrUnsupported marks a JPEG of a kind that this package leaves to others:
	// one that is CMYK, RGB, lossless, arithmetic-coded, 12-bit or sampled in an
	// unusual way.
	ErrUnsupported = errors.New("kind of JPEG not supported")
	// ErrCorrupt marks data that violate the standard.
	ErrCorrupt = errors.New("corrupt JPEG")
)

// These are the markers of T.81, table B.1.
const (
	markerSOF0 = 0xc0 // baseline
	markerSOF1 = 0xc1 // extended sequential
	markerSOF2 = 0xc2 // progressive
	markerDHT  = 0xc4
	markerJPG  = 0xc8
	markerSOF  = 0xcf // the last of the other frame types
	markerDAC  = 0xcc
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerDQT  = 0xdb
	markerDRI  = 0xdd
	markerAPP1 = 0xe1 // "Exif"
	markerAPPE = 0xee // "Adobe", which says what colours the components are
	markerTEM  = 0x01
)

const (
	blockSide  = 8
	blockCoefs = blockSide * blockSide
	// maxPasses is how many times the scans of one file may cover all its
	// coefficients. A progressive file needs about three, but a crafted one can
	// ask for thousands at a few bytes each.
	maxPasses = 10
)

var exifPrefix = []byte("Exif\x00\x00")

// Header is what a file states about itself before its pixels.
type Header struct {
	// Width and Height are in pixels, as stored.
	Width, Height int
	// Components is 1 for grey, 3 for colour, 4 for CMYK.
	Components int
	// Progressive indicates that the coefficients come in several passes, so
	// that all of them have to be kept until the last.
	Progressive bool
	// Supported indicates whether Decode accepts the file.
	Supported bool
	// EXIF is the camera's metadata, a TIFF structure, or nil.
	EXIF []byte

	components [3]component
	// hMax and vMax are the luma's sampling factors, in units of the chroma's.
	hMax, vMax int
}

// component is one colour channel.
type component struct {
	id, quant byte
	// h and v are the sampling factors: blocks in a minimum coded unit.
	h, v int
}

// ReadHeader reads a file's header and counts its scans. It decodes no pixels.
// The error wraps ErrCorrupt.
func ReadHeader(data []byte) (Header, error) {
	var header Header
	var exif []byte
	rgb := false
	// coefs is the file's size, work what its scans cover, in coefficients.
	var coefs, work int64
	for walk := (walker{data: data}); ; {
		code, payload, err := walk.next()
		switch {
		case err != nil && header.Width > 0:
			// The file is truncated after the header: Decode reports where.
			return header.finish(rgb, exif), nil
		case err != nil:
			return Header{}, err
		case code == markerEOI && header.Width == 0:
			return Header{}, fmt.Errorf("%w: no frame", ErrCorrupt)
		case code == markerEOI:
			return header.finish(rgb, exif), nil
		case code == markerAPP1 && exif == nil && bytes.HasPrefix(payload, exifPrefix):
			exif = payload[len(exifPrefix):]
		case code == markerAPPE && len(payload) >= 12 && bytes.HasPrefix(payload, []byte("Adobe")):
			rgb = payload[11] == 0
		case code >= markerSOF0 && code <= markerSOF && code != markerDHT && code != markerJPG && code != markerDAC:
			if header.Width > 0 {
				return Header{}, fmt.Errorf("%w: a second frame", ErrCorrupt)
			}
			if header, err = readFrame(code, payload); err != nil {
				return Header{}, err
			}
			coefs = int64(header.Width) * int64(header.Height) * int64(header.Components)
		case code == markerSOS:
			band := int64(blockCoefs)
			if n := len(payload); n >= 3 && payload[n-2] >= payload[n-3] {
				band = int64(payload[n-2]-payload[n-3]) + 1
			}
			// Every block costs something, however small the band.
			work += int64(header.Width) * int64(header.Height) * (band + blockSide) / blockCoefs
			if work > coefs*maxPasses {
				return Header{}, fmt.Errorf("%w: too many scans", ErrCorrupt)
			}
			walk.skipEntropy()
		}
	}
}

// readFrame reads a frame header (T.81 B.2.2).
func readFrame(code byte, payload []byte) (Header, error) {
	if len(payload) < 6 || len(payload) != 6+3*int(payload[5]) {
		return Header{}, fmt.Errorf("%w: frame header of %d bytes", ErrCorrupt, len(payload))
	}
	header := Header{
		Height:      int(binary.BigEndian.Uint16(payload[1:])),
		Width:       int(binary.BigEndian.Uint16(payload[3:])),
		Components:  int(payload[5]),
		Progressive: code == markerSOF2,
	}
	if header.Width == 0 || header.Height == 0 || header.Components == 0 {
		return Header{}, fmt.Errorf("%w: %d × %d pixels of %d components", ErrCorrupt, header.Width, header.Height, header.Components)
	}
	header.Supported = code <= markerSOF2 && payload[0] == 8 && (header.Components == 1 || header.Components == 3)
	if !header.Supported {
		return header, nil
	}
	for i := range header.Components {
		entry := payload[6+3*i:]
		c := component{id: entry[0], quant: entry[2], h: int(entry[1] >> 4), v: int(entry[1] & 15)}
		if c.quant > 3 || c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return Header{}, fmt.Errorf("%w: component %d", ErrCorrupt, i)
		}
		for _, earlier := range header.components[:i] {
			if earlier.id == c.id {
				return Header{}, fmt.Errorf("%w: two components %d", ErrCorrupt, c.id)
			}
		}
		header.components[i] = c
	}
	return header, nil
}

// finish computes what depends on the whole header.
func (h Header) finish(rgb bool, exif []byte) Header {
	h.EXIF = exif
	luma := &h.components[0]
	if h.Components == 1 {
		// One component is never interleaved, whatever its factors (A.2.2).
		luma.h, luma.v = 1, 1
	}
	h.hMax, h.vMax = luma.h, luma.v
	if h.hMax == 3 || h.vMax > 2 {
		h.Supported = false
	}
	if h.Components == 3 {
		chroma := h.components[1:]
		if rgb || chroma[0].h*chroma[0].v*chroma[1].h*chroma[1].v != 1 || string([]byte{luma.id, chroma[0].id, chroma[1].id}) == "RGB" {
			h.Supported = false
		}
	}
	return h
}

// scaled returns the length of a side at 1/denom, rounded up.
func scaled(length, denom int) int { return (length + denom - 1) / denom }

// Memory returns how many bytes Decode allocates at the given denominator, except
// for a few kilobytes. At 1, it is what package image/jpeg takes for the same file.
func (h Header) Memory(denom int) int64 {
	var total int64
	if denom == 1 {
		// Planes of all sampling factors are counted as full, and a second time
		// where image/jpeg converts the colours; coefficients have four bytes.
		perPixel := int64(h.Components)
		if !h.Supported {
			perPixel *= 2
		}
		if h.Progressive {
			perPixel += 4 * int64(h.Components)
		}
		return perPixel * int64(h.Width) * int64(h.Height)
	}
	for i := range h.Components {
		p := h.plane(i, denom)
		total += int64(p.stride) * int64(p.blocksY*p.ny)
		if h.Progressive {
			total += 2 * blockCoefs * int64(p.blocksX) * int64(p.blocksY)
		}
	}
	return total
}

// ratios are the ratios of luma to chroma that the image package supports.
var ratios = map[[2]int]image.YCbCrSubsampleRatio{
	{1, 1}: image.YCbCrSubsampleRatio444,
	{2, 1}: image.YCbCrSubsampleRatio422,
	{2, 2}: image.YCbCrSubsampleRatio420,
	{1, 2}: image.YCbCrSubsampleRatio440,
	{4, 1}: image.YCbCrSubsampleRatio411,
	{4, 2}: image.YCbCrSubsampleRatio410,
}

// walker goes from marker to marker.
type walker struct {
	data []byte
	pos  int
}

// next returns the next marker with its segment, without the length. It fails
// at the end of the data and on anything that is not a marker.
func (w *walker) next() (code byte, payload []byte, err error) {
	if w.pos == 0 {
		if !bytes.HasPrefix(w.data, []byte{0xff, markerSOI}) {
			return 0, nil, fmt.Errorf("%w: no start marker", ErrCorrupt)
		}
		w.pos = 2
	}
	// Any number of 0xff may come before a marker (B.1.1.2).
	start := w.pos
	for w.pos < len(w.data) && w.data[w.pos] == 0xff {
		w.pos++
	}
	if w.pos == len(w.data) {
		return 0, nil, fmt.Errorf("%w: ends without an end marker", ErrCorrupt)
	}
	if w.pos == start {
		return 0, nil, fmt.Errorf("%w: no marker at byte %d", ErrCorrupt, start)
	}
	code = w.data[w.pos]
	w.pos++
	if code == markerEOI || code == markerTEM || code >= markerRST0 && code <= markerRST7 {
		return code, nil, nil
	}
	rest := w.data[w.pos:]
	if len(rest) < 2 || int(binary.BigEndian.Uint16(rest)) < 2 || int(binary.BigEndian.Uint16(rest)) > len(rest) {
		return 0, nil, fmt.Errorf("%w: segment %#x is cut off", ErrCorrupt, code)
	}
	length := int(binary.BigEndian.Uint16(rest))
	w.pos += length
	return code, rest[2:length], nil
}

// skipEntropy skips a scan's data: to the next marker that is neither a stuffed
// zero nor a restart.
func (w *walker) skipEntropy() {
	for {
		found := bytes.IndexByte(w.data[w.pos:], 0xff)
		if found < 0 || w.pos+found+1 >= len(w.data) {
			w.pos = len(w.data)
			return
		}
		w.pos += found
		switch code := w.data[w.pos+1]; {
		case code == 0, code >= markerRST0 && code <= markerRST7:
			w.pos += 2
		case code == 0xff:
			w.pos++
		default:
			return
		}
	}
}
