package jpegscale

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// files returns the JPEG files of testdata, by name.
func files(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*.jpeg"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	result := map[string][]byte{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		result[strings.TrimSuffix(filepath.Base(path), ".jpeg")] = content
	}
	return result
}

// reduced returns what Decode must compute, by definition and with floating
// point: the cosine transform of each block of 8 × 8 pixels, its n lowest
// frequencies, and their inverse transform of n points. Samples beyond the
// edges repeat the last one, as encoders do; the outermost blocks are not
// compared.
func reduced(pix []byte, stride, blocksX, blocksY, n int) [][]float64 {
	basis := func(points int) (b [8][8]float64) {
		for x := range points {
			b[x][0] = math.Sqrt2 / 4
			for u := 1; u < points; u++ {
				b[x][u] = math.Cos(float64(2*x+1)*float64(u)*math.Pi/float64(2*points)) / 2
			}
		}
		return b
	}
	forward, inverse := basis(8), basis(n)
	out := make([][]float64, blocksY*n)
	for y := range out {
		out[y] = make([]float64, blocksX*n)
	}
	for block := range blocksX * blocksY {
		left, top := block%blocksX, block/blocksX
		for v := range n {
			for u := range n {
				sum := 0.0
				for y := range 8 {
					for x := range 8 {
						sum += float64(pix[(8*top+y)*stride+8*left+x]) * forward[x][u] * forward[y][v]
					}
				}
				for y := range n {
					for x := range n {
						out[top*n+y][left*n+x] += sum * inverse[x][u] * inverse[y][v]
					}
				}
			}
		}
	}
	return out
}

// assertPlane compares whole blocks only. What the full decoding clamped to the
// range of a byte cannot be compared, hence the decibels.
func assertPlane(t *testing.T, full []byte, fullStride, fullWidth, fullHeight int, small []byte, smallStride, n int) {
	t.Helper()
	want := reduced(full, fullStride, fullWidth/8, fullHeight/8, n)
	sum, count := 0.0, 0
	for y, row := range want {
		for x, v := range row {
			difference := min(max(v, 0), 255) - float64(small[y*smallStride+x])
			sum += difference * difference
			count++
		}
	}
	assert.Greater(t, 10*math.Log10(255*255/(sum/float64(count))), 45.0, "PSNR in dB")
}

func TestDecodeKeepsTheLowFrequencies(t *testing.T) {
	t.Parallel()
	for name, data := range files(t) {
		if name == "rgb" {
			continue
		}
		for _, denom := range []int{2, 4, 8} {
			t.Run(name+" at 1/"+string(rune('0'+denom)), func(t *testing.T) {
				t.Parallel()
				whole, err := jpeg.Decode(bytes.NewReader(data))
				require.NoError(t, err)
				width, height := whole.Bounds().Dx(), whole.Bounds().Dy()
				got, err := Decode(t.Context(), data, denom)
				require.NoError(t, err)
				assert.Equal(t, image.Rect(0, 0, (width+denom-1)/denom, (height+denom-1)/denom), got.Bounds())
				switch got := got.(type) {
				case *image.Gray:
					full := whole.(*image.Gray)
					assertPlane(t, full.Pix, full.Stride, width, height, got.Pix, got.Stride, 8/denom)
				case *image.YCbCr:
					full := whole.(*image.YCbCr)
					assertPlane(t, full.Y, full.YStride, width, height, got.Y, got.YStride, 8/denom)
				default:
					t.Errorf("%T", got)
				}
			})
		}
	}
}

// Chroma of half the resolution is transformed at twice the size, so that it
// fits the luma without interpolation where blocks of four allow it.
func TestDecodeBringsChromaToTheSizeOfLuma(t *testing.T) {
	t.Parallel()
	data := files(t)
	for _, test := range []struct {
		name  string
		denom int
		want  image.YCbCrSubsampleRatio
	}{
		{"q50.444", 2, image.YCbCrSubsampleRatio444},
		{"q50.420", 2, image.YCbCrSubsampleRatio420},
		{"q50.420", 4, image.YCbCrSubsampleRatio444},
		{"q50.422", 4, image.YCbCrSubsampleRatio444},
		{"q50.440", 4, image.YCbCrSubsampleRatio444},
		{"q50.411", 4, image.YCbCrSubsampleRatio422},
		{"q50.410", 4, image.YCbCrSubsampleRatio422},
		{"q50.410", 8, image.YCbCrSubsampleRatio444},
	} {
		got, err := Decode(t.Context(), data[test.name], test.denom)
		require.NoError(t, err)
		assert.Equal(t, test.want, got.(*image.YCbCr).SubsampleRatio, "%s at 1/%d", test.name, test.denom)
	}
}

// At an eighth, a block is one pixel: the average of its luma, and, where chroma
// has half the resolution, the four averages of a quarter of a block.
func TestDecodeComputesTheChromaOfEachPixel(t *testing.T) {
	t.Parallel()
	data := files(t)["q50.420"]
	whole, err := jpeg.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	full := whole.(*image.YCbCr)
	got, err := Decode(t.Context(), data, 8)
	require.NoError(t, err)
	small := got.(*image.YCbCr)
	width, height := full.Rect.Dx()/2, full.Rect.Dy()/2
	assertPlane(t, full.Cb, full.CStride, width, height, small.Cb, small.CStride, 2)
	assertPlane(t, full.Cr, full.CStride, width, height, small.Cr, small.CStride, 2)
}

func TestProgressiveAndSequentialFilesOfTheSameCoefficientsAreTheSameImage(t *testing.T) {
	t.Parallel()
	data := files(t)
	for name := range data {
		progressive, ok := data[name+".progressive"]
		if !ok {
			continue
		}
		for _, denom := range []int{2, 4, 8} {
			want, err := Decode(t.Context(), data[name], denom)
			require.NoError(t, err)
			got, err := Decode(t.Context(), progressive, denom)
			require.NoError(t, err)
			for y := range want.Bounds().Dy() {
				for x := range want.Bounds().Dx() {
					require.Equal(t, want.At(x, y), got.At(x, y), "%s at 1/%d", name, denom)
				}
			}
		}
	}
}

func TestReadHeader(t *testing.T) {
	t.Parallel()
	data := files(t)
	for name, want := range map[string]struct {
		components  int
		progressive bool
		supported   bool
	}{
		"q50.420":                  {3, false, true},
		"q50.420.progressive":      {3, true, true},
		"gray.q50.2x2":             {1, false, true},
		"gray.q50.2x2.progressive": {1, true, true},
		"rgb":                      {3, false, false},
	} {
		header, err := ReadHeader(data[name])
		require.NoError(t, err)
		assert.Equal(t, want.components, header.Components, name)
		assert.Equal(t, want.progressive, header.Progressive, name)
		assert.Equal(t, want.supported, header.Supported, name)
		assert.Equal(t, image.Pt(150, 103), image.Pt(header.Width, header.Height), name)
	}
}

// 150 × 103 pixels at 4:2:0 are 10 × 7 units of 16 × 16: at 1/4, 40 × 28 luma
// samples and as many of each chroma; and in a progressive file, 20 × 14 blocks
// of luma and 10 × 7 of each chroma, each of 64 coefficients of two bytes.
func TestMemoryCountsPlanesAndCoefficients(t *testing.T) {
	t.Parallel()
	data := files(t)
	sequential, err := ReadHeader(data["q50.420"])
	require.NoError(t, err)
	assert.Equal(t, int64(3*40*28), sequential.Memory(4))
	progressive, err := ReadHeader(data["q50.420.progressive"])
	require.NoError(t, err)
	assert.Equal(t, int64(3*40*28+(20*14+2*10*7)*128), progressive.Memory(4))
}

func TestDecodeLeavesOtherKindsToOthers(t *testing.T) {
	t.Parallel()
	data := files(t)
	_, err := Decode(t.Context(), data["rgb"], 2)
	require.ErrorIs(t, err, ErrUnsupported)
	_, err = Decode(t.Context(), data["q50.420"], 1)
	require.ErrorIs(t, err, ErrUnsupported)
}

// However much is missing, a part of an image is never mistaken for the whole.
func TestDecodeRefusesTruncatedFiles(t *testing.T) {
	t.Parallel()
	for name, data := range files(t) {
		if name == "rgb" || len(data) > 4000 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for length := 0; length < len(data); length += 11 {
				if _, err := Decode(t.Context(), data[:length], 8); !assert.ErrorIs(t, err, ErrCorrupt, "%d bytes", length) {
					break
				}
			}
		})
	}
}

func TestDecodeRefusesWhatBreaksTheRules(t *testing.T) {
	t.Parallel()
	file := files(t)["q50.420"]
	// change returns the file with one byte of the segment changed.
	change := func(marker byte, offset int, value byte) []byte {
		changed := bytes.Clone(file)
		at := bytes.Index(changed, []byte{0xff, marker})
		require.Positive(t, at)
		changed[at+4+offset] = value
		return changed
	}
	for name, data := range map[string][]byte{
		"empty":                            {},
		"no frame":                         {0xff, markerSOI, 0xff, markerEOI},
		"text":                             []byte("a text"),
		"no pixels":                        change(markerSOF0, 2, 0),
		"a component twice":                change(markerSOF0, 9, file[bytes.Index(file, []byte{0xff, markerSOF0})+4+6]),
		"no such quantisation table":       change(markerSOF0, 8, 9),
		"a sampling factor of zero":        change(markerSOF0, 7, 0x02),
		"a scan of an unknown component":   change(markerSOS, 1, 77),
		"a scan with an unknown table":     change(markerSOS, 2, 0x33),
		"a Huffman table of no such class": change(markerDHT, 0, 0x20),
		"more codes than fit":              change(markerDHT, 1, 3),
		"another frame":                    bytes.Replace(file, []byte{0xff, markerSOS}, append(segment(file, markerSOF0), 0xff, markerSOS), 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Decode(t.Context(), data, 4)
			require.ErrorIs(t, err, ErrCorrupt)
		})
	}
}

// segment returns the whole of the first segment of a kind, marker and all.
func segment(file []byte, marker byte) []byte {
	at := bytes.Index(file, []byte{0xff, marker})
	return bytes.Clone(file[at : at+2+int(file[at+2])<<8+int(file[at+3])])
}

// A scan that covers all blocks takes a few bytes, because runs of empty blocks
// cost nothing. Thousands of them make a small file that decodes for minutes.
func TestReadHeaderRefusesEndlessScans(t *testing.T) {
	t.Parallel()
	file := files(t)["q50.420.progressive"]
	scan := segment(file, markerSOS)
	bomb := bytes.Replace(file, scan, bytes.Repeat(scan, 1000), 1)
	_, err := ReadHeader(bomb)
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorContains(t, err, "too many scans")
}

func TestDecodeStopsWhenTheContextIsDone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"q50.420", "q50.420.progressive"} {
		_, err := Decode(ctx, files(t)[name], 2)
		require.ErrorIs(t, err, context.Canceled)
	}
}

func FuzzDecode(f *testing.F) {
	for name, data := range files(f) {
		if len(data) < 4000 {
			f.Add(data, strings.Contains(name, "progressive"))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, eighth bool) {
		denom := 2
		if eighth {
			denom = 8
		}
		header, err := ReadHeader(data)
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		if header.Width*header.Height > 1<<20 {
			return
		}
		picture, err := Decode(t.Context(), data, denom)
		if err != nil {
			return
		}
		require.Equal(t, image.Rect(0, 0, scaled(header.Width, denom), scaled(header.Height, denom)), picture.Bounds())
		// Reading the last pixel shows that the planes are as large as they say.
		picture.At(picture.Bounds().Max.X-1, picture.Bounds().Max.Y-1)
	})
}
