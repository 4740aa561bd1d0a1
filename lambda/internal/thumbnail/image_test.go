package thumbnail

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
	"golang.org/x/image/tiff"
)

var (
	red  = color.NRGBA{R: 255, A: 255}
	blue = color.NRGBA{B: 255, A: 255}
)

// halves is an image whose left half is red and whose right half is blue.
func halves(width, height int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if x < width/2 {
				picture.SetNRGBA(x, y, red)
			} else {
				picture.SetNRGBA(x, y, blue)
			}
		}
	}
	return picture
}

func encodeJPEG(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, jpeg.Encode(&buffer, picture, &jpeg.Options{Quality: 95}))
	return buffer.Bytes()
}

func encodePNG(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var buffer bytes.Buffer
	require.NoError(t, png.Encode(&buffer, picture))
	return buffer.Bytes()
}

// withOrientation puts an EXIF segment with nothing but the orientation tag
// behind a JPEG file's start marker.
func withOrientation(file []byte, orientation uint16) []byte {
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	exif = binary.BigEndian.AppendUint16(exif, orientation)
	exif = append(exif, 0, 0, 0, 0, 0, 0)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return bytes.Join([][]byte{file[:2], segment, exif, file[2:]}, nil)
}

// assertColor allows for what JPEG loses.
func assertColor(t *testing.T, want color.NRGBA, got color.Color) {
	t.Helper()
	c := color.NRGBAModel.Convert(got).(color.NRGBA)
	const tolerance = 12
	assert.InDelta(t, want.R, c.R, tolerance, "red of %v", c)
	assert.InDelta(t, want.G, c.G, tolerance, "green of %v", c)
	assert.InDelta(t, want.B, c.B, tolerance, "blue of %v", c)
}

func decodeThumbnail(t *testing.T, thumbnail []byte) image.Image {
	t.Helper()
	picture, err := jpeg.Decode(bytes.NewReader(thumbnail))
	require.NoError(t, err)
	return picture
}

func TestRenderFitsTheBoxAndKeepsTheProportions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ original, want size }{
		"landscape":       {size{800, 400}, size{200, 100}},
		"portrait":        {size{300, 600}, size{100, 200}},
		"square":          {size{500, 500}, size{200, 200}},
		"exactly the box": {size{200, 200}, size{200, 200}},
		"never enlarged":  {size{60, 40}, size{60, 40}},
		"one pixel":       {size{1, 1}, size{1, 1}},
		"a thin line":     {size{4000, 1}, size{200, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			thumbnail, dimensions, err := testConfig().render(encodeJPEG(t, halves(test.original.width, test.original.height)))
			require.NoError(t, err)
			assert.Equal(t, test.want, dimensions)
			assert.Equal(t, image.Rect(0, 0, test.want.width, test.want.height), decodeThumbnail(t, thumbnail).Bounds())
		})
	}
}

func TestRenderKeepsTheColors(t *testing.T) {
	t.Parallel()
	thumbnail, _, err := testConfig().render(encodeJPEG(t, halves(800, 400)))
	require.NoError(t, err)
	picture := decodeThumbnail(t, thumbnail)
	assertColor(t, red, picture.At(20, 50))
	assertColor(t, blue, picture.At(180, 50))
}

// A JPEG file's first quantisation entry is, at quality q ≥ 50, the standard
// table's 16 × (200 − 2q) %, rounded: 5 at quality 85, 16 at quality 50.
func TestRenderUsesTheConfiguredQuality(t *testing.T) {
	t.Parallel()
	for quality, want := range map[int]byte{85: 5, 50: 16} {
		config := testConfig()
		config.Quality = quality
		thumbnail, _, err := config.render(encodeJPEG(t, halves(400, 400)))
		require.NoError(t, err)
		_, tables, found := bytes.Cut(thumbnail, []byte{0xff, 0xdb})
		require.True(t, found)
		// Two bytes of length and one of table number come first.
		assert.Equal(t, want, tables[3], "quality %d", quality)
	}
}

func TestRenderTurnsTheImageUpright(t *testing.T) {
	t.Parallel()
	// What a viewer sees of an image stored red on the left, blue on the right.
	for name, test := range map[string]struct {
		orientation uint16
		want        size
		red, blue   image.Point
	}{
		"normal":             {1, size{200, 100}, image.Pt(20, 50), image.Pt(180, 50)},
		"mirrored":           {2, size{200, 100}, image.Pt(180, 50), image.Pt(20, 50)},
		"upside down":        {3, size{200, 100}, image.Pt(180, 50), image.Pt(20, 50)},
		"on its right side":  {6, size{100, 200}, image.Pt(50, 20), image.Pt(50, 180)},
		"on its left side":   {8, size{100, 200}, image.Pt(50, 180), image.Pt(50, 20)},
		"no such tag value ": {9, size{200, 100}, image.Pt(20, 50), image.Pt(180, 50)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			thumbnail, dimensions, err := testConfig().render(withOrientation(encodeJPEG(t, halves(800, 400)), test.orientation))
			require.NoError(t, err)
			assert.Equal(t, test.want, dimensions)
			picture := decodeThumbnail(t, thumbnail)
			assertColor(t, red, picture.At(test.red.X, test.red.Y))
			assertColor(t, blue, picture.At(test.blue.X, test.blue.Y))
		})
	}
}

func TestRenderTakesTheStandardLibrarysFormats(t *testing.T) {
	t.Parallel()
	var animation bytes.Buffer
	require.NoError(t, gif.Encode(&animation, halves(400, 200), nil))
	for name, original := range map[string][]byte{
		"png": encodePNG(t, halves(400, 200)),
		"gif": animation.Bytes(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			thumbnail, dimensions, err := testConfig().render(original)
			require.NoError(t, err)
			assert.Equal(t, size{200, 100}, dimensions)
			assertColor(t, red, decodeThumbnail(t, thumbnail).At(20, 50))
		})
	}
}

func TestRenderPutsTransparencyOnWhite(t *testing.T) {
	t.Parallel()
	thumbnail, _, err := testConfig().render(encodePNG(t, image.NewNRGBA(image.Rect(0, 0, 50, 50))))
	require.NoError(t, err)
	assertColor(t, color.NRGBA{R: 255, G: 255, B: 255, A: 255}, decodeThumbnail(t, thumbnail).At(25, 25))
}

func TestRenderIsRepeatable(t *testing.T) {
	t.Parallel()
	original := encodeJPEG(t, halves(800, 400))
	first, _, err := testConfig().render(original)
	require.NoError(t, err)
	second, _, err := testConfig().render(original)
	require.NoError(t, err)
	assert.Equal(t, first, second)
}

func TestRenderRefusesWhatItCannotOrMustNotDecode(t *testing.T) {
	t.Parallel()
	whole := encodeJPEG(t, halves(400, 400))
	var tiffFile bytes.Buffer
	require.NoError(t, tiff.Encode(&tiffFile, halves(10, 10), nil))
	for name, test := range map[string]struct {
		original []byte
		want     error
	}{
		"empty":              {nil, ErrUnsupported},
		"text":               {[]byte("not an image"), ErrUnsupported},
		"only a start":       {whole[:10], ErrUnsupported},
		"truncated":          {whole[:len(whole)/2], ErrCorrupt},
		"another format":     {tiffFile.Bytes(), ErrUnsupported},
		"too many pixels":    {encodePNG(t, image.NewGray(image.Rect(0, 0, 1001, 1000))), ErrTooLarge},
		"decompression bomb": {bomb(t), ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := testConfig().render(test.original)
			require.ErrorIs(t, err, test.want)
		})
	}
}

func TestRenderTakesAnImageAtThePixelLimit(t *testing.T) {
	t.Parallel()
	_, dimensions, err := testConfig().render(encodePNG(t, image.NewGray(image.Rect(0, 0, 1000, 1000))))
	require.NoError(t, err)
	assert.Equal(t, size{200, 200}, dimensions)
}

// bomb is a PNG file of a few bytes whose header announces 65,000 × 65,000
// pixels, 17 GB when decoded.
func bomb(t *testing.T) []byte {
	t.Helper()
	file := encodePNG(t, image.NewNRGBA(image.Rect(0, 0, 1, 1)))
	// The first chunk: 8 bytes of signature, 4 of length, 4 of type, then
	// width, height and five more bytes, and the checksum over type and data.
	binary.BigEndian.PutUint32(file[16:], 65_000)
	binary.BigEndian.PutUint32(file[20:], 65_000)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}
