package render

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/disintegration/imaging"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/tiff"
)

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return content
}

func TestThumbnailsFitTheBoxAndKeepTheProportions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ original, box, want Size }{
		"landscape":           {Size{800, 400}, Size{200, 200}, Size{200, 100}},
		"portrait":            {Size{300, 600}, Size{200, 200}, Size{100, 200}},
		"square":              {Size{500, 500}, Size{200, 200}, Size{200, 200}},
		"exactly the box":     {Size{200, 200}, Size{200, 200}, Size{200, 200}},
		"never enlarged":      {Size{60, 40}, Size{200, 200}, Size{60, 40}},
		"one pixel":           {Size{1, 1}, Size{200, 200}, Size{1, 1}},
		"a thin line":         {Size{4000, 1}, Size{200, 200}, Size{200, 1}},
		"a thin column":       {Size{1, 4000}, Size{200, 200}, Size{1, 200}},
		"rounded up":          {Size{300, 200}, Size{100, 100}, Size{100, 67}},
		"rounded down":        {Size{400, 301}, Size{100, 100}, Size{100, 75}},
		"a wide box":          {Size{400, 400}, Size{300, 30}, Size{30, 30}},
		"a JPEG at a half":    {Size{801, 803}, Size{200, 200}, Size{200, 200}},
		"a JPEG at an eighth": {Size{1603, 801}, Size{100, 100}, Size{100, 50}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := testOptions()
			options.Boxes = []Size{test.box}
			options.MaxPixels = 2_000_000
			for _, original := range [][]byte{
				encodeJPEG(t, halves(test.original.Width, test.original.Height)),
				encodePNG(t, halves(test.original.Width, test.original.Height)),
			} {
				thumbnail, _ := render(t, original, options)
				assert.Equal(t, test.want, thumbnail.Size)
			}
		})
	}
}

func TestThumbnailsAreMadeForEveryBox(t *testing.T) {
	t.Parallel()
	options := testOptions()
	options.Boxes = []Size{{200, 200}, {640, 100}, {10, 10}}
	thumbnails, source, err := Thumbnails(t.Context(), encodeJPEG(t, halves(1200, 600)), options)
	require.NoError(t, err)
	assert.Equal(t, Source{Format: "jpeg", Size: Size{1200, 600}}, source)
	require.Len(t, thumbnails, 3)
	for i, want := range []Size{{200, 100}, {200, 100}, {10, 5}} {
		assert.Equal(t, options.Boxes[i], thumbnails[i].Box)
		assert.Equal(t, want, thumbnails[i].Size)
		picture, err := jpeg.Decode(bytes.NewReader(thumbnails[i].JPEG))
		require.NoError(t, err)
		assertColor(t, red, picture.At(want.Width/5, want.Height/2))
		assertColor(t, blue, picture.At(want.Width*4/5, want.Height/2))
	}
}

// A JPEG file's first quantisation entry is, at quality q ≥ 50, the standard
// table's 16 × (200 − 2q) %, rounded: 5 at quality 85, 16 at quality 50.
func TestThumbnailsHaveTheConfiguredQuality(t *testing.T) {
	t.Parallel()
	for quality, want := range map[int]byte{85: 5, 50: 16} {
		options := testOptions()
		options.Quality = quality
		thumbnail, _ := render(t, encodeJPEG(t, halves(400, 400)), options)
		_, tables, found := bytes.Cut(thumbnail.JPEG, []byte{0xff, 0xdb})
		require.True(t, found)
		// Two bytes of length and one of table number come first.
		assert.Equal(t, want, tables[3], "quality %d", quality)
	}
}

func TestThumbnailsAreUpright(t *testing.T) {
	t.Parallel()
	// This is what a viewer sees of an image stored with red on the left and blue on the right.
	landscape, portrait := Size{200, 100}, Size{100, 200}
	left, right, top, bottom := image.Pt(20, 50), image.Pt(180, 50), image.Pt(50, 20), image.Pt(50, 180)
	picture := halves(800, 400)
	for format, withOrientation := range map[string]func(uint16) []byte{
		"jpeg": func(o uint16) []byte { return jpegWithEXIF(encodeJPEG(t, picture), exif(o)) },
		"png":  func(o uint16) []byte { return pngWithEXIF(encodePNG(t, picture), exif(o)) },
		"webp": func(o uint16) []byte { return webpWithEXIF(testdata(t, "lossless.webp"), exif(o)) },
		"tiff": func(o uint16) []byte { return tiffWithOrientation(encodeTIFF(t, picture, tiff.Uncompressed), o) },
	} {
		for _, test := range []struct {
			name        string
			orientation uint16
			want        Size
			red, blue   image.Point
		}{
			{"normal", 1, landscape, left, right},
			{"mirrored", 2, landscape, right, left},
			{"upside down", 3, landscape, right, left},
			{"upside down and mirrored", 4, landscape, left, right},
			{"on its left side, mirrored", 5, portrait, top, bottom},
			{"on its right side", 6, portrait, top, bottom},
			{"on its right side, mirrored", 7, portrait, bottom, top},
			{"on its left side", 8, portrait, bottom, top},
			{"no such value", 9, landscape, left, right},
		} {
			t.Run(format+" "+test.name, func(t *testing.T) {
				t.Parallel()
				thumbnail, picture := render(t, withOrientation(test.orientation), testOptions())
				assert.Equal(t, test.want, thumbnail.Size)
				assertColor(t, red, picture.At(test.red.X, test.red.Y))
				assertColor(t, blue, picture.At(test.blue.X, test.blue.Y))
			})
		}
	}
}

// The upper and the lower half reveal what halves left and right do not.
func TestThumbnailsAreTurnedAndMirroredTheRightWay(t *testing.T) {
	t.Parallel()
	picture := paint(400, 400, func(x, y int) color.NRGBA {
		if x < 200 && y < 200 {
			return red
		}
		return blue
	})
	topLeft, topRight, bottomLeft, bottomRight := image.Pt(50, 50), image.Pt(150, 50), image.Pt(50, 150), image.Pt(150, 150)
	for orientation, want := range map[uint16]image.Point{
		1: topLeft, 2: topRight, 3: bottomRight, 4: bottomLeft, 5: topLeft, 6: topRight, 7: bottomRight, 8: bottomLeft,
	} {
		_, turned := render(t, jpegWithEXIF(encodeJPEG(t, picture), exif(orientation)), testOptions())
		for _, corner := range []image.Point{topLeft, topRight, bottomLeft, bottomRight} {
			expected := blue
			if corner == want {
				expected = red
			}
			assertColor(t, expected, turned.At(corner.X, corner.Y))
		}
	}
}

func TestThumbnailsOfEveryFormatShowTheOriginal(t *testing.T) {
	t.Parallel()
	picture := halves(400, 200)
	deep := image.NewNRGBA64(picture.Rect)
	grey := image.NewGray(picture.Rect)
	for y := range 200 {
		for x := range 400 {
			deep.Set(x, y, picture.At(x, y))
			grey.SetGray(x, y, color.Gray{Y: uint8(x / 200 * 255)})
		}
	}
	for name, test := range map[string]struct {
		original    []byte
		format      string
		left, right color.NRGBA
	}{
		"jpeg":                       {encodeJPEG(t, picture), "jpeg", red, blue},
		"grey jpeg":                  {encodeJPEG(t, grey), "jpeg", color.NRGBA{A: 255}, white},
		"png":                        {encodePNG(t, picture), "png", red, blue},
		"png of 16 bits":             {encodePNG(t, deep), "png", red, blue},
		"interlaced png":             {testdata(t, "interlaced.png"), "png", red, blue},
		"gif":                        {encodeGIF(t, picture), "gif", red, blue},
		"bmp":                        {encodeBMP(t, picture), "bmp", red, blue},
		"tiff":                       {encodeTIFF(t, picture, tiff.Uncompressed), "tiff", red, blue},
		"tiff of 16 bits":            {encodeTIFF(t, deep, tiff.Deflate), "tiff", red, blue},
		"grey tiff":                  {encodeTIFF(t, grey, tiff.Deflate), "tiff", color.NRGBA{A: 255}, white},
		"lossy webp":                 {testdata(t, "lossy.webp"), "webp", red, blue},
		"lossless webp":              {testdata(t, "lossless.webp"), "webp", red, blue},
		"lossy webp, right clear":    {testdata(t, "lossy-alpha.webp"), "webp", red, white},
		"lossless webp, right clear": {testdata(t, "lossless-alpha.webp"), "webp", red, white},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, source, err := Thumbnails(t.Context(), test.original, testOptions())
			require.NoError(t, err)
			assert.Equal(t, Source{Format: test.format, Size: Size{400, 200}}, source)
			thumbnail, picture := render(t, test.original, testOptions())
			assert.Equal(t, Size{200, 100}, thumbnail.Size)
			assertColor(t, test.left, picture.At(50, 50))
			assertColor(t, test.right, picture.At(150, 50))
		})
	}
}

// For a CMYK file, only the position of light and dark is certain, because the
// profile that defines the colours is not applied.
func TestThumbnailsOfCMYKHaveRedOnTheLeft(t *testing.T) {
	t.Parallel()
	_, picture := render(t, testdata(t, "cmyk.jpeg"), testOptions())
	left := color.NRGBAModel.Convert(picture.At(50, 50)).(color.NRGBA)
	right := color.NRGBAModel.Convert(picture.At(150, 50)).(color.NRGBA)
	assert.Greater(t, left.R, right.R)
	assert.Less(t, left.B, right.B)
}

func TestTransparencyLiesOnTheBackground(t *testing.T) {
	t.Parallel()
	half := color.NRGBA{R: 255, A: 128}
	palette := image.NewPaletted(image.Rect(0, 0, 50, 50), color.Palette{color.NRGBA{}, half})
	for name, test := range map[string]struct {
		picture image.Image
		want    color.NRGBA
	}{
		"clear":            {image.NewNRGBA(image.Rect(0, 0, 50, 50)), green},
		"half transparent": {paint(50, 50, func(int, int) color.NRGBA { return half }), color.NRGBA{R: 128, G: 127, A: 255}},
		"palette":          {palette, green},
		"16 bits":          {image.NewNRGBA64(image.Rect(0, 0, 50, 50)), green},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := testOptions()
			options.Background = green
			_, picture := render(t, encodePNG(t, test.picture), options)
			assertColor(t, test.want, picture.At(25, 25))
		})
	}
}

// The first frame of an animation may cover only a part of the screen.
func TestFirstFrameIsPutInItsPlace(t *testing.T) {
	t.Parallel()
	frame := image.NewPaletted(image.Rect(100, 0, 200, 100), color.Palette{blue, red})
	second := image.NewPaletted(image.Rect(0, 0, 200, 100), color.Palette{red})
	var animation bytes.Buffer
	require.NoError(t, gif.EncodeAll(&animation, &gif.GIF{
		Image: []*image.Paletted{frame, second}, Delay: []int{1, 1},
		Config: image.Config{ColorModel: frame.Palette, Width: 200, Height: 100},
	}))
	thumbnail, picture := render(t, animation.Bytes(), testOptions())
	assert.Equal(t, Size{200, 100}, thumbnail.Size)
	assertColor(t, white, picture.At(50, 50))
	assertColor(t, blue, picture.At(150, 50))
}

func TestMetadataIsNotPassedOn(t *testing.T) {
	t.Parallel()
	structure := append(exif(1), []byte("camera of a certain person")...)
	thumbnail, _ := render(t, jpegWithEXIF(encodeJPEG(t, halves(400, 200)), structure), testOptions())
	assert.NotContains(t, string(thumbnail.JPEG), "Exif")
	assert.NotContains(t, string(thumbnail.JPEG), "certain person")
}

func TestThumbnailsAreRepeatable(t *testing.T) {
	t.Parallel()
	for name, original := range map[string][]byte{
		"jpeg": encodeJPEG(t, photograph(600, 500)),
		"png":  encodePNG(t, photograph(600, 500)),
		"webp": testdata(t, "lossy.webp"),
	} {
		first, _ := render(t, original, testOptions())
		for range 3 {
			again, _ := render(t, original, testOptions())
			assert.Equal(t, first.JPEG, again.JPEG, name)
		}
	}
}

// photograph returns an image with edges, gradients and fine detail.
func photograph(width, height int) *image.NRGBA {
	return paint(width, height, func(x, y int) color.NRGBA {
		u, v := float64(x)/float64(width), float64(y)/float64(width)
		light := 128 + 60*math.Sin(9*u)*math.Cos(7*v) + 25*math.Sin(60*u+40*v*v) + 6*math.Sin(900*u)*math.Sin(700*v)
		if math.Hypot(u-0.4, v-0.3) < 0.2 {
			light = 255 - light
		}
		return color.NRGBA{
			R: uint8(min(max(light+30*math.Sin(3*v), 0), 255)),
			G: uint8(min(max(light, 0), 255)),
			B: uint8(min(max(light+30*math.Cos(4*u), 0), 255)),
			A: 255,
		}
	})
}

// Whatever shortcuts the decoding and the reduction take, the result is as good
// as that of a wide filter over every pixel. Odd sides leave a remainder at each
// step.
func TestThumbnailsAreCloseToALanczosReduction(t *testing.T) {
	t.Parallel()
	for _, original := range []Size{{400, 300}, {801, 603}, {1203, 407}, {1607, 403}} {
		photo := photograph(original.Width, original.Height)
		for format, file := range map[string][]byte{"jpeg": encodeJPEG(t, photo), "png": encodePNG(t, photo)} {
			decoded, err := imaging.Decode(bytes.NewReader(file))
			require.NoError(t, err)
			for _, box := range []Size{{200, 200}, {90, 90}} {
				t.Run(format+" of "+original.String()+" to "+box.String(), func(t *testing.T) {
					t.Parallel()
					options := testOptions()
					options.Boxes = []Size{box}
					thumbnail, picture := render(t, file, options)
					want := imaging.Resize(decoded, thumbnail.Size.Width, thumbnail.Size.Height, imaging.Lanczos)
					assert.Greater(t, psnr(want, imaging.Clone(picture)), 35.0, "dB")
				})
			}
		}
	}
}

func psnr(want, got *image.NRGBA) float64 {
	sum := 0.0
	for i := range want.Pix {
		difference := float64(want.Pix[i]) - float64(got.Pix[i])
		sum += difference * difference
	}
	// A quarter of all bytes is alpha, and the same in both.
	return 10 * math.Log10(255*255/(sum/float64(len(want.Pix)*3/4)))
}

func TestThumbnailsStopWhenTheContextIsDone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, original := range map[string][]byte{
		"jpeg":         encodeJPEG(t, halves(900, 900)),
		"jpeg in full": encodeJPEG(t, halves(300, 300)),
		"png":          encodePNG(t, halves(300, 300)),
		"tiff":         encodeTIFF(t, halves(300, 300), tiff.Deflate),
	} {
		_, _, err := Thumbnails(ctx, original, testOptions())
		require.ErrorIs(t, err, context.Canceled, name)
		assert.NotErrorIs(t, err, ErrCorrupt, name)
	}
}
