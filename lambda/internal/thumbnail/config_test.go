package thumbnail

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
		MaxWidth:          200,
		MaxHeight:         200,
		Quality:           85,
		MaxBytes:          33_554_432,
		MaxPixels:         50_000_000,
	}, config)
}

func TestConfigFromEnvTakesEveryVariable(t *testing.T) {
	t.Parallel()
	config, err := ConfigFromEnv(environment(map[string]string{
		EnvSourcePrefix: "in/", EnvDestinationPrefix: "small/", EnvMaxWidth: "320", EnvMaxHeight: "240",
		EnvQuality: "70", EnvMaxBytes: "1000", EnvMaxPixels: "2000",
	}))
	require.NoError(t, err)
	assert.Equal(t, Config{
		SourcePrefix:      "in/",
		DestinationBucket: "pictures-out",
		DestinationPrefix: "small/",
		KMSKeyARN:         "arn:aws:kms:us-east-1:123456789012:key/one",
		MaxWidth:          320,
		MaxHeight:         240,
		Quality:           70,
		MaxBytes:          1000,
		MaxPixels:         2000,
	}, config)
}

func TestConfigFromEnvNamesTheVariableAtFault(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variable, value, want string
	}{
		"no bucket":         {EnvDestinationBucket, "", "DESTINATION_BUCKET is not set"},
		"no key":            {EnvKMSKeyARN, "", "KMS_KEY_ARN is not set"},
		"width not numeric": {EnvMaxWidth, "wide", `MAX_WIDTH is "wide", want a whole number from 1 to 10000`},
		"height zero":       {EnvMaxHeight, "0", `MAX_HEIGHT is "0", want a whole number from 1 to 10000`},
		"quality above 100": {EnvQuality, "101", `JPEG_QUALITY is "101", want a whole number from 1 to 100`},
		"bytes negative":    {EnvMaxBytes, "-1", `MAX_BYTES is "-1", want a whole number from 1 to 1073741824`},
		"pixels overflow":   {EnvMaxPixels, "9223372036854775808", `MAX_PIXELS is "9223372036854775808", want a whole number from 1 to 1000000000`},
		"open prefix":       {EnvSourcePrefix, "uploads", `SOURCE_PREFIX is "uploads", want a folder that ends with a slash`},
		"open destination":  {EnvDestinationPrefix, "out", `DESTINATION_PREFIX is "out", want a folder that ends with a slash`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ConfigFromEnv(environment(map[string]string{test.variable: test.value}))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestConfigFromEnvReportsAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := ConfigFromEnv(func(string) string { return "" })
	require.ErrorContains(t, err, EnvDestinationBucket)
	require.ErrorContains(t, err, EnvKMSKeyARN)
}
