// Command lambda is the thumbnail function of the image pipeline: S3 invokes
// it for each upload, and it writes a JPEG thumbnail to the destination bucket.
// It only puts the parts together; the work is in internal/thumbnail.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipeguard/pipeguard/lambda/internal/thumbnail"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))
	handler, err := newHandler(context.Background(), log, os.Getenv)
	if err != nil {
		log.Error("cannot start", slog.Any("error", err))
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

// newHandler connects the handler to S3. A new execution environment calls it
// once, so that the client's connections are shared by all its invocations.
func newHandler(ctx context.Context, log *slog.Logger, getenv func(string) string) (*thumbnail.Handler, error) {
	settings, err := thumbnail.ConfigFromEnv(getenv)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	awsConfig, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	store := thumbnail.NewS3Store(s3.NewFromConfig(awsConfig), settings.KMSKeyARN)
	return thumbnail.NewHandler(store, settings, log), nil
}
