package corpus

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

// bombSide is the bomb's width and height in pixels: 900 megapixels in about
// half a megabyte of file.
const bombSide = 30_000

// bomb returns a valid PNG of one bit per pixel, all of them black.
func bomb() ([]byte, error) {
	var pixels bytes.Buffer
	compressor, err := zlib.NewWriterLevel(&pixels, zlib.BestSpeed)
	if err != nil {
		return nil, err
	}
	row := make([]byte, 1+bombSide/8) // a filter, and eight pixels a byte
	for range bombSide {
		if _, err := compressor.Write(row); err != nil {
			return nil, err
		}
	}
	if err := compressor.Close(); err != nil {
		return nil, err
	}
	header := binary.BigEndian.AppendUint32(nil, bombSide)
	header = binary.BigEndian.AppendUint32(header, bombSide)
	header = append(header, 1, 0, 0, 0, 0) // one bit, grey, and the only methods there are
	file := []byte("\x89PNG\r\n\x1a\n")
	file = appendChunk(file, "IHDR", header)
	file = appendChunk(file, "IDAT", pixels.Bytes())
	return appendChunk(file, "IEND", nil), nil
}

// appendChunk appends a PNG chunk.
func appendChunk(file []byte, kind string, data []byte) []byte {
	file = binary.BigEndian.AppendUint32(file, uint32(len(data))) // #nosec G115 -- half a megabyte at most
	start := len(file)
	file = append(append(file, kind...), data...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(file[start:]))
}

// corrupt returns an image with a defect that no viewer can ignore.
func corrupt(i int) ([]byte, error) {
	size := image.Pt(200+i, 150+i)
	gray := color.NRGBA{128, 128, 128, 255}
	m := draw(size, [4]color.NRGBA{gray, gray, gray, gray}, i)
	var asJPEG, asPNG bytes.Buffer
	if err := jpeg.Encode(&asJPEG, m, nil); err != nil {
		return nil, err
	}
	if err := png.Encode(&asPNG, m); err != nil {
		return nil, err
	}
	switch i % 5 {
	case 0: // the upload broke off
		return asJPEG.Bytes()[:asJPEG.Len()/2], nil
	case 1:
		return asPNG.Bytes()[:asPNG.Len()/2], nil
	case 2: // nothing was ever written
		return nil, nil
	case 3: // a header, then noise
		return append(asPNG.Bytes()[:60:60], bytes.Repeat([]byte("noise"), 2000)...), nil
	default: // a bit flipped, and so the checksum is wrong
		body := asPNG.Bytes()
		body[len(body)/2] ^= 0x10
		return body, nil
	}
}

// foreign returns what people upload by mistake.
func foreign(i int) []byte {
	bodies := []string{
		"To whom it may concern: this is no picture.\n",
		"<!DOCTYPE html><html><body><img src=cat.jpg></body></html>",
		`<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>`,
		"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
		"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"PK\x03\x04\x14\x00\x00\x00\x08\x00",
		`{"image": null}`,
	}
	return []byte(bodies[i%len(bodies)])
}
