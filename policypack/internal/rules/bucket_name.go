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
		hasWord(name, g.Project) && hasWord(name, g.Stack) ||
		hasRandomPart(name) ||
		// Pulumi's own: the resource's name and seven hexadecimal digits, which
		// may by chance be letters only.
		autoNamed.MatchString(strings.TrimPrefix(name, strings.ToLower(bucket.Name))) ||
		namedByRandom(g, bucket)
}

var notInBucketName = regexp.MustCompile(`[^a-z0-9]+`)

// hasWord says that name contains word as programs put it into a bucket's name:
// in lower case, other characters replaced by a hyphen or left out.
func hasWord(name, word string) bool {
	word = strings.ToLower(word)
	for _, replacement := range []string{"-", ""} {
		w := strings.Trim(notInBucketName.ReplaceAllString(word, replacement), "-")
		if w != "" && strings.Contains("-"+name+"-", "-"+w+"-") {
			return true
		}
	}
	return false
}

// hasRandomPart says that the name ends in a part that looks random or hashed
// and has at least 4 characters, or has such a part of at least 6 inside.
func hasRandomPart(name string) bool {
	parts := strings.Split(name, "-")
	last := len(parts) - 1
	return len(parts[last]) >= 4 && looksRandom(parts[last]) ||
		slices.ContainsFunc(parts[:last], func(part string) bool { return len(part) >= 6 && looksRandom(part) })
}

var (
	hexadecimal  = regexp.MustCompile(`^[0-9a-f]+$`)
	digits       = regexp.MustCompile(`^[0-9]+$`)
	letters      = regexp.MustCompile(`^[a-z]+$`)
	year         = regexp.MustCompile(`^(19|20)[0-9]{2}([01][0-9]([0-3][0-9])?)?$`)
	numberedWord = regexp.MustCompile(`^([a-z]{2,}[0-9]{1,4}|[0-9]{1,4}[a-z]{2,}[0-9]?)$`)
	vowels       = regexp.MustCompile(`[aeiou]`)
)

// looksRandom tells a generated string from a word, a date or a numbered word
// (prod01, 2024q1). A doubtful one counts as random: a missed case is better
// than a false alarm.
func looksRandom(s string) bool {
	switch {
	case year.MatchString(s):
		return false
	case digits.MatchString(s):
		return true
	case letters.MatchString(s):
		// Words have vowels; a random string of six letters seldom has only one.
		return len(s) >= 6 && len(vowels.FindAllString(s, -1)) <= 1
	case hexadecimal.MatchString(s):
		return true
	default:
		return !numberedWord.MatchString(s)
	}
}
