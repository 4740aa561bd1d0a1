package settings

import (
	"strconv"
	"strings"
)

// Environment returns the settings that the function needs, by the names of the
// function's own configuration.
func (s Settings) Environment() map[string]string {
	sizes := make([]string, len(s.Sizes))
	for i, size := range s.Sizes {
		sizes[i] = size.String()
	}
	return map[string]string{
		"THUMBNAIL_SIZES":    strings.Join(sizes, ","),
		"JPEG_QUALITY":       strconv.Itoa(s.JPEGQuality),
		"BACKGROUND_COLOR":   s.BackgroundColor,
		"CACHE_CONTROL":      s.CacheControl,
		"MAX_BYTES":          strconv.Itoa(s.MaxUploadBytes),
		"MAX_PIXELS":         strconv.Itoa(s.MaxPixels),
		"MAX_DECODED_BYTES":  strconv.Itoa(s.MaxDecodedBytes),
		"DEADLINE_MARGIN_MS": strconv.Itoa(s.DeadlineMargin),
	}
}
