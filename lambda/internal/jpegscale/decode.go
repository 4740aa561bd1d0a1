package jpegscale

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
)

// plane is one component's pixels, in whole minimum coded units.
type plane struct {
	component
	// nx and ny are a block's size in this plane's pixels: 1, 2 or 4.
	nx, ny int
	// blocksX and blocksY count whole units, as interleaved scans have them;
	// realX and realY leave out the padding, as scans of one component do.
	blocksX, blocksY, realX, realY int
	stride                         int
	pix                            []byte
	// coefs keeps every block's coefficients while a progressive file refines
	// them, in the order of T.81's figure A.6.
	coefs []int16
	// seen indicates that a scan contained this component's first coefficients.
	seen bool
	// dc is the last block's first coefficient, from which the next one differs.
	dc int32
	// factors are dequantisation factors, fixed when the first scan starts.
	factors *[blockCoefs]int32
	// last is the position of the last coefficient that the small block needs.
	last int
}

// lastNeeded is, for the longer side of a small block, the position (figure
// A.6) of the highest frequency it shows in both directions.
var lastNeeded = [5]int{1: 0, 2: 4, 4: 24}

// plane lays component i out at the given denominator. Chroma that was sampled
// at half the luma's rate is transformed at twice the size, as far as blocks of
// four allow, which brings it to the luma's size without interpolation.
func (h Header) plane(i, denom int) plane {
	c := h.components[i]
	n := blockSide / denom
	unitsX := scaled(h.Width, blockSide*h.hMax)
	unitsY := scaled(h.Height, blockSide*h.vMax)
	p := plane{
		component: c,
		nx:        min(4, n*h.hMax/c.h), ny: min(4, n*h.vMax/c.v),
		blocksX: unitsX * c.h, blocksY: unitsY * c.v,
		realX: scaled(scaled(h.Width*c.h, h.hMax), blockSide),
		realY: scaled(scaled(h.Height*c.v, h.vMax), blockSide),
	}
	p.stride = p.blocksX * p.nx
	p.last = lastNeeded[max(p.nx, p.ny)]
	return p
}

// decoder is the state of one decoding.
type decoder struct {
	Header
	ctx     context.Context
	planes  [3]plane
	quants  [4]*[blockCoefs]int32
	tables  [2][4]*huffman // by class, DC or AC, and number
	restart int
	reader  bitReader
	// eobRun is how many more blocks of a progressive scan have already ended.
	eobRun int32
}

// Decode decodes a JPEG at 1/denom of its size, sides rounded up; denom is 2, 4
// or 8. The image is an *image.Gray or an *image.YCbCr. Decode stops with the
// context's error once the context is done. The other errors wrap ErrCorrupt,
// or ErrUnsupported if the header is not Supported.
func Decode(ctx context.Context, data []byte, denom int) (image.Image, error) {
	header, err := ReadHeader(data)
	if err != nil {
		return nil, err
	}
	if !header.Supported || denom != 2 && denom != 4 && denom != 8 {
		return nil, fmt.Errorf("%w at 1/%d", ErrUnsupported, denom)
	}
	d := &decoder{Header: header, ctx: ctx}
	for i := range header.Components {
		p := header.plane(i, denom)
		p.pix = make([]byte, p.stride*p.blocksY*p.ny)
		if header.Progressive {
			p.coefs = make([]int16, p.blocksX*p.blocksY*blockCoefs)
		}
		d.planes[i] = p
	}
	if err := d.decode(data); err != nil {
		return nil, err
	}
	return d.image(denom), nil
}

func (d *decoder) decode(data []byte) error {
	for walk := (walker{data: data}); ; {
		code, payload, err := walk.next()
		if err != nil {
			return err
		}
		switch code {
		case markerEOI:
			return d.finish()
		case markerDHT:
			err = readHuffman(payload, &d.tables)
		case markerDQT:
			err = d.readQuants(payload)
		case markerDRI:
			if len(payload) != 2 {
				return fmt.Errorf("%w: restart interval of %d bytes", ErrCorrupt, len(payload))
			}
			d.restart = int(binary.BigEndian.Uint16(payload))
		case markerSOS:
			d.reader = bitReader{data: data, pos: walk.pos}
			err = d.scan(payload)
			walk.skipEntropy()
		}
		if err != nil {
			return err
		}
	}
}

// readQuants reads quantisation tables (B.2.4.1).
func (d *decoder) readQuants(payload []byte) error {
	for len(payload) > 0 {
		width, id := int(payload[0]>>4)+1, payload[0]&15
		payload = payload[1:]
		if width > 2 || id > 3 || len(payload) < width*blockCoefs {
			return fmt.Errorf("%w: quantisation table %d", ErrCorrupt, id)
		}
		table := &[blockCoefs]int32{}
		for i := range table {
			if table[i] = int32(payload[i]); width == 2 {
				table[i] = int32(binary.BigEndian.Uint16(payload[2*i:]))
			}
		}
		d.quants[id] = table
		payload = payload[width*blockCoefs:]
	}
	return nil
}

// finish transforms what progressive scans have gathered, and checks that every
// component came.
func (d *decoder) finish() error {
	for i := range d.planes[:d.Components] {
		p := &d.planes[i]
		if !p.seen {
			return fmt.Errorf("%w: no scan of component %d", ErrCorrupt, p.id)
		}
		if !d.Progressive {
			continue
		}
		for y := range p.blocksY {
			if err := d.ctx.Err(); err != nil {
				return err
			}
			for x := range p.blocksX {
				coefs := p.coefs[(y*p.blocksX+x)*blockCoefs:][:blockCoefs]
				var b block
				for k := range p.last + 1 {
					b[small[k]] = int32(coefs[k]) * p.factors[k]
				}
				p.transform(&b, x, y)
			}
		}
	}
	return nil
}

// image assembles the planes, without the padding.
func (d *decoder) image(denom int) image.Image {
	bounds := image.Rect(0, 0, scaled(d.Width, denom), scaled(d.Height, denom))
	luma := &d.planes[0]
	if d.Components == 1 {
		return &image.Gray{Pix: luma.pix, Stride: luma.stride, Rect: bounds}
	}
	blue, red := &d.planes[1], &d.planes[2]
	// This is the ratio that was left when the chroma's blocks had grown.
	left := [2]int{luma.h * luma.nx / blue.nx, luma.v * luma.ny / blue.ny}
	return &image.YCbCr{
		Y: luma.pix, YStride: luma.stride,
		Cb: blue.pix, Cr: red.pix, CStride: blue.stride,
		SubsampleRatio: ratios[left], Rect: bounds,
	}
}
