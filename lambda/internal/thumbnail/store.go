package thumbnail

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pipeguard/pipeguard/lambda/internal/render"
)

// ObjectStore has the operations of S3 that the handler needs.
type ObjectStore interface {
	// Get reads an object of at most limit bytes. The error wraps
	// render.ErrTooLarge for a larger one, of which no more than that is read.
	Get(ctx context.Context, object Object, limit int64) ([]byte, error)
	// Put writes a JPEG image, in place of any object with the same key.
	Put(ctx context.Context, object Object, image []byte) error
}

// S3Store implements ObjectStore with S3.
type S3Store struct {
	client                  *s3.Client
	kmsKeyARN, cacheControl string
}

// NewS3Store returns a store that encrypts what it writes with the configured
// key, and sets the configured caching.
func NewS3Store(client *s3.Client, config Config) *S3Store {
	return &S3Store{client: client, kmsKeyARN: config.KMSKeyARN, cacheControl: config.CacheControl}
}

// Get implements ObjectStore.
func (s *S3Store) Get(ctx context.Context, object Object, limit int64) ([]byte, error) {
	input := &s3.GetObjectInput{Bucket: aws.String(object.Bucket), Key: aws.String(object.Key)}
	if object.VersionID != "" {
		input.VersionId = aws.String(object.VersionID)
	}
	output, err := s.client.GetObject(ctx, input)
	if err != nil {
		return nil, fmt.Errorf("getting %s: %w", object, err)
	}
	defer output.Body.Close()

	size := aws.ToInt64(output.ContentLength)
	if size > limit {
		return nil, fmt.Errorf("%w: %s has %d bytes, the limit is %d", render.ErrTooLarge, object, size, limit)
	}
	// The buffer has its final size from the start, because growing it would
	// take twice the memory. A server need not announce the length, though, so
	// the limit applies to the body, too.
	var content bytes.Buffer
	content.Grow(int(max(size, 0)) + bytes.MinRead)
	if _, err := content.ReadFrom(io.LimitReader(output.Body, limit+1)); err != nil {
		return nil, fmt.Errorf("reading %s: %w", object, err)
	}
	if int64(content.Len()) > limit {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", render.ErrTooLarge, object, limit)
	}
	return content.Bytes(), nil
}

// Put implements ObjectStore.
func (s *S3Store) Put(ctx context.Context, object Object, image []byte) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(object.Bucket),
		Key:    aws.String(object.Key),
		// The reader can seek: the client signs and sums the body before it
		// sends it, and starts over from the first byte when it retries.
		Body:                 bytes.NewReader(image),
		ContentLength:        aws.Int64(int64(len(image))),
		ContentType:          aws.String("image/jpeg"),
		CacheControl:         aws.String(s.cacheControl),
		ChecksumAlgorithm:    types.ChecksumAlgorithmSha256,
		ServerSideEncryption: types.ServerSideEncryptionAwsKms,
		SSEKMSKeyId:          aws.String(s.kmsKeyARN),
		BucketKeyEnabled:     aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("putting %s: %w", object, err)
	}
	return nil
}
