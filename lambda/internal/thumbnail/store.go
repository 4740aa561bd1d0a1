package thumbnail

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ObjectStore is what the handler needs of S3.
type ObjectStore interface {
	// Get reads an object of at most limit bytes. The error wraps ErrTooLarge
	// for a larger one, of which no more than limit bytes are read.
	Get(ctx context.Context, object Object, limit int64) ([]byte, error)
	// Put writes a JPEG image, encrypted, over whatever has the same key.
	Put(ctx context.Context, object Object, image []byte) error
}

// S3Store is the ObjectStore that is S3.
type S3Store struct {
	client    *s3.Client
	kmsKeyARN string
}

// NewS3Store returns a store that encrypts what it writes with the given key.
func NewS3Store(client *s3.Client, kmsKeyARN string) *S3Store {
	return &S3Store{client: client, kmsKeyARN: kmsKeyARN}
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

	if size := aws.ToInt64(output.ContentLength); size > limit {
		return nil, fmt.Errorf("%w: %s has %d bytes, the limit is %d", ErrTooLarge, object, size, limit)
	}
	// A server need not announce the length, so the limit holds for the body too.
	content, err := io.ReadAll(io.LimitReader(output.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", object, err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrTooLarge, object, limit)
	}
	return content, nil
}

// Put implements ObjectStore.
func (s *S3Store) Put(ctx context.Context, object Object, image []byte) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(object.Bucket),
		Key:    aws.String(object.Key),
		// A reader that can seek: the client signs and sums the body before it
		// sends it, and starts over from the first byte when it retries.
		Body:                 bytes.NewReader(image),
		ContentLength:        aws.Int64(int64(len(image))),
		ContentType:          aws.String("image/jpeg"),
		ServerSideEncryption: types.ServerSideEncryptionAwsKms,
		SSEKMSKeyId:          aws.String(s.kmsKeyARN),
		BucketKeyEnabled:     aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("putting %s: %w", object, err)
	}
	return nil
}
