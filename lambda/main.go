// Command lambda is the thumbnail function of the image pipeline: S3 invokes it
// for each upload, and it writes JPEG thumbnails to the destination bucket. It
// only connects the parts; the work is in internal/thumbnail, whose package
// comment lists the environment variables.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pipeguard/pipeguard/lambda/internal/emf"
	"github.com/pipeguard/pipeguard/lambda/internal/thumbnail"
	"github.com/pipeguard/pipeguard/lambda/internal/xray"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))
	handler, err := newHandler(context.Background(), log, os.Stdout, os.Getenv)
	if err != nil {
		log.Error("cannot start", slog.Any("error", err))
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

// newHandler connects the handler to S3. It is called once in a new execution
// environment, so that all of its invocations share the client's connections.
func newHandler(ctx context.Context, log *slog.Logger, metrics io.Writer, getenv func(string) string) (*thumbnail.Handler, error) {
	settings, err := thumbnail.ConfigFromEnv(getenv)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	awsConfig, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	tracer, err := xray.New(getenv(xray.EnvDaemonAddress))
	if err != nil {
		// A picture without a trace is worth more than no picture.
		log.WarnContext(ctx, "tracing is off", slog.Any("error", err))
	}
	writer := &emf.Writer{
		Out:        metrics,
		Namespace:  settings.MetricsNamespace,
		Dimensions: map[string]string{"FunctionName": lambdacontext.FunctionName},
		Now:        time.Now,
	}
	return thumbnail.NewHandler(thumbnail.NewS3Store(newS3Client(awsConfig), settings), settings, log, writer, tracer), nil
}

// newS3Client returns a client that does not log, in a log that is JSON, that
// an object has no checksum: most uploads have none.
func newS3Client(config aws.Config) *s3.Client {
	return s3.NewFromConfig(config, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true })
}
