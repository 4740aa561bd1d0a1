package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// index matches the index of a list's entry in a path. An entry that is added above shifts it.
var index = regexp.MustCompile(`\[\d+\]`)

// Identify sets the fingerprints of findings: the defect, and among identical defects the
// number of this one in the order of their places. Unrelated edits do not change the
// defect: it is the rule, the argument, and the resource, or for a fault in the source
// itself the file and the line's own text, wherever in the file that line is and however it
// is indented.
func Identify(fs []*Finding) {
	slices.SortStableFunc(fs, func(a, b *Finding) int { return Compare(*a, *b) })
	counts := map[string]int{}
	for _, f := range fs {
		defect := f.defect()
		counts[defect]++
		f.Fingerprint = fmt.Sprintf("%s:%d", defect, counts[defect])
	}
}

// defect returns the part of the fingerprint that identical findings share.
func (f *Finding) defect() string {
	parts := []string{f.Rule, index.ReplaceAllString(f.Property, "[]")}
	if f.InSource {
		parts = append(parts, f.Location.File, strings.Join(strings.Fields(f.Snippet), " "))
	} else {
		parts = append(parts, string(f.URN))
	}
	// None of the parts contains NUL, so no two of them can run together.
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Defect returns the part of a fingerprint that identical findings share.
func Defect(fingerprint string) string {
	defect, _, _ := strings.Cut(fingerprint, ":")
	return defect
}
