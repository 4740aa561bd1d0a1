package render

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/tiff"
)

func TestHostileFilesGetAVerdict(t *testing.T) {
	t.Parallel()
	whole := encodeJPEG(t, halves(400, 400))
	wholePNG := encodePNG(t, photograph(300, 300))
	wholeTIFF := encodeTIFF(t, photograph(300, 300), tiff.Deflate)
	lossy := testdata(t, "lossy.webp")
	for name, test := range map[string]struct {
		original []byte
		want     error
	}{
		"zero bytes":                  {nil, ErrCorrupt},
		"text named like an image":    {[]byte("not an image"), ErrUnsupported},
		"HTML":                        {[]byte("<!DOCTYPE html><img src=x>"), ErrUnsupported},
		"SVG":                         {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), ErrUnsupported},
		"HEIC":                        {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), ErrUnsupported},
		"only a signature":            {[]byte("\x89PNG\r\n\x1a\n"), ErrCorrupt},
		"truncated jpeg":              {whole[:len(whole)/2], ErrCorrupt},
		"truncated jpeg, reduced":     {truncated(encodeJPEG(t, photograph(900, 900))), ErrCorrupt},
		"jpeg without its last bytes": {whole[:len(whole)-2], ErrCorrupt},
		"truncated png":               {truncated(wholePNG), ErrCorrupt},
		"truncated gif":               {truncated(encodeGIF(t, photograph(100, 100))), ErrCorrupt},
		"truncated bmp":               {truncated(encodeBMP(t, halves(100, 100))), ErrCorrupt},
		"truncated tiff":              {truncated(wholeTIFF), ErrCorrupt},
		"truncated webp":              {truncated(lossy), ErrCorrupt},
		"png with a changed byte":     {changed(wholePNG, len(wholePNG)/2), ErrCorrupt},
		"too many pixels":             {encodePNG(t, image.NewGray(image.Rect(0, 0, 1001, 1000))), ErrTooLarge},
		"bomb":                        {pngBomb(t, 65_000, 65_000), ErrTooLarge},
		"bomb one pixel high":         {pngBomb(t, 1<<31-1, 1), ErrTooLarge},
		"tiff of very many strips":    {tiffOfStrips(70_000), ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Thumbnails(t.Context(), test.original, testOptions())
			require.ErrorIs(t, err, test.want)
		})
	}
}

func truncated(file []byte) []byte { return file[:len(file)*2/3] }

func changed(file []byte, at int) []byte {
	result := bytes.Clone(file)
	result[at] ^= 0x55
	return result
}

// tiffOfStrips returns the directory of a TIFF file one pixel wide, with a strip for
// each of its rows.
func tiffOfStrips(rows uint32) []byte {
	file := []byte("II*\x00\x08\x00\x00\x00\x09\x00")
	for _, entry := range [][3]uint32{
		{0x100, 4, 1},
		{0x101, 4, rows},
		{0x102, 3, 8},
		{0x103, 3, 8},
		{0x106, 3, 1},
		{0x111, 4, 8},
		{0x115, 3, 1},
		{0x116, 4, 1},
		{0x117, 4, 8},
	} {
		file = binary.LittleEndian.AppendUint16(file, uint16(entry[0]))
		file = binary.LittleEndian.AppendUint16(file, uint16(entry[1]))
		file = binary.LittleEndian.AppendUint32(file, 1)
		file = binary.LittleEndian.AppendUint32(file, entry[2])
	}
	return append(file, 0, 0, 0, 0)
}

func TestAnImageAtTheLimitIsTaken(t *testing.T) {
	t.Parallel()
	thumbnail, _ := render(t, encodePNG(t, image.NewGray(image.Rect(0, 0, 1000, 1000))), testOptions())
	assert.Equal(t, Size{200, 200}, thumbnail.Size)
}

// A million pixels of four channels of 16 bits are eight million bytes.
func TestMemoryHasALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	deep := encodePNG(t, image.NewNRGBA64(image.Rect(0, 0, 1000, 1000)))
	options := testOptions()
	// Besides the image, these are two rows for the decoder and one in three colours.
	options.MaxMemory = 8_000_000 + 2*8_000 + 3_000
	_, _, err := Thumbnails(t.Context(), deep, options)
	require.NoError(t, err)
	options.MaxMemory--
	_, _, err = Thumbnails(t.Context(), deep, options)
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorContains(t, err, "takes 8019000 bytes when decoded, the limit is 8018999")
}

func TestADecoderThatPanicsIsACorruptFile(t *testing.T) {
	t.Parallel()
	crashing := header{Size: Size{1, 1}, format: &format{name: "crashing", decode: func(io.Reader) (image.Image, error) {
		var none []byte
		return nil, fmt.Errorf("never reached: %v", none[1:])
	}}}
	_, err := crashing.decode(t.Context(), []byte("file"), 1)
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorContains(t, err, "the decoder panicked: runtime error: slice bounds out of range")
}

// Some decoders have let numbers through that the palette does not have.
func TestAColorThatIsNotInThePaletteIsNoPanic(t *testing.T) {
	t.Parallel()
	crafted := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{red})
	crafted.Pix[1] = 200
	reduced := reduce(picture{Image: crafted, canvas: crafted.Rect}, Size{2, 1}, white)
	assert.Equal(t, red, reduced.NRGBAAt(0, 0))
	assert.Equal(t, white, reduced.NRGBAAt(1, 0))
}

// measureFile is the variable that makes the test binary a process that decodes
// one file with the function's own limits.
const measureFile = "RENDER_TEST_FILE"

type measurement struct {
	Verdict string
	// Bytes is the memory that the process has taken from the system since its start.
	Bytes uint64
}

func TestMain(m *testing.M) {
	if path := os.Getenv(measureFile); path != "" {
		if err := measure(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func measure(path string) error {
	original, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, _, err = Thumbnails(context.Background(), original, Options{
		Boxes: []Size{{200, 200}}, Quality: 85, Background: white, MaxPixels: 50_000_000, MaxMemory: 192 << 20,
	})
	result := measurement{Verdict: "none"}
	for _, verdict := range []error{ErrTooLarge, ErrCorrupt, ErrUnsupported} {
		if errors.Is(err, verdict) {
			result.Verdict = verdict.Error()
		}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	result.Bytes = stats.Sys
	return json.NewEncoder(os.Stdout).Encode(result)
}

// A file determines how much memory is requested, so each of these is decoded
// in a process of its own, whose memory is measured.
func TestHostileFilesStayBelow256MB(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	progressive, err := os.ReadFile(filepath.Join("..", "jpegscale", "testdata", "q50.444.progressive.jpeg"))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		original []byte
		want     error
	}{
		// All of it is allocated before the first missing byte is noticed.
		"png of 50 megapixels":           {pngBomb(t, 10_000, 4_999), ErrCorrupt},
		"50 megapixels in 30 MB":         {append(pngBomb(t, 10_000, 4_999)[:33], pngChunk("IDAT", stored(30<<20))...), ErrCorrupt},
		"png beyond the pixels":          {pngBomb(t, 10_000, 5_001), ErrTooLarge},
		"png of one row":                 {pngBomb(t, 50_000_000, 1), ErrTooLarge},
		"png of one row, just fitting":   {pngBomb(t, 13_000_000, 1), ErrCorrupt},
		"jpeg of 49 megapixels":          {resized(encodeJPEG(t, halves(8, 8)), 0xc0, 7000, 7000), ErrCorrupt},
		"progressive of 49 megapixels":   {resized(progressive, 0xc2, 7000, 7000), ErrTooLarge},
		"progressive of 36 megapixels":   {resized(progressive, 0xc2, 6000, 6000), ErrTooLarge},
		"progressive of 20 megapixels":   {resized(progressive, 0xc2, 5000, 4000), ErrCorrupt},
		"lossless webp of 50 megapixels": {resizedWebP(testdata(t, "lossless.webp"), 10_000, 5_000), ErrTooLarge},
		"lossless webp of 25 megapixels": {resizedWebP(testdata(t, "lossless.webp"), 5_000, 5_000), ErrCorrupt},
		"32 MB of nothing":               {append(encodePNG(t, halves(8, 8))[:33], make([]byte, 32<<20)...), ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(folder, fmt.Sprintf("%x", name))
			require.NoError(t, os.WriteFile(path, test.original, 0o600))
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append(os.Environ(), measureFile+"="+path)
			output, err := command.Output()
			require.NoError(t, err)
			var got measurement
			require.NoError(t, json.Unmarshal(output, &got))
			assert.Equal(t, test.want.Error(), got.Verdict)
			assert.Less(t, got.Bytes, uint64(256<<20))
		})
	}
}

// stored returns zlib data of about the given length, uncompressed, and without an end.
func stored(length int) []byte {
	data := []byte{0x78, 0x01}
	for len(data) < length {
		data = append(data, 0, 0xff, 0xff, 0, 0)
		data = append(data, make([]byte, 0xffff)...)
	}
	return data
}

// resized changes only the size in a JPEG file's frame header.
func resized(file []byte, frame byte, width, height uint16) []byte {
	result := bytes.Clone(file)
	at := bytes.Index(result, []byte{0xff, frame})
	binary.BigEndian.PutUint16(result[at+5:], height)
	binary.BigEndian.PutUint16(result[at+7:], width)
	return result
}

// resizedWebP changes the size in a lossless WebP file's header: 14 bits each of
// width and height, minus one, after the signature.
func resizedWebP(file []byte, width, height uint32) []byte {
	result := bytes.Clone(file)
	at := bytes.Index(result, []byte("VP8L")) + 9
	rest := binary.LittleEndian.Uint32(result[at:]) &^ (1<<28 - 1)
	binary.LittleEndian.PutUint32(result[at:], rest|(height-1)<<14|(width-1))
	return result
}
