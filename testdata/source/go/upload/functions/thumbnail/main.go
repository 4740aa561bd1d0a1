// Command thumbnail is a Lambda function.
package main

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"io"
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

type handler struct {
	client *s3.Client
	bucket string
}

func (h *handler) thumbnail(ctx context.Context, key string, small image.Image) error {
	buf := new(bytes.Buffer)
	if err := jpeg.Encode(buf, small, nil); err != nil {
		return err
	}
	_, err := h.client.PutObject(ctx, &s3.PutObjectInput{ // want handler-buffered-upload
		Bucket: aws.String(h.bucket),
		Key:    aws.String(key),
		Body:   buf,
	})
	return err
}

func (h *handler) text(ctx context.Context, key string) error {
	var page bytes.Buffer
	page.WriteString("<p>done</p>")
	input := &s3.PutObjectInput{Bucket: &h.bucket, Key: &key, Body: &page}
	_, err := h.client.PutObject(ctx, input) // want handler-buffered-upload
	return err
}

func (h *handler) mirror(ctx context.Context, key, url string) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = h.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &h.bucket, Key: &key, Body: response.Body}) // want handler-buffered-upload
	return err
}

func (h *handler) piped(ctx context.Context, key string, write func(io.Writer) error) error {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }()
	_, err := h.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &h.bucket, Key: &key, Body: r}) // want handler-buffered-upload
	return err
}

func main() { lambda.Start((&handler{}).thumbnail) }
