package render

import (
	"image"
	"image/color"
)

// picture is a decoded image.
type picture struct {
	// Image has its origin at 0, 0 unless it is a part of the canvas.
	image.Image
	// canvas is the whole area, from 0, 0.
	canvas image.Rectangle
	// videoRange indicates that luma ranges from 16 to 235 and chroma from 16
	// to 240, as in lossy WebP (RFC 6386, section 9.2), and not from 0 to 255.
	videoRange bool
}

// toRGB returns a function that converts the picture's colours.
func (p picture) toRGB() func(y, cb, cr uint8) (r, g, b uint8) {
	if p.videoRange {
		return videoToRGB
	}
	return color.YCbCrToRGB
}

// videoToRGB converts by ITU-R BT.601, with 16 fractional bits.
func videoToRGB(y, cb, cr uint8) (r, g, b uint8) {
	luma := 76309*(int32(y)-16) + 1<<15
	blue, red := int32(cb)-128, int32(cr)-128
	clamp := func(v int32) uint8 { return uint8(min(max(v>>16, 0), 255)) }
	return clamp(luma + 104597*red), clamp(luma - 25675*blue - 53279*red), clamp(luma + 132201*blue)
}

// rowReader returns a function that reads one row of the canvas as red, green
// and blue, with the background where the picture is transparent or does not
// reach.
func (p picture) rowReader(background color.NRGBA) func(y int, line []uint8) {
	base := [3]uint8{background.R, background.G, background.B}
	row := p.pictureRow(base)
	bounds := p.Bounds().Intersect(p.canvas)
	if bounds == p.canvas {
		return row
	}
	return func(y int, line []uint8) {
		for i := range line {
			line[i] = base[i%3]
		}
		if y >= bounds.Min.Y && y < bounds.Max.Y {
			row(y, line[3*bounds.Min.X:3*bounds.Max.X])
		}
	}
}

// pictureRow returns a function that reads one row of the image itself.
func (p picture) pictureRow(base [3]uint8) func(y int, line []uint8) {
	bounds := p.Bounds()
	over := func(c, alpha uint8, channel int) uint8 {
		opaque := uint32(alpha)
		return uint8(min((uint32(c)*opaque+uint32(base[channel])*(255-opaque)+127)/255, 255))
	}
	switch m := p.Image.(type) {
	case *image.Gray:
		return func(y int, line []uint8) {
			for x, v := range m.Pix[m.PixOffset(bounds.Min.X, y):][:bounds.Dx()] {
				line[3*x], line[3*x+1], line[3*x+2] = v, v, v
			}
		}
	case *image.NRGBA:
		return func(y int, line []uint8) {
			pix := m.Pix[m.PixOffset(bounds.Min.X, y):]
			for x := range bounds.Dx() {
				c := pix[4*x:][:4]
				for i := range 3 {
					line[3*x+i] = over(c[i], c[3], i)
				}
			}
		}
	case *image.RGBA:
		return func(y int, line []uint8) {
			pix := m.Pix[m.PixOffset(bounds.Min.X, y):]
			for x := range bounds.Dx() {
				c := pix[4*x:][:4]
				for i := range 3 {
					// The colours are already multiplied by alpha.
					line[3*x+i] = uint8(min(uint32(c[i])+(uint32(base[i])*(255-uint32(c[3]))+127)/255, 255))
				}
			}
		}
	case *image.NYCbCrA:
		toRGB := p.toRGB()
		return func(y int, line []uint8) {
			for x := range bounds.Dx() {
				luma, chroma := m.YOffset(x, y), m.COffset(x, y)
				r, g, b := toRGB(m.Y[luma], m.Cb[chroma], m.Cr[chroma])
				alpha := m.A[m.AOffset(x, y)]
				line[3*x], line[3*x+1], line[3*x+2] = over(r, alpha, 0), over(g, alpha, 1), over(b, alpha, 2)
			}
		}
	case *image.Paletted:
		// A file may use numbers that its palette does not have.
		var palette [256][3]uint8
		for i := range palette {
			c := color.NRGBA{}
			if i < len(m.Palette) {
				c = color.NRGBAModel.Convert(m.Palette[i]).(color.NRGBA)
			}
			palette[i] = [3]uint8{over(c.R, c.A, 0), over(c.G, c.A, 1), over(c.B, c.A, 2)}
		}
		return func(y int, line []uint8) {
			for x, v := range m.Pix[m.PixOffset(bounds.Min.X, y):][:bounds.Dx()] {
				copy(line[3*x:], palette[v][:])
			}
		}
	}
	// All images that the decoders return have this method, which allocates nothing.
	at := p.Image.(image.RGBA64Image).RGBA64At
	return func(y int, line []uint8) {
		for x := range bounds.Dx() {
			c := at(bounds.Min.X+x, y)
			for i, v := range [3]uint16{c.R, c.G, c.B} {
				line[3*x+i] = uint8(min((uint32(v)*255+uint32(base[i])*(0xffff-uint32(c.A))+0x7fff)/0xffff, 255))
			}
		}
	}
}
