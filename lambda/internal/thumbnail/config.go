package thumbnail

import (
	"encoding/hex"
	"errors"
	"fmt"
	"image/color"
	"strconv"
	"strings"
	"time"

	"github.com/pipeguard/pipeguard/lambda/internal/render"
)

// These environment variables configure the function; the package comment
// explains them.
const (
	EnvSourcePrefix      = "SOURCE_PREFIX"
	EnvDestinationBucket = "DESTINATION_BUCKET"
	EnvDestinationPrefix = "DESTINATION_PREFIX"
	EnvKMSKeyARN         = "KMS_KEY_ARN"
	EnvSizes             = "THUMBNAIL_SIZES"
	EnvQuality           = "JPEG_QUALITY"
	EnvBackground        = "BACKGROUND_COLOR"
	EnvCacheControl      = "CACHE_CONTROL"
	EnvMaxBytes          = "MAX_BYTES"
	EnvMaxPixels         = "MAX_PIXELS"
	EnvMaxDecodedBytes   = "MAX_DECODED_BYTES"
	EnvDeadlineMargin    = "DEADLINE_MARGIN_MS"
	EnvMetricsNamespace  = "METRICS_NAMESPACE"
)

// These values apply unless the environment sets others.
const (
	DefaultSourcePrefix      = "uploads/"
	DefaultDestinationPrefix = "thumbnails/"
	DefaultSizes             = "200x200"
	DefaultQuality           = 85
	DefaultBackground        = "#ffffff"
	DefaultCacheControl      = "max-age=86400"
	DefaultMaxBytes          = 32 << 20
	// DefaultMaxPixels accepts today's 48-megapixel phone photographs.
	DefaultMaxPixels = 50_000_000
	// DefaultMaxDecodedBytes accepts 50 megapixels at four bytes each. With the
	// file itself and the process, that is below 256 MB.
	DefaultMaxDecodedBytes  = 192 << 20
	DefaultDeadlineMarginMs = 1000
	DefaultMetricsNamespace = "Pipeguard"
)

// These are the upper limits of the configurable ranges.
const (
	maxSizes            = 16
	maxSide             = 10_000
	maxBytes            = 1 << 30
	maxPixels           = 1_000_000_000
	maxDecodedBytes     = 8 << 30
	maxDeadlineMarginMs = 60_000
)

// Config describes where thumbnails go and which images are accepted.
type Config struct {
	// SourcePrefix is the prefix of the keys of originals; DestinationPrefix
	// and the box replace it.
	SourcePrefix string
	// DestinationBucket is the name of the bucket that receives thumbnails.
	DestinationBucket string
	// DestinationPrefix is the prefix of the keys of thumbnails.
	DestinationPrefix string
	// KMSKeyARN names the key that thumbnails are encrypted with.
	KMSKeyARN string
	// CacheControl is the header that thumbnails are served with.
	CacheControl string
	// MaxBytes is the size of the largest original that is read, in bytes.
	MaxBytes int64
	// DeadlineMargin is how long before the deadline an invocation stops, so
	// that it has time to report it.
	DeadlineMargin time.Duration
	// MetricsNamespace is the CloudWatch namespace of the function's counters.
	MetricsNamespace string
	// Render describes the thumbnails to make, and the originals to accept.
	Render render.Options
}

// ConfigFromEnv reads the configuration with getenv, which is os.Getenv in the
// function. The error lists every variable that is missing or wrong.
func ConfigFromEnv(getenv func(string) string) (Config, error) {
	env := envReader{getenv: getenv}
	config := Config{
		SourcePrefix:      env.folder(EnvSourcePrefix, DefaultSourcePrefix),
		DestinationBucket: env.required(EnvDestinationBucket),
		DestinationPrefix: env.folder(EnvDestinationPrefix, DefaultDestinationPrefix),
		KMSKeyARN:         env.required(EnvKMSKeyARN),
		CacheControl:      env.text(EnvCacheControl, DefaultCacheControl),
		MaxBytes:          env.number(EnvMaxBytes, DefaultMaxBytes, maxBytes),
		DeadlineMargin:    time.Duration(env.number(EnvDeadlineMargin, DefaultDeadlineMarginMs, maxDeadlineMarginMs)) * time.Millisecond,
		MetricsNamespace:  env.text(EnvMetricsNamespace, DefaultMetricsNamespace),
		Render: render.Options{
			Boxes:      env.sizes(EnvSizes, DefaultSizes),
			Quality:    int(env.number(EnvQuality, DefaultQuality, 100)),
			Background: env.color(EnvBackground, DefaultBackground),
			MaxPixels:  env.number(EnvMaxPixels, DefaultMaxPixels, maxPixels),
			MaxMemory:  env.number(EnvMaxDecodedBytes, DefaultMaxDecodedBytes, maxDecodedBytes),
		},
	}
	// Every key under the destination prefix counts as a thumbnail, which would
	// swallow originals if one folder were inside the other.
	if strings.HasPrefix(config.SourcePrefix, config.DestinationPrefix) || strings.HasPrefix(config.DestinationPrefix, config.SourcePrefix) {
		env.fail(EnvDestinationPrefix, config.DestinationPrefix, fmt.Sprintf("a folder that is not in, and does not hold, %s %q", EnvSourcePrefix, config.SourcePrefix))
	}
	return config, errors.Join(env.errs...)
}

// envReader collects all mistakes, so that one look at the log shows all of them.
type envReader struct {
	getenv func(string) string
	errs   []error
}

func (e *envReader) fail(name, value, want string) {
	e.errs = append(e.errs, fmt.Errorf("environment variable %s is %q, want %s", name, value, want))
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
		e.fail(name, value, fmt.Sprintf("a whole number from 1 to %d", most))
	}
	return number
}

// folder insists on whole folders: with "uploads" as prefix, "uploads-old/a.jpg"
// would count as an upload.
func (e *envReader) folder(name, fallback string) string {
	value := e.text(name, fallback)
	if !strings.HasSuffix(value, "/") {
		e.fail(name, value, "a folder that ends with a slash")
	}
	return value
}

// sizes reads boxes such as "200x200,800x600".
func (e *envReader) sizes(name, fallback string) []render.Size {
	value := e.text(name, fallback)
	var sizes []render.Size
	seen := map[render.Size]bool{}
	for entry := range strings.SplitSeq(value, ",") {
		width, height, _ := strings.Cut(strings.TrimSpace(entry), "x")
		size := render.Size{Width: side(width), Height: side(height)}
		if size.Width == 0 || size.Height == 0 || seen[size] || len(sizes) == maxSizes {
			e.fail(name, value, fmt.Sprintf("1 to %d different boxes such as 200x200,800x600, sides from 1 to %d", maxSizes, maxSide))
			return nil
		}
		seen[size] = true
		sizes = append(sizes, size)
	}
	return sizes
}

// side reads the length of a side; zero stands for one that is out of range.
func side(text string) int {
	length, err := strconv.ParseUint(text, 10, 32)
	if err != nil || length > maxSide {
		return 0
	}
	return int(length)
}

// color reads a colour such as "#ffffff".
func (e *envReader) color(name, fallback string) color.NRGBA {
	value := e.text(name, fallback)
	digits, found := strings.CutPrefix(value, "#")
	rgb, err := hex.DecodeString(digits)
	if !found || err != nil || len(rgb) != 3 {
		e.fail(name, value, "a colour such as #ffffff")
		return color.NRGBA{}
	}
	return color.NRGBA{R: rgb[0], G: rgb[1], B: rgb[2], A: 255}
}
