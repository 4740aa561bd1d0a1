package thumbnail

import (
	"image/color"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/lambda/internal/render"
)

func environment(changes map[string]string) func(string) string {
	variables := map[string]string{
		EnvDestinationBucket: "pictures-out",
		EnvKMSKeyARN:         "arn:aws:kms:us-east-1:123456789012:key/one",
	}
	for name, value := range changes {
		variables[name] = value
	}
	return func(name string) string { return variables[name] }
}

func TestConfigFromEnvFillsInDefaults(t *testing.T) {
	t.Parallel()
	config, err := ConfigFromEnv(environment(nil))
	require.NoError(t, err)
	assert.Equal(t, Config{
		SourcePrefix:      "uploads/",
		DestinationBucket: "pictures-out",
		DestinationPrefix: "thumbnails/",
		KMSKeyARN:         "arn:aws:kms:us-east-1:123456789012:key/one",
		CacheControl:      "max-age=86400",
		MaxBytes:          33_554_432,
		DeadlineMargin:    time.Second,
		MetricsNamespace:  "Pipeguard",
		Render: render.Options{
			Boxes:      []render.Size{{Width: 200, Height: 200}},
			Quality:    85,
			Background: color.NRGBA{R: 255, G: 255, B: 255, A: 255},
			MaxPixels:  50_000_000,
			MaxMemory:  201_326_592,
		},
	}, config)
}

func TestConfigFromEnvTakesEveryVariable(t *testing.T) {
	t.Parallel()
	config, err := ConfigFromEnv(environment(map[string]string{
		EnvSourcePrefix: "in/", EnvDestinationPrefix: "small/", EnvSizes: "320x240, 64x64",
		EnvQuality: "70", EnvBackground: "#0a14FF", EnvCacheControl: "no-store", EnvMaxBytes: "1000",
		EnvMaxPixels: "2000", EnvMaxDecodedBytes: "3000", EnvDeadlineMargin: "250", EnvMetricsNamespace: "Pictures",
	}))
	require.NoError(t, err)
	assert.Equal(t, Config{
		SourcePrefix:      "in/",
		DestinationBucket: "pictures-out",
		DestinationPrefix: "small/",
		KMSKeyARN:         "arn:aws:kms:us-east-1:123456789012:key/one",
		CacheControl:      "no-store",
		MaxBytes:          1000,
		DeadlineMargin:    250 * time.Millisecond,
		MetricsNamespace:  "Pictures",
		Render: render.Options{
			Boxes:      []render.Size{{Width: 320, Height: 240}, {Width: 64, Height: 64}},
			Quality:    70,
			Background: color.NRGBA{R: 10, G: 20, B: 255, A: 255},
			MaxPixels:  2000,
			MaxMemory:  3000,
		},
	}, config)
}

func TestConfigFromEnvNamesTheVariableAtFault(t *testing.T) {
	t.Parallel()
	const boxes = ", want 1 to 16 different boxes such as 200x200,800x600, sides from 1 to 10000"
	for name, test := range map[string]struct {
		variable, value, want string
	}{
		"no bucket":            {EnvDestinationBucket, "", "DESTINATION_BUCKET is not set"},
		"no key":               {EnvKMSKeyARN, "", "KMS_KEY_ARN is not set"},
		"a side too many":      {EnvSizes, "1x2x3", `THUMBNAIL_SIZES is "1x2x3"` + boxes},
		"a side missing":       {EnvSizes, "200", `THUMBNAIL_SIZES is "200"` + boxes},
		"side zero":            {EnvSizes, "200x0", `THUMBNAIL_SIZES is "200x0"` + boxes},
		"side too long":        {EnvSizes, "10001x1", `THUMBNAIL_SIZES is "10001x1"` + boxes},
		"side negative":        {EnvSizes, "-1x1", `THUMBNAIL_SIZES is "-1x1"` + boxes},
		"a box twice":          {EnvSizes, "9x9,8x8,9x9", `THUMBNAIL_SIZES is "9x9,8x8,9x9"` + boxes},
		"an empty box":         {EnvSizes, "9x9,", `THUMBNAIL_SIZES is "9x9,"` + boxes},
		"too many boxes":       {EnvSizes, seventeenBoxes(), boxes},
		"quality above 100":    {EnvQuality, "101", `JPEG_QUALITY is "101", want a whole number from 1 to 100`},
		"quality not numeric":  {EnvQuality, "good", `JPEG_QUALITY is "good", want a whole number from 1 to 100`},
		"color by name":        {EnvBackground, "white", `BACKGROUND_COLOR is "white", want a colour such as #ffffff`},
		"color too short":      {EnvBackground, "#fff", `BACKGROUND_COLOR is "#fff", want a colour such as #ffffff`},
		"bytes negative":       {EnvMaxBytes, "-1", `MAX_BYTES is "-1", want a whole number from 1 to 1073741824`},
		"pixels overflow":      {EnvMaxPixels, "9223372036854775808", `MAX_PIXELS is "9223372036854775808", want a whole number from 1 to 1000000000`},
		"memory zero":          {EnvMaxDecodedBytes, "0", `MAX_DECODED_BYTES is "0", want a whole number from 1 to 8589934592`},
		"margin over a minute": {EnvDeadlineMargin, "60001", `DEADLINE_MARGIN_MS is "60001", want a whole number from 1 to 60000`},
		"open prefix":          {EnvSourcePrefix, "uploads", `SOURCE_PREFIX is "uploads", want a folder that ends with a slash`},
		"open destination":     {EnvDestinationPrefix, "out", `DESTINATION_PREFIX is "out", want a folder that ends with a slash`},
		"thumbnails among originals": {
			EnvDestinationPrefix, "uploads/small/",
			`DESTINATION_PREFIX is "uploads/small/", want a folder that is not in, and does not hold, SOURCE_PREFIX "uploads/"`,
		},
		"originals among thumbnails": {
			EnvSourcePrefix, "thumbnails/new/",
			`DESTINATION_PREFIX is "thumbnails/", want a folder that is not in, and does not hold, SOURCE_PREFIX "thumbnails/new/"`,
		},
		"the same folder": {EnvSourcePrefix, "thumbnails/", `does not hold, SOURCE_PREFIX "thumbnails/"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ConfigFromEnv(environment(map[string]string{test.variable: test.value}))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func seventeenBoxes() string {
	boxes := make([]string, 0, 17)
	for i := range 17 {
		boxes = append(boxes, render.Size{Width: i + 1, Height: 1}.String())
	}
	return strings.Join(boxes, ",")
}

func TestConfigFromEnvReportsAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := ConfigFromEnv(func(string) string { return "" })
	require.ErrorContains(t, err, EnvDestinationBucket)
	require.ErrorContains(t, err, EnvKMSKeyARN)
}
