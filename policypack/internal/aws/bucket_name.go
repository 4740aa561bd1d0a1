package aws

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
)

// Reserved by S3: "General purpose bucket naming rules" in its user guide.
var (
	reservedPrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"}
)

var bucketCharacters = regexp.MustCompile(`^[a-z0-9-]*$`)

// NameFault is how a name breaks the rules for the names of general purpose buckets.
type NameFault int

// The faults. NoFault stands for a name that S3 accepts. Dots count as a fault although S3 allows them: they break TLS
// to the bucket's own host name.
const (
	NoFault NameFault = iota
	IPAddressName
	ReservedPrefix
	ReservedSuffix
	NameLength
	NameWithDot
	NameCharacter
	NameWithOuterHyphen
)

// FaultOfBucketName returns how a name breaks the rules, and the part of it that does so if there is one.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func FaultOfBucketName(name string) (fault NameFault, part string) {
	if _, err := netip.ParseAddr(name); err == nil {
		return IPAddressName, ""
	}
	for _, prefix := range reservedPrefixes {
		if strings.HasPrefix(name, prefix) {
			return ReservedPrefix, prefix
		}
	}
	for _, suffix := range reservedSuffixes {
		if strings.HasSuffix(name, suffix) {
			return ReservedSuffix, suffix
		}
	}
	switch {
	case len(name) < 3 || len(name) > 63:
		return NameLength, ""
	case strings.Contains(name, "."):
		return NameWithDot, ""
	case !bucketCharacters.MatchString(name):
		return NameCharacter, ""
	case strings.HasPrefix(name, "-") || strings.HasSuffix(name, "-"):
		return NameWithOuterHyphen, ""
	}
	return NoFault, ""
}

var (
	accountID = regexp.MustCompile(`(^|[^0-9])[0-9]{12}([^0-9]|$)`)
	autoNamed = regexp.MustCompile(`^-?[0-9a-f]{7}$`)
)

// HasUniqueName reports whether something in the bucket's name, which is known, makes it unique: an account id, the
// organization, the project with the stack, a random part, or the output of a random resource. The answer is Unknown if
// the name may contain the organization and that is not known.
func (b *Bucket) HasUniqueName() answer.Answer {
	name, _ := b.Arg("bucket").Str()
	switch {
	case accountID.MatchString(name),
		hasWord(name, b.stack.Organization),
		hasWord(name, string(b.URN.Project())) && hasWord(name, string(b.URN.Stack())),
		slices.ContainsFunc(strings.Split(name, "-"), looksRandom),
		// Pulumi's own names: the resource's name and seven hexadecimal digits, which may happen to be letters only.
		autoNamed.MatchString(strings.TrimPrefix(name, strings.ToLower(b.Name))),
		b.IsNamedByRandom():
		return answer.Yes
	case b.stack.Organization == "":
		return answer.Unknown
	default:
		return answer.No
	}
}

// IsNamedByRandom reports whether the bucket's name is computed from a resource of the random provider.
func (b *Bucket) IsNamedByRandom() bool {
	return slices.ContainsFunc(b.PropertyDependencies["bucket"], func(urn resource.URN) bool {
		r := b.stack.ByURN(urn)
		return r != nil && strings.HasPrefix(string(r.Type), "random:")
	})
}

// Namesake returns the first bucket that the program declares with the known name of this one, if it is another bucket,
// or nil.
func (b *Bucket) Namesake() *Bucket {
	name, known := b.Arg("bucket").Str()
	if first := b.stack.bucketNames()[name]; known && first != b {
		return first
	}
	return nil
}

// indexBucketNames returns the first bucket that the program declares with each name.
func (s *Stack) indexBucketNames() map[string]*Bucket {
	first := map[string]*Bucket{}
	for _, b := range s.Buckets() {
		if name, known := b.Arg("bucket").Str(); known && first[name] == nil {
			first[name] = b
		}
	}
	return first
}

var notInBucketName = regexp.MustCompile(`[^a-z0-9]+`)

// hasWord reports whether name contains word in the form that programs use in a bucket's name: in lower case, with
// other characters removed or replaced by hyphens. A short word must stand between hyphens, so that dev is not found in
// device.
func hasWord(name, word string) bool {
	for _, replacement := range []string{"-", ""} {
		w := strings.Trim(notInBucketName.ReplaceAllString(strings.ToLower(word), replacement), "-")
		if w != "" && strings.Contains("-"+name+"-", "-"+w+"-") || len(w) >= 4 && strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// word matches an abbreviation or text with a vowel.
const word = `([a-z]{2,3}|[a-z]*[aeiouy][a-z]*)`

var (
	hexadecimal = regexp.MustCompile(`^[0-9a-f]+$`)
	letters     = regexp.MustCompile(`^[a-z]+$`)
	// date matches a year, alone or with a month, day, quarter, half or week.
	date         = regexp.MustCompile(`^v?(19|20)[0-9]{2}([01][0-9]([0-3][0-9])?|[hqw][0-9]{1,2})?$`)
	numberedWord = regexp.MustCompile(`^(` + word + `[0-9]{1,4}|[0-9]{1,4}` + word + `[0-9]?)$`)
	// consonants matches more consonants in a row than a word has.
	consonants = regexp.MustCompile(`[bcdfghjklmnpqrstvwxz]{5}`)
)

// looksRandom reports whether a part of a name is generated, rather than a word, a date or a numbered word (prod01,
// 2024q1). In case of doubt, a part with digits counts as random: a missed finding is better than a false alarm.
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
