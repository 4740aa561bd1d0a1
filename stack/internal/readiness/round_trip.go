package readiness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	// imageWidth and imageHeight are the size of the uploaded image, in pixels.
	// They differ, so that a thumbnail with the wrong shape is noticed.
	imageWidth, imageHeight = 320, 240
	// maxThumbnailBytes limits how much of a thumbnail is read.
	maxThumbnailBytes = 64 << 20
	// cleanUpTime limits how long removing the images may take.
	cleanUpTime = 15 * time.Second
)

// encoders write an image in a format, by the suffixes of keys that stand for it.
var encoders = map[string]func(io.Writer, image.Image) error{
	".jpg":  writeJPEG,
	".jpeg": writeJPEG,
	".png":  png.Encode,
	".gif":  func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) },
}

func writeJPEG(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }

// roundTrip uploads an image, waits for its thumbnails, inspects them, and
// removes everything.
func (s Stack) roundTrip(ctx context.Context) (err error) {
	name, content, err := s.sample()
	if err != nil {
		return err
	}
	original := s.UploadPrefix + name
	defer func() {
		// Even an interrupted run removes what exists by then.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
		defer cancel()
		errs := []error{err, s.remove(ctx, s.SourceBucket, original)}
		for _, size := range s.ThumbnailSizes {
			errs = append(errs, s.remove(ctx, s.DestinationBucket, s.thumbnailKey(size, name)))
		}
		err = errors.Join(errs...)
	}()

	_, err = s.S3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(s.SourceBucket), Key: aws.String(original), Body: bytes.NewReader(content),
	})
	if err != nil {
		return fmt.Errorf("uploading an image: %w", err)
	}
	for _, size := range s.ThumbnailSizes {
		if err := s.await(ctx, size, s.thumbnailKey(size, name)); err != nil {
			return fmt.Errorf("thumbnail %s of %s: %w", size, original, err)
		}
	}
	return nil
}

// thumbnailKey returns the key under which the function stores a thumbnail.
func (s Stack) thumbnailKey(size, name string) string { return s.ThumbnailPrefix + size + "/" + name }

// sample makes an image, and the end of its key, in the first of the formats
// that the stack accepts and Go can write.
func (s Stack) sample() (name string, content []byte, err error) {
	i := slices.IndexFunc(s.UploadSuffixes, func(suffix string) bool { return encoders[strings.ToLower(suffix)] != nil })
	if i < 0 {
		return "", nil, fmt.Errorf("none of the upload suffixes %s belongs to JPEG, PNG or GIF", strings.Join(s.UploadSuffixes, " "))
	}
	picture := image.NewRGBA(image.Rect(0, 0, imageWidth, imageHeight))
	for y := range imageHeight {
		for x := range imageWidth {
			picture.SetRGBA(x, y, color.RGBA{R: uint8(x * 255 / imageWidth), G: uint8(y * 255 / imageHeight), B: 128, A: 255})
		}
	}
	var buffer bytes.Buffer
	if err := encoders[strings.ToLower(s.UploadSuffixes[i])](&buffer, picture); err != nil {
		return "", nil, fmt.Errorf("making an image: %w", err)
	}
	return "readiness-" + s.ID + s.UploadSuffixes[i], buffer.Bytes(), nil
}

// await waits for a thumbnail and inspects it.
func (s Stack) await(ctx context.Context, size, key string) error {
	for {
		output, err := s.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(s.DestinationBucket), Key: aws.String(key)})
		if err == nil {
			defer output.Body.Close()
			return s.inspect(output, size)
		}
		// To callers that may not list the bucket, S3 answers "access denied"
		// for a key that does not exist: it is reported when the time is up.
		var missing *types.NoSuchKey
		select {
		case <-ctx.Done():
			if errors.As(err, &missing) || errors.Is(err, ctx.Err()) {
				err = errors.New("it does not exist")
			}
			return fmt.Errorf("%w after waiting for it (%w)", err, ctx.Err())
		case <-time.After(s.Poll):
		}
	}
}

// inspect checks a thumbnail that should fit in the box named by size.
func (s Stack) inspect(object *s3.GetObjectOutput, size string) error {
	thumbnail, err := jpeg.Decode(io.LimitReader(object.Body, maxThumbnailBytes))
	if err != nil {
		return fmt.Errorf("decoding it: %w", err)
	}
	width, height, err := fit(size)
	if err != nil {
		return err
	}
	errs := []error{
		want("content type", aws.ToString(object.ContentType), "image/jpeg"),
		want("encryption", object.ServerSideEncryption, types.ServerSideEncryptionAwsKms),
		want("key", aws.ToString(object.SSEKMSKeyId), s.KeyARN),
	}
	// Rounding may go either way.
	got := thumbnail.Bounds()
	if abs(got.Dx()-width) > 1 || abs(got.Dy()-height) > 1 {
		errs = append(errs, fmt.Errorf("it has %dx%d pixels, want %dx%d", got.Dx(), got.Dy(), width, height))
	}
	return errors.Join(errs...)
}

// fit returns the size of the image's thumbnail: in the box, with the image's shape,
// and no larger than the image.
func fit(size string) (width, height int, err error) {
	before, after, _ := strings.Cut(size, "x")
	boxWidth, err := strconv.Atoi(before)
	if err != nil {
		return 0, 0, fmt.Errorf("reading thumbnail size %q: %w", size, err)
	}
	boxHeight, err := strconv.Atoi(after)
	if err != nil {
		return 0, 0, fmt.Errorf("reading thumbnail size %q: %w", size, err)
	}
	scale := min(1, float64(boxWidth)/imageWidth, float64(boxHeight)/imageHeight)
	return int(imageWidth*scale + 0.5), int(imageHeight*scale + 0.5), nil
}

func abs(n int) int { return max(n, -n) }

// remove deletes every version of an object, as if it had never existed.
func (s Stack) remove(ctx context.Context, bucket, key string) error {
	output, err := s.S3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: aws.String(bucket), Prefix: aws.String(key)})
	if err != nil {
		return fmt.Errorf("cleaning up s3://%s/%s: %w", bucket, key, err)
	}
	var errs []error
	for _, version := range output.Versions {
		_, err := s.S3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: version.Key, VersionId: version.VersionId})
		if err != nil {
			errs = append(errs, fmt.Errorf("cleaning up s3://%s/%s: %w", bucket, key, err))
		}
	}
	return errors.Join(errs...)
}
