package main

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/lambda/internal/thumbnail"
)

func TestNewHandlerNamesAMissingVariable(t *testing.T) {
	t.Parallel()
	_, err := newHandler(t.Context(), slog.New(slog.DiscardHandler), func(string) string { return "" })
	require.ErrorContains(t, err, "reading the configuration: ")
	require.ErrorContains(t, err, thumbnail.EnvDestinationBucket)
}

func TestNewHandlerConnectsTheParts(t *testing.T) {
	t.Parallel()
	variables := map[string]string{thumbnail.EnvDestinationBucket: "out", thumbnail.EnvKMSKeyARN: "arn:aws:kms:us-east-1:123456789012:key/one"}
	handler, err := newHandler(t.Context(), slog.New(slog.DiscardHandler), func(name string) string { return variables[name] })
	require.NoError(t, err)
	assert.NotNil(t, handler)
}
