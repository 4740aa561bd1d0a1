package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/disintegration/imaging"
)

const (
	stepPhotograph = "photograph"
	stepPSNR       = "psnr"
)

// photograph writes a test image, as a step: as in a photograph, details are
// fainter the smaller they are, edges are sharp, and there is noise.
func photograph(args []string) (err error) {
	if len(args) != 3 {
		return errors.New("want a file, a width and a height")
	}
	width, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	height, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	file, err := os.Create(args[0]) //nolint:gosec // the caller's own file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffered := bufio.NewWriter(file)
	if err := jpeg.Encode(buffered, paint(width, height), &jpeg.Options{Quality: 92}); err != nil {
		return err
	}
	return buffered.Flush()
}

func paint(width, height int) image.Image {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same picture every time
	texture := newTexture(random)
	picture := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	clamp := func(v float64) uint8 { return uint8(min(max(v, 0), 255)) }
	for y := range height {
		for x := range width {
			// Sizes are relative, so that all pictures show the same.
			u, v := float64(x)/float64(width), float64(y)/float64(width)
			light := 128 + 300*texture.detail(u*7, v*7, 7)
			if math.Hypot(u-0.4, v-0.35) < 0.2 {
				light = 255 - light
			}
			picture.Y[y*picture.YStride+x] = clamp(light + 6*random.NormFloat64()/2)
		}
	}
	for y := range (height + 1) / 2 {
		for x := range (width + 1) / 2 {
			u, v := 2*float64(x)/float64(width), 2*float64(y)/float64(width)
			picture.Cb[y*picture.CStride+x] = clamp(128 + 160*texture.detail(u*4+50, v*4, 3))
			picture.Cr[y*picture.CStride+x] = clamp(128 + 160*texture.detail(u*4, v*4+50, 3))
		}
	}
	return picture
}

// texture is smooth noise.
type texture []float64

const textureSide = 256

func newTexture(random *rand.Rand) texture {
	t := make(texture, textureSide*textureSide)
	for i := range t {
		t[i] = random.Float64() - 0.5
	}
	return t
}

// detail adds layers of noise, each twice as fine and less than half as strong
// as the one before.
func (t texture) detail(x, y float64, layers int) float64 {
	sum, strength := 0.0, 0.5
	for range layers {
		sum += strength * t.interpolate(x, y)
		x, y, strength = 2*x+17, 2*y+17, strength*0.45
	}
	return sum
}

// interpolate interpolates between the points of the grid.
func (t texture) interpolate(x, y float64) float64 {
	left, top := math.Floor(x), math.Floor(y)
	point := func(dx, dy int) float64 {
		return t[(int(top)+dy)&(textureSide-1)*textureSide+(int(left)+dx)&(textureSide-1)]
	}
	dx, dy := x-left, y-top
	return (point(0, 0)*(1-dx)+point(1, 0)*dx)*(1-dy) + (point(0, 1)*(1-dx)+point(1, 1)*dx)*dy
}

// printPSNR compares a thumbnail with a Lanczos reduction of the whole image, as
// a step.
func printPSNR(args []string, stdout io.Writer) error {
	if len(args) != 2 {
		return errors.New("want an image and a thumbnail")
	}
	var pictures [2]image.Image
	for i, path := range args {
		content, err := os.ReadFile(path) //nolint:gosec // the caller's own file
		if err != nil {
			return err
		}
		if pictures[i], err = jpeg.Decode(bytes.NewReader(content)); err != nil {
			return fmt.Errorf("decoding %s: %w", path, err)
		}
	}
	thumbnail := imaging.Clone(pictures[1])
	want := imaging.Resize(pictures[0], thumbnail.Rect.Dx(), thumbnail.Rect.Dy(), imaging.Lanczos)
	sum, n := 0.0, 0
	for i := range want.Pix {
		if i%4 == 3 {
			continue // alpha
		}
		difference := float64(want.Pix[i]) - float64(thumbnail.Pix[i])
		sum += difference * difference
		n++
	}
	_, err := fmt.Fprintf(stdout, "%.2f\n", 10*math.Log10(255*255/(sum/float64(n))))
	return err
}
