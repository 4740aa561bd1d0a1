package settings

import (
	"strconv"
	"strings"
)

// Environment returns what the function has to know of the settings, by the
// names that its own configuration has for them.
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
