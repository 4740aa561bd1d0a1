package thumbnail

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Names of the environment variables that configure the function.
const (
	EnvSourcePrefix      = "SOURCE_PREFIX"
	EnvDestinationBucket = "DESTINATION_BUCKET"
	EnvDestinationPrefix = "DESTINATION_PREFIX"
	EnvKMSKeyARN         = "KMS_KEY_ARN"
	EnvMaxWidth          = "MAX_WIDTH"
	EnvMaxHeight         = "MAX_HEIGHT"
	EnvQuality           = "JPEG_QUALITY"
	EnvMaxBytes          = "MAX_BYTES"
	EnvMaxPixels         = "MAX_PIXELS"
)

// Values used where the environment does not say otherwise.
const (
	DefaultSourcePrefix      = "uploads/"
	DefaultDestinationPrefix = "thumbnails/"
	DefaultMaxSide           = 200
	DefaultQuality           = 85
	DefaultMaxBytes          = 32 << 20
	// DefaultMaxPixels admits today's 48-megapixel phone photographs. A
	// progressive JPEG of that size takes up to 750 MB while it is decoded
	// (four bytes a coefficient, three full planes), which fits in the
	// 1024 MB the stack gives the function.
	DefaultMaxPixels = 50_000_000
)

// Upper ends of the configurable ranges.
const (
	maxSide   = 10_000
	maxBytes  = 1 << 30
	maxPixels = 1_000_000_000
)

// Config says where thumbnails go and what images are taken.
type Config struct {
	// SourcePrefix is what the keys of originals start with; it is cut off
	// before DestinationPrefix is put in its place.
	SourcePrefix string
	// DestinationBucket is the name of the bucket that receives thumbnails.
	DestinationBucket string
	// DestinationPrefix is what the keys of thumbnails start with.
	DestinationPrefix string
	// KMSKeyARN names the key that thumbnails are encrypted with.
	KMSKeyARN string
	// MaxWidth and MaxHeight are the box, in pixels, that a thumbnail fits in.
	MaxWidth, MaxHeight int
	// Quality is the JPEG quality, 1 to 100.
	Quality int
	// MaxBytes is the largest original that is read, in bytes.
	MaxBytes int64
	// MaxPixels is the largest original that is decoded, as width × height.
	MaxPixels int64
}

// ConfigFromEnv reads the configuration with getenv, which is os.Getenv in the
// function. The error lists every variable that is missing or out of range.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	env := envReader{getenv: getenv}
	config := Config{
		SourcePrefix:      env.text(EnvSourcePrefix, DefaultSourcePrefix),
		DestinationBucket: env.required(EnvDestinationBucket),
		DestinationPrefix: env.text(EnvDestinationPrefix, DefaultDestinationPrefix),
		KMSKeyARN:         env.required(EnvKMSKeyARN),
		MaxWidth:          int(env.number(EnvMaxWidth, DefaultMaxSide, maxSide)),
		MaxHeight:         int(env.number(EnvMaxHeight, DefaultMaxSide, maxSide)),
		Quality:           int(env.number(EnvQuality, DefaultQuality, 100)),
		MaxBytes:          env.number(EnvMaxBytes, DefaultMaxBytes, maxBytes),
		MaxPixels:         env.number(EnvMaxPixels, DefaultMaxPixels, maxPixels),
	}
	env.prefix(EnvSourcePrefix, config.SourcePrefix)
	env.prefix(EnvDestinationPrefix, config.DestinationPrefix)
	return config, errors.Join(env.errs...)
}

// envReader collects what is wrong, so that one look at the log shows all of it.
type envReader struct {
	getenv func(string) string
	errs   []error
}

func (e *envReader) text(name, fallback string) string {
	if value := e.getenv(name); value != "" {
		return value
	}
	return fallback
}

func (e *envReader) required(name string) string {
	value := e.getenv(name)
	if value == "" {
		e.errs = append(e.errs, fmt.Errorf("environment variable %s is not set", name))
	}
	return value
}

// number reads an integer from 1 to most.
func (e *envReader) number(name string, fallback, most int64) int64 {
	value := e.getenv(name)
	if value == "" {
		return fallback
	}
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil || number < 1 || number > most {
		e.errs = append(e.errs, fmt.Errorf("environment variable %s is %q, want a whole number from 1 to %d", name, value, most))
	}
	return number
}

// prefix insists on whole folders: with "uploads" as prefix, "uploads-old/a.jpg"
// would count as an upload.
func (e *envReader) prefix(name, value string) {
	if !strings.HasSuffix(value, "/") {
		e.errs = append(e.errs, fmt.Errorf("environment variable %s is %q, want a folder that ends with a slash", name, value))
	}
}
