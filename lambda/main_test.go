package main

import (
	"io"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/lambda/internal/thumbnail"
	"github.com/pipeguard/pipeguard/lambda/internal/xray"
)

func environment(changes map[string]string) func(string) string {
	variables := map[string]string{thumbnail.EnvDestinationBucket: "out", thumbnail.EnvKMSKeyARN: "arn:aws:kms:us-east-1:123456789012:key/one"}
	for name, value := range changes {
		variables[name] = value
	}
	return func(name string) string { return variables[name] }
}

func TestNewHandlerNamesAMissingVariable(t *testing.T) {
	t.Parallel()
	_, err := newHandler(t.Context(), slog.New(slog.DiscardHandler), io.Discard, func(string) string { return "" })
	require.ErrorContains(t, err, "reading the configuration: ")
	require.ErrorContains(t, err, thumbnail.EnvDestinationBucket)
}

func TestNewHandlerConnectsTheParts(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string]map[string]string{
		"without tracing":                 nil,
		"with tracing":                    {xray.EnvDaemonAddress: "127.0.0.1:2000"},
		"with tracing that does not work": {xray.EnvDaemonAddress: "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handler, err := newHandler(t.Context(), slog.New(slog.DiscardHandler), io.Discard, environment(changes))
			require.NoError(t, err)
			assert.NotNil(t, handler)
		})
	}
}
