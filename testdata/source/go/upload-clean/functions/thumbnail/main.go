// Command thumbnail is a Lambda function.
package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

type handler struct {
	client   *s3.Client
	uploader *manager.Uploader
	bucket   string
}

func (h *handler) settled(ctx context.Context, key string) error {
	var buf bytes.Buffer
	buf.WriteString("<p>done</p>")
	body := bytes.NewReader(buf.Bytes())
	if _, err := h.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &h.bucket, Key: &key, Body: body}); err != nil {
		return err
	}
	input := &s3.PutObjectInput{Bucket: &h.bucket, Key: &key, Body: strings.NewReader(buf.String())}
	_, err := h.client.PutObject(ctx, input)
	return err
}

func (h *handler) file(ctx context.Context, key, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = h.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &h.bucket, Key: &key, Body: f})
	return err
}

func (h *handler) mirror(ctx context.Context, key, url string) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	// The manager reads streams in parts.
	_, err = h.uploader.Upload(ctx, &s3.PutObjectInput{Bucket: &h.bucket, Key: &key, Body: response.Body})
	return err
}

func (h *handler) read(ctx context.Context, key string, body io.Reader) error {
	all, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	_, err = h.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &h.bucket, Key: &key, Body: bytes.NewReader(all)})
	return err
}

func main() { lambda.Start((&handler{}).settled) }
