package main

import (
	"bytes"
	"encoding/json"
	"image/jpeg"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func photo600(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "photo.jpg")
	require.NoError(t, run(t.Context(), []string{stepPhotograph, path, "601", "401"}, nil))
	return path
}

func TestThePhotographIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	first, err := os.ReadFile(photo600(t))
	require.NoError(t, err)
	second, err := os.ReadFile(photo600(t))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(first, second))
	config, err := jpeg.DecodeConfig(bytes.NewReader(first))
	require.NoError(t, err)
	assert.Equal(t, 601, config.Width)
	assert.Equal(t, 401, config.Height)
}

// This is what the bench asks of the engines, and how it judges their quality.
func TestBothGoEnginesMakeAGoodThumbnail(t *testing.T) {
	t.Parallel()
	photo := photo600(t)
	for _, engine := range []string{handler, plainImaging} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "thumbnail.jpg")
			var stdout bytes.Buffer
			require.NoError(t, run(t.Context(), []string{stepThumbnail, engine, photo, path, "3"}, &stdout))
			var times []float64
			require.NoError(t, json.Unmarshal(stdout.Bytes(), &times))
			assert.Len(t, times, 3)

			content, err := os.ReadFile(path)
			require.NoError(t, err)
			config, err := jpeg.DecodeConfig(bytes.NewReader(content))
			require.NoError(t, err)
			assert.Equal(t, 300, config.Width)
			assert.Equal(t, 200, config.Height)

			stdout.Reset()
			require.NoError(t, run(t.Context(), []string{stepPSNR, photo, path}, &stdout))
			psnr, err := strconv.ParseFloat(strings.TrimSpace(stdout.String()), 64)
			require.NoError(t, err)
			assert.Greater(t, psnr, 35.0)
		})
	}
}

func TestStepsSayWhatTheyWant(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{stepPhotograph}, "want a file, a width and a height"},
		{[]string{stepThumbnail}, "want an engine, an image, a thumbnail and how many runs"},
		{[]string{stepThumbnail, "other", "a", "b", "1"}, `unknown engine "other"`},
		{[]string{stepPSNR}, "want an image and a thumbnail"},
	} {
		require.ErrorContains(t, run(t.Context(), test.args, nil), test.want)
	}
}

func TestTheTableSaysWhatWasNotMeasured(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "photo.jpg")
	require.NoError(t, os.WriteFile(path, make([]byte, 4_100_000), 0o600))
	var stdout bytes.Buffer
	require.NoError(t, printTable(&stdout, photo{"12 megapixels", 4000, 3000}, path, []engine{
		{name: handler}, {name: imageMagick, missing: "apt-get install imagemagick"},
	}, map[string]*result{handler: {warm: []float64{9, 70, 80}, fresh: []float64{90}, peak: 14_000_000, psnr: 44}}))
	assert.Contains(t, stdout.String(), "12 megapixels, 4000 x 3000, 4.1 MB, to 300 x 300 at quality 85")
	assert.Regexp(t, `this handler +70 +90 +14 +44\.0`, stdout.String())
	assert.Contains(t, stdout.String(), "not measured: apt-get install imagemagick")
}

func TestBarsAreJudged(t *testing.T) {
	t.Parallel()
	ours := map[string]*result{handler: {warm: []float64{100}, fresh: []float64{100}, peak: 20_000_000, psnr: 44}}
	var stdout bytes.Buffer
	require.NoError(t, printBars(&stdout, ours, ours))
	assert.Contains(t, stdout.String(), "sharp was not measured")
	assert.Equal(t, 2, strings.Count(stdout.String(), "holds"))

	stdout.Reset()
	ours[sharp] = &result{warm: []float64{30}, fresh: []float64{150}}
	require.NoError(t, printBars(&stdout, ours, ours))
	assert.Contains(t, stdout.String(), "MISSED  warm, as a multiple of sharp, 12 megapixels: 3.33, at most 2.50")
	assert.Contains(t, stdout.String(), "holds   fresh process, as a multiple of sharp, 12 megapixels: 0.67, at most 1.00")
}
