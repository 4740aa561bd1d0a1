package rules

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Reserved by S3: "General purpose bucket naming rules" in its user guide.
var (
	reservedPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

var bucketCharacters = regexp.MustCompile(`^[a-z0-9-]*$`)

// invalidBucketName is why S3 refuses the name of a general purpose bucket, or
// "". Dots, which S3 allows, count as wrong: they break TLS to the bucket's own
// host name.
func invalidBucketName(name string) string {
	if _, err := netip.ParseAddr(name); err == nil {
		return "it is an IP address"
	}
	for _, prefix := range reservedPrefixes {
		if strings.HasPrefix(name, prefix) {
			return "the prefix " + prefix + " is reserved"
		}
	}
	for _, suffix := range reservedSuffixes {
		if strings.HasSuffix(name, suffix) {
			return "the suffix " + suffix + " is reserved"
		}
	}
	switch {
	case len(name) < 3 || len(name) > 63:
		return "it has " + count(len(name), "character") + ", not 3 to 63"
	case strings.Contains(name, "."):
		return "it has a dot, which breaks TLS to the bucket"
	case !bucketCharacters.MatchString(name):
		return "it has a character other than lower-case letters, digits and hyphens"
	case strings.HasPrefix(name, "-") || strings.HasSuffix(name, "-"):
		return "it starts or ends with a hyphen"
	}
	return ""
}

var (
	accountID = regexp.MustCompile(`(^|[^0-9])[0-9]{12}([^0-9]|$)`)
	autoNamed = regexp.MustCompile(`^-?[0-9a-f]{7}$`)
)

// isUniqueName says that something in a bucket's name makes it unique: an
// account id, the organisation, the project with the stack, a random part, or
// the output of a random resource.
func isUniqueName(g *graph.Graph, bucket *graph.Resource, name string) bool {
	return accountID.MatchString(name) ||
		hasWord(name, g.Organization) ||
		hasWord(name, string(bucket.URN.Project())) && hasWord(name, string(bucket.URN.Stack())) ||
		slices.ContainsFunc(strings.Split(name, "-"), looksRandom) ||
		// Pulumi's own: the resource's name and seven hexadecimal digits, which
		// may by chance be letters only.
		autoNamed.MatchString(strings.TrimPrefix(name, strings.ToLower(bucket.Name))) ||
		namedByRandom(g, bucket)
}

var notInBucketName = regexp.MustCompile(`[^a-z0-9]+`)

// hasWord says that name contains word as programs put it into a bucket's name:
// in lower case, other characters replaced by a hyphen or left out. A short
// word must stand between hyphens, lest dev be found in device.
func hasWord(name, word string) bool {
	for _, replacement := range []string{"-", ""} {
		w := strings.Trim(notInBucketName.ReplaceAllString(strings.ToLower(word), replacement), "-")
		if w != "" && strings.Contains("-"+name+"-", "-"+w+"-") || len(w) >= 4 && strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// word is an abbreviation or has a vowel.
const word = `([a-z]{2,3}|[a-z]*[aeiouy][a-z]*)`

var (
	hexadecimal = regexp.MustCompile(`^[0-9a-f]+$`)
	letters     = regexp.MustCompile(`^[a-z]+$`)
	// date is a year, alone or with a month, a day, a quarter, half or week.
	date         = regexp.MustCompile(`^v?(19|20)[0-9]{2}([01][0-9]([0-3][0-9])?|[hqw][0-9]{1,2})?$`)
	numberedWord = regexp.MustCompile(`^(` + word + `[0-9]{1,4}|[0-9]{1,4}` + word + `[0-9]?)$`)
	// consonants in such a row are in no word.
	consonants = regexp.MustCompile(`[bcdfghjklmnpqrstvwxz]{5}`)
)

// looksRandom tells a generated part of a name from a word, a date or a
// numbered word (prod01, 2024q1). One with digits that is in doubt counts as
// random: a missed case is better than a false alarm.
func looksRandom(part string) bool {
	part = strings.ReplaceAll(part, "s3", "") // the service, as in mys3bucket
	switch {
	case len(part) < 4 || date.MatchString(part):
		return false
	case letters.MatchString(part):
		return consonants.MatchString(part)
	case hexadecimal.MatchString(part):
		return true
	default:
		return !numberedWord.MatchString(part)
	}
}
