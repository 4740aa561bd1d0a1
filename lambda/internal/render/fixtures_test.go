package render

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

var (
	red   = color.NRGBA{R: 255, A: 255}
	blue  = color.NRGBA{B: 255, A: 255}
	white = color.NRGBA{R: 255, G: 255, B: 255, A: 255}
	green = color.NRGBA{G: 255, A: 255}
)

// testOptions returns options with one box of 200 × 200 and tight limits.
func testOptions() Options {
	return Options{
		Boxes: []Size{{200, 200}}, Quality: 85, Background: white,
		MaxPixels: 1_000_000, MaxMemory: 16 << 20,
	}
}

// paint sets each pixel by its position.
func paint(width, height int, at func(x, y int) color.NRGBA) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetNRGBA(x, y, at(x, y))
		}
	}
	return picture
}

// halves returns an image whose left half is red and whose right half is blue.
func halves(width, height int) *image.NRGBA {
	return paint(width, height, func(x, _ int) color.NRGBA {
		if x < width/2 {
			return red
		}
		return blue
	})
}

func encodeJPEG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, jpeg.Encode(&buffer, picture, &jpeg.Options{Quality: 95}))
	return buffer.Bytes()
}

func encodePNG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, png.Encode(&buffer, picture))
	return buffer.Bytes()
}

func encodeGIF(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, gif.Encode(&buffer, picture, nil))
	return buffer.Bytes()
}

func encodeBMP(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, bmp.Encode(&buffer, picture))
	return buffer.Bytes()
}

func encodeTIFF(t testing.TB, picture image.Image, compression tiff.CompressionType) []byte {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, tiff.Encode(&buffer, picture, &tiff.Options{Compression: compression}))
	return buffer.Bytes()
}

// exif returns a TIFF structure that contains only the orientation.
func exif(orientation uint16) []byte {
	structure := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	structure = binary.BigEndian.AppendUint16(structure, orientation)
	return append(structure, 0, 0, 0, 0, 0, 0)
}

// jpegWithEXIF inserts the structure after a JPEG file's start marker.
func jpegWithEXIF(file, structure []byte) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+6+len(structure)))
	return bytes.Join([][]byte{file[:2], segment, []byte("Exif\x00\x00"), structure, file[2:]}, nil)
}

// pngChunk returns a chunk of a PNG file.
func pngChunk(kind string, data []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	chunk = append(append(chunk, kind...), data...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}

// pngWithEXIF inserts the structure before a PNG file's last chunk.
func pngWithEXIF(file, structure []byte) []byte {
	end := len(file) - 12
	return bytes.Join([][]byte{file[:end], pngChunk("eXIf", structure), file[end:]}, nil)
}

// webpWithEXIF appends the structure after a WebP file's last chunk.
func webpWithEXIF(file, structure []byte) []byte {
	chunk := binary.LittleEndian.AppendUint32([]byte("EXIF"), uint32(len(structure)))
	result := bytes.Join([][]byte{file, chunk, structure}, nil)
	binary.LittleEndian.PutUint32(result[4:], uint32(len(result)-8))
	return result
}

// tiffWithOrientation appends a second directory to a TIFF file, with the tag
// in its place, and makes it the first. Nothing else moves.
func tiffWithOrientation(file []byte, orientation uint16) []byte {
	at := int(binary.LittleEndian.Uint32(file[4:]))
	count := int(binary.LittleEndian.Uint16(file[at:]))
	directory := binary.LittleEndian.AppendUint16(nil, uint16(count+1))
	added := false
	for i := range count {
		entry := file[at+2+12*i:][:12]
		if !added && binary.LittleEndian.Uint16(entry) > 0x0112 {
			directory = append(directory, 0x12, 0x01, 3, 0, 1, 0, 0, 0, byte(orientation), 0, 0, 0)
			added = true
		}
		directory = append(directory, entry...)
	}
	result := bytes.Join([][]byte{file, directory, {0, 0, 0, 0}}, nil)
	binary.LittleEndian.PutUint32(result[4:], uint32(len(file)))
	return result
}

// pngBomb returns a PNG file of a few bytes whose header claims a larger image.
func pngBomb(t testing.TB, width, height uint32) []byte {
	t.Helper()
	file := encodePNG(t, image.NewNRGBA(image.Rect(0, 0, 1, 1)))
	// This is the first chunk: 8 bytes of signature, 4 of length, 4 of type,
	// then width, height and five more bytes, and the checksum over type and
	// data.
	binary.BigEndian.PutUint32(file[16:], width)
	binary.BigEndian.PutUint32(file[20:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

// render makes a single thumbnail.
func render(t *testing.T, original []byte, options Options) (Thumbnail, image.Image) {
	t.Helper()
	thumbnails, _, err := Thumbnails(t.Context(), original, options)
	require.NoError(t, err)
	require.Len(t, thumbnails, 1)
	picture, err := jpeg.Decode(bytes.NewReader(thumbnails[0].JPEG))
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, thumbnails[0].Size.Width, thumbnails[0].Size.Height), picture.Bounds())
	return thumbnails[0], picture
}

// assertColor tolerates what JPEG loses.
func assertColor(t *testing.T, want color.NRGBA, got color.Color) {
	t.Helper()
	c := color.NRGBAModel.Convert(got).(color.NRGBA)
	const tolerance = 12
	assert.InDelta(t, want.R, c.R, tolerance, "red of %v", c)
	assert.InDelta(t, want.G, c.G, tolerance, "green of %v", c)
	assert.InDelta(t, want.B, c.B, tolerance, "blue of %v", c)
}
