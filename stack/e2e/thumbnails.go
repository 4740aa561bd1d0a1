package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipeguard/pipeguard/stack/e2e/internal/corpus"
)

// tolerance is how much a thumbnail's colour may deviate, of 255: noise and
// JPEG cause that much.
const tolerance = 16

// contract is what the function promises, as far as its environment determines it.
type contract struct {
	bucket, sourcePrefix, prefix, keyARN string
	boxes                                []image.Point
	background                           color.NRGBA
}

// newContract reads the declared environment. For what is missing there, it
// uses the function's defaults.
func newContract(environment map[string]string) (contract, error) {
	c := contract{
		bucket:       environment["DESTINATION_BUCKET"],
		sourcePrefix: cmp.Or(environment["SOURCE_PREFIX"], "uploads/"),
		prefix:       cmp.Or(environment["DESTINATION_PREFIX"], "thumbnails/"),
		keyARN:       environment["KMS_KEY_ARN"],
	}
	for box := range strings.SplitSeq(cmp.Or(environment["THUMBNAIL_SIZES"], "200x200"), ",") {
		width, height, _ := strings.Cut(strings.TrimSpace(box), "x")
		w, errW := strconv.Atoi(width)
		h, errH := strconv.Atoi(height)
		if err := errors.Join(errW, errH); err != nil {
			return contract{}, fmt.Errorf("reading THUMBNAIL_SIZES: %w", err)
		}
		c.boxes = append(c.boxes, image.Pt(w, h))
	}
	rgb, err := hex.DecodeString(strings.TrimPrefix(cmp.Or(environment["BACKGROUND_COLOR"], "#ffffff"), "#"))
	if err != nil || len(rgb) != 3 {
		return contract{}, fmt.Errorf("BACKGROUND_COLOR is %q, want #rrggbb", environment["BACKGROUND_COLOR"])
	}
	c.background = color.NRGBA{rgb[0], rgb[1], rgb[2], 255}
	return c, nil
}

// key returns the key of an upload's thumbnail in a box.
func (c contract) key(upload string, box image.Point) string {
	return fmt.Sprintf("%s%dx%d/%s", c.prefix, box.X, box.Y, strings.TrimPrefix(upload, c.sourcePrefix))
}

// fits reports whether size is that of an image in a box: as large as possible,
// in the original's proportions to the pixel, and never enlarged.
func fits(original, box, size image.Point) bool {
	if original.X <= box.X && original.Y <= box.Y {
		return size == original
	}
	scale := min(float64(box.X)/float64(original.X), float64(box.Y)/float64(original.Y))
	off := func(got int, want float64) bool { return float64(got) < want-1 || float64(got) > want+1 }
	return size.X <= box.X && size.Y <= box.Y && (size.X == box.X || size.Y == box.Y) &&
		!off(size.X, scale*float64(original.X)) && !off(size.Y, scale*float64(original.Y))
}

// check compares one thumbnail with its original. The error describes what is wrong.
func (c contract) check(ctx context.Context, client *s3.Client, upload corpus.Upload, box image.Point) error {
	key := c.key(upload.Key, box)
	output, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(c.bucket), Key: aws.String(key)})
	if err != nil {
		return fmt.Errorf("%q has no thumbnail %q: %w", upload.Key, key, err)
	}
	defer output.Body.Close()
	content, err := io.ReadAll(output.Body)
	if err != nil {
		return fmt.Errorf("reading %q: %w", key, err)
	}
	if output.ServerSideEncryption != s3types.ServerSideEncryptionAwsKms || aws.ToString(output.SSEKMSKeyId) != c.keyARN {
		return fmt.Errorf("%q is encrypted with %s %q, want the key %s", key, output.ServerSideEncryption, aws.ToString(output.SSEKMSKeyId), c.keyARN)
	}
	if contentType := aws.ToString(output.ContentType); contentType != "image/jpeg" {
		return fmt.Errorf("%q has content type %q", key, contentType)
	}
	thumbnail, err := jpeg.Decode(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("decoding %q: %w", key, err)
	}
	if size := thumbnail.Bounds().Size(); !fits(upload.Size, box, size) {
		return fmt.Errorf("%q is %s, of an original of %s in a box of %s", key, size, upload.Size, box)
	}
	return c.checkColors(key, upload, thumbnail)
}

// checkColors checks the middle of each quadrant: whose thumbnail is it, and is
// it upright?
func (c contract) checkColors(key string, upload corpus.Upload, thumbnail image.Image) error {
	size := thumbnail.Bounds().Size()
	for i, want := range upload.Quadrants {
		if want.A == 0 {
			want = c.background
		}
		at := image.Pt(size.X/4+i%2*size.X/2, size.Y/4+i/2*size.Y/2)
		got := color.NRGBAModel.Convert(thumbnail.At(at.X, at.Y)).(color.NRGBA)
		if apart(got.R, want.R) || apart(got.G, want.G) || apart(got.B, want.B) {
			return fmt.Errorf("%q is %v at %s, want %v", key, got, at, want)
		}
	}
	return nil
}

func apart(a, b uint8) bool { return int(a)-int(b) > tolerance || int(b)-int(a) > tolerance }
