package corpus

import (
	"bytes"
	_ "embed" // the WebP image
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// quadrants is 320×240 with the colours below. It is a file because Go has no
// encoder for WebP.
//
//go:embed quadrants.webp
var quadrants []byte

// encoders write an upload's image, by the suffix that stands for its format.
var encoders = map[string]func(io.Writer, *Upload, int) error{
	".jpg":  encodeJPEG,
	".jpeg": encodeJPEG,
	".png":  encodePNG,
	".gif":  encodeGIF,
	".webp": encodeWebP,
	".bmp":  func(w io.Writer, u *Upload, i int) error { return bmp.Encode(w, draw(u.Size, u.Quadrants, i)) },
	".tif":  encodeTIFF,
	".tiff": encodeTIFF,
}

// draw paints four quadrants, a little noisy so that files have a realistic size.
func draw(size image.Point, colors [4]color.NRGBA, seed int) *image.NRGBA {
	m := image.NewNRGBA(image.Rectangle{Max: size})
	noise := uint32(seed) + 1 // #nosec G115 -- any number will do
	for y := range size.Y {
		row := m.Pix[m.PixOffset(0, y):]
		for x := range size.X {
			c := colors[quadrant(x, y, size)]
			noise = noise*1664525 + 1013904223 // Numerical Recipes' generator
			delta := uint8(noise>>29) - 4
			pixel := row[4*x:][:4]
			pixel[0], pixel[1], pixel[2], pixel[3] = c.R+delta, c.G+delta, c.B+delta, c.A
		}
	}
	return m
}

func quadrant(x, y int, size image.Point) int {
	q := 0
	if x >= size.X/2 {
		q++
	}
	if y >= size.Y/2 {
		q += 2
	}
	return q
}

// encodeJPEG turns every other image on its side and records it in its EXIF
// data, as cameras do.
func encodeJPEG(w io.Writer, u *Upload, i int) error {
	if i%2 == 0 {
		return jpeg.Encode(w, draw(u.Size, u.Quadrants, i), &jpeg.Options{Quality: 90})
	}
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, draw(u.Size, u.Quadrants, i), &jpeg.Options{Quality: 90}); err != nil {
		return err
	}
	// Orientation 6: turned clockwise by a quarter when shown.
	q := u.Quadrants
	u.Quadrants = [4]color.NRGBA{q[2], q[0], q[3], q[1]}
	u.Size = image.Pt(u.Size.Y, u.Size.X)
	for _, part := range [][]byte{encoded.Bytes()[:2], orientation(6), encoded.Bytes()[2:]} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// orientation returns an EXIF segment with only that tag (Exif 2.32, section 4.6).
func orientation(value uint16) []byte {
	var body bytes.Buffer
	body.WriteString("Exif\x00\x00")
	body.WriteString("II*\x00")
	for _, field := range []any{
		uint32(8),                 // where the directory begins
		uint16(1),                 // how many entries it has
		uint16(0x0112), uint16(3), // orientation, a short
		uint32(1), value, uint16(0), // one value, padded
		uint32(0), // no other directory
	} {
		_ = binary.Write(&body, binary.LittleEndian, field) // a buffer takes anything of fixed size
	}
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(body.Len()+2)) // #nosec G115 -- it has 32 bytes
	return append(segment, body.Bytes()...)
}

// encodePNG leaves the last quadrant of every other image transparent.
func encodePNG(w io.Writer, u *Upload, i int) error {
	if i%2 == 1 {
		u.Quadrants[3].A = 0
	}
	return fastPNG.Encode(w, draw(u.Size, u.Quadrants, i))
}

// fastPNG takes a third of the time; nobody keeps the files.
var fastPNG = png.Encoder{CompressionLevel: png.BestSpeed}

func encodeGIF(w io.Writer, u *Upload, _ int) error {
	palette := make(color.Palette, len(u.Quadrants))
	for i, c := range u.Quadrants {
		palette[i] = c
	}
	m := image.NewPaletted(image.Rectangle{Max: u.Size}, palette)
	for y := range u.Size.Y {
		for x := range u.Size.X {
			m.Pix[m.PixOffset(x, y)] = uint8(quadrant(x, y, u.Size)) // #nosec G115 -- 0 to 3
		}
	}
	return gif.Encode(w, m, nil)
}

func encodeWebP(w io.Writer, u *Upload, _ int) error {
	u.Size = image.Pt(320, 240)
	u.Quadrants = [4]color.NRGBA{{220, 40, 40, 255}, {40, 200, 60, 255}, {50, 80, 220, 255}, {230, 210, 50, 255}}
	_, err := w.Write(quadrants)
	return err
}

func encodeTIFF(w io.Writer, u *Upload, i int) error {
	return tiff.Encode(w, draw(u.Size, u.Quadrants, i), nil)
}
