// Package settings reads the stack's configuration. Types and defaults are in
// Pulumi.yaml, where `pulumi config` and its users find them; ranges are here,
// and a test checks that Pulumi.yaml documents them correctly.
package settings

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// Settings is the stack's validated configuration.
type Settings struct {
	// AlarmEmail is the address that alarms are sent to.
	AlarmEmail string
	// CodeArchive is the path of the function's zip, relative to the program's folder.
	CodeArchive string
	// CodeHash is the zip's SHA-256 in base64.
	CodeHash string
	// MemorySize is the function's memory in MB.
	MemorySize int
	// EphemeralStorage is the size of the function's /tmp in MB.
	EphemeralStorage int
	// Timeout is the longest time an invocation may take, in seconds.
	Timeout int
	// ReservedConcurrency is how many invocations may run at the same time; 0
	// sets no limit.
	ReservedConcurrency int
	// RetryAttempts is how often a failed event is tried again.
	RetryAttempts int
	// MaximumEventAge is how long an event may wait for its turn, in seconds.
	MaximumEventAge int
	// LogRetentionDays is how long the function's log is kept.
	LogRetentionDays int
	// LogLevel is the lowest level that is logged.
	LogLevel string
	// UploadPrefix is the folder of originals, ThumbnailPrefix that of
	// thumbnails, each with its slash.
	UploadPrefix, ThumbnailPrefix string
	// UploadSuffixes are the suffixes of the keys of originals.
	UploadSuffixes []string
	// Sizes are the boxes, in pixels, that an original's thumbnails fit in.
	Sizes []Size
	// JPEGQuality is the quality of thumbnails, 1 to 100.
	JPEGQuality int
	// BackgroundColor is what shows through transparent originals, as #rrggbb.
	BackgroundColor string
	// CacheControl is the header that thumbnails are served with.
	CacheControl string
	// MaxUploadBytes is the size of the largest original that is read, in bytes.
	MaxUploadBytes int
	// MaxPixels is the size of the largest original that is decoded, as width × height.
	MaxPixels int
	// MaxDecodedBytes is the maximum memory, in bytes, that decoding an
	// original may take.
	MaxDecodedBytes int
	// DeadlineMargin is how long before the timeout an invocation stops, in
	// milliseconds.
	DeadlineMargin int
	// OriginalRetentionDays is how long originals are kept; 0 is forever.
	OriginalRetentionDays int
	// NoncurrentRetentionDays is how long overwritten and deleted objects can
	// be restored.
	NoncurrentRetentionDays int
	// AccessLogRetentionDays is how long the buckets' access logs are kept.
	AccessLogRetentionDays int
	// Protect is true if the stack must not be destroyed.
	Protect bool
}

// Size is a box that a thumbnail fits in, in pixels.
type Size struct{ Width, Height int }

// String returns the size in the format of the configuration, such as 200x150.
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// Range is the minimum and the maximum of a setting.
type Range struct{ Least, Most int }

// Ranges are the ranges of the settings that are whole numbers.
var Ranges = map[string]Range{
	"memorySize":              {256, 10_240},
	"ephemeralStorage":        {512, 10_240},
	"timeout":                 {1, 900},
	"reservedConcurrency":     {0, 1000},
	"retryAttempts":           {0, 2},
	"maximumEventAge":         {60, 21_600},
	"logRetentionDays":        {1, 3653},
	"jpegQuality":             {1, 100},
	"maxUploadBytes":          {1, 1 << 30},
	"maxPixels":               {1, 1_000_000_000},
	"maxDecodedBytes":         {1, 8 << 30},
	"deadlineMargin":          {1, 60_000},
	"originalRetentionDays":   {0, 36_500},
	"noncurrentRetentionDays": {1, 36_500},
	"accessLogRetentionDays":  {1, 36_500},
}

const (
	// maxSide is the largest side of a thumbnail, in pixels.
	maxSide = 10_000
	// maxSuffixes is the number of configurations that S3 allows in a bucket's
	// notification.
	maxSuffixes = 100
	// maxSizes keeps one upload from becoming a flood of thumbnails.
	maxSizes = 16
)

// retentionPeriods are the days that CloudWatch Logs accepts in
// PutRetentionPolicy; "never expire" is left out on purpose.
var retentionPeriods = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// logLevels are the levels of Lambda's loggingConfig that the function's logger has, too.
var logLevels = []string{"DEBUG", "INFO", "WARN", "ERROR"}

var (
	sizePattern  = regexp.MustCompile(`^([1-9][0-9]*)x([1-9][0-9]*)$`)
	colorPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	// folderPattern has the characters that need no care in keys, IAM resources
	// and filters: "*" and "?" would be wildcards there.
	folderPattern = regexp.MustCompile(`^([A-Za-z0-9_.-]+/)+$`)
	suffixPattern = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
)

// Load reads the configuration of the running stack. The error lists every key
// that is missing or wrong, with what it should be; nothing is registered by
// then.
func Load(ctx *pulumi.Context) (Settings, error) {
	r := reader{config: config.New(ctx, "")}
	settings := Settings{
		AlarmEmail:              r.text("alarmEmail"),
		CodeArchive:             r.text("codeArchive"),
		MemorySize:              r.number("memorySize"),
		EphemeralStorage:        r.number("ephemeralStorage"),
		Timeout:                 r.number("timeout"),
		ReservedConcurrency:     r.number("reservedConcurrency"),
		RetryAttempts:           r.number("retryAttempts"),
		MaximumEventAge:         r.number("maximumEventAge"),
		LogRetentionDays:        r.number("logRetentionDays"),
		LogLevel:                r.text("logLevel"),
		UploadPrefix:            r.folder("uploadPrefix"),
		ThumbnailPrefix:         r.folder("thumbnailPrefix"),
		UploadSuffixes:          r.suffixes("uploadSuffixes"),
		Sizes:                   r.sizes("thumbnailSizes"),
		JPEGQuality:             r.number("jpegQuality"),
		BackgroundColor:         r.text("backgroundColor"),
		CacheControl:            r.text("cacheControl"),
		MaxUploadBytes:          r.number("maxUploadBytes"),
		MaxPixels:               r.number("maxPixels"),
		MaxDecodedBytes:         r.number("maxDecodedBytes"),
		DeadlineMargin:          r.number("deadlineMargin"),
		OriginalRetentionDays:   r.number("originalRetentionDays"),
		NoncurrentRetentionDays: r.number("noncurrentRetentionDays"),
		AccessLogRetentionDays:  r.number("accessLogRetentionDays"),
		Protect:                 r.matches("protectedStacks", ctx.Stack()),
	}
	if len(r.errs) == 0 {
		r.check(&settings)
	}
	return settings, errors.Join(r.errs...)
}

// reader collects all mistakes, so that one run shows all of them.
type reader struct {
	config *config.Config
	errs   []error
}

func (r *reader) fail(key, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("configuration %s: "+format, append([]any{key}, args...)...))
}

func (r *reader) text(key string) string {
	value := r.config.Get(key)
	if value == "" {
		r.fail(key, "not set; set it with `pulumi config set %s <value>`", key)
	}
	return value
}

func (r *reader) number(key string) int {
	value := r.text(key)
	if value == "" {
		return 0
	}
	limits := Ranges[key]
	number, err := strconv.Atoi(value)
	if err != nil || number < limits.Least || number > limits.Most {
		r.fail(key, "%q is not a whole number from %d to %d", value, limits.Least, limits.Most)
	}
	return number
}

func (r *reader) folder(key string) string {
	value := r.text(key)
	if value != "" && !folderPattern.MatchString(value) {
		r.fail(key, "%q is not a folder: letters, digits, dots, dashes and underscores, and a slash at the end", value)
	}
	return value
}

// list reads a list of 1 to most strings.
func (r *reader) list(key string, most int) []string {
	value := r.text(key)
	if value == "" {
		return nil
	}
	var items []string
	if err := json.Unmarshal([]byte(value), &items); err != nil || len(items) < 1 || len(items) > most {
		r.fail(key, "%s is not a list of 1 to %d strings; add one with `pulumi config set --path '%s[0]' <value>`", value, most, key)
		return nil
	}
	return items
}

// suffixes reads the suffixes of keys. One that is the end of another would
// send an upload to the function twice, which S3 refuses.
func (r *reader) suffixes(key string) []string {
	suffixes := r.list(key, maxSuffixes)
	for i, suffix := range suffixes {
		if !suffixPattern.MatchString(suffix) {
			r.fail(key, "%q is not the end of a key: letters, digits, dots, dashes and underscores", suffix)
		}
		for _, other := range suffixes[:i] {
			if strings.HasSuffix(suffix, other) || strings.HasSuffix(other, suffix) {
				r.fail(key, "%q and %q match the same keys", other, suffix)
			}
		}
	}
	return suffixes
}

func (r *reader) sizes(key string) []Size {
	var sizes []Size
	for _, text := range r.list(key, maxSizes) {
		var size Size
		if match := sizePattern.FindStringSubmatch(text); match != nil {
			// What does not fit an int becomes 0 here, or the largest int.
			size.Width, _ = strconv.Atoi(match[1])
			size.Height, _ = strconv.Atoi(match[2])
		}
		if size.Width < 1 || size.Width > maxSide || size.Height < 1 || size.Height > maxSide {
			r.fail(key, "%q is not a size such as 200x150, with sides from 1 to %d", text, maxSide)
		} else if slices.Contains(sizes, size) {
			r.fail(key, "%q occurs twice", text)
		}
		sizes = append(sizes, size)
	}
	return sizes
}

// matches reports whether a name matches the pattern in the key.
func (r *reader) matches(key, name string) bool {
	pattern := r.text(key)
	matched, err := path.Match(pattern, name)
	if err != nil {
		r.fail(key, "%q is not a pattern of stack names, such as prod*", pattern)
	}
	return matched
}

// check checks what types and ranges cannot express, and computes the hash of the archive.
func (r *reader) check(s *Settings) {
	if address, err := mail.ParseAddress(s.AlarmEmail); err != nil || address.Address != s.AlarmEmail {
		r.fail("alarmEmail", "%q is not an e-mail address", s.AlarmEmail)
	}
	if !slices.Contains(retentionPeriods, s.LogRetentionDays) {
		r.fail("logRetentionDays", "CloudWatch Logs has no period of %d days, only %s", s.LogRetentionDays, list(retentionPeriods))
	}
	if !slices.Contains(logLevels, s.LogLevel) {
		r.fail("logLevel", "%q is not one of %s", s.LogLevel, strings.Join(logLevels, ", "))
	}
	if !colorPattern.MatchString(s.BackgroundColor) {
		r.fail("backgroundColor", "%q is not a colour such as #ffffff", s.BackgroundColor)
	}
	if strings.HasPrefix(s.UploadPrefix, s.ThumbnailPrefix) || strings.HasPrefix(s.ThumbnailPrefix, s.UploadPrefix) {
		r.fail("thumbnailPrefix", "%q and uploadPrefix %q are the same folder, or one contains the other", s.ThumbnailPrefix, s.UploadPrefix)
	}
	if s.DeadlineMargin >= s.Timeout*1000 {
		r.fail("deadlineMargin", "%d ms is not less than timeout, %d s", s.DeadlineMargin, s.Timeout)
	}
	if need := s.MaxUploadBytes + s.MaxDecodedBytes; need > s.MemorySize<<20*9/10 {
		r.fail("memorySize", "%d MB cannot hold maxUploadBytes and maxDecodedBytes, %d MB, and a tenth for the rest", s.MemorySize, need>>20)
	}
	if info, err := os.Stat(s.CodeArchive); err == nil && !info.Mode().IsRegular() {
		r.fail("codeArchive", "%s is not a file", s.CodeArchive)
		return
	}
	archive, err := os.ReadFile(s.CodeArchive)
	if err != nil {
		r.fail("codeArchive", "build the archive with `make package` first: %w", err)
		return
	}
	sum := sha256.Sum256(archive)
	s.CodeHash = base64.StdEncoding.EncodeToString(sum[:])
}

func list(numbers []int) string {
	words := make([]string, len(numbers))
	for i, number := range numbers {
		words[i] = strconv.Itoa(number)
	}
	return strings.Join(words, ", ")
}
