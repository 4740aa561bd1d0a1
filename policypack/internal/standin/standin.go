// Package standin makes values that stand for what only AWS, another stack or the key of a secret knows, and
// recognises them, so that a program runs on in a preview and rules do not judge what is not real.
//
// The same parts always give the same stand-in, and different parts different ones (numbers nearly always), so that a
// program that compares two of them or uses them as keys behaves as it would.
//
// A text stays recognisable inside a longer string, in upper, lower or title case, after splitting at anything that
// is not a letter or a digit, escaped as JSON or for a URL, in base64 (user data, what a secret holds), and in a string
// that was cut off at six or more of its letters. Limitations:
//   - What hashes, compresses or encodes a text otherwise, such as hex, base32 or base64 twice, hides it, and so does
//     base64 that is broken into lines.
//   - What takes a text apart at a letter or cuts off its beginning, such as its last eight characters, hides it.
//   - Arithmetic with a number, and formats other than plain digits, hide it.
//   - A boolean cannot be recognised: there are only two. Where a type allows it, leave one out instead; where the
//     language checks no types, give a text.
//   - Nor can a count: see [Count].
package standin

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	// marker starts every text. It is one word, so that nothing splits a stand-in in two.
	marker = "pgstandin"
	digits = 10
	// shortest is how much of the marker identifies a string that was cut off inside it.
	shortest = 6

	// Numbers have seven digits: a loop over one, or a list or text of that length, takes a moment and some
	// megabytes. They are few among the numbers of their size and not divisible by 2, 3 or 5, so that none of
	// them is a number of bytes, seconds or percents that people write.
	firstNumber = 1984667
	step        = 210
	numbers     = 1000
	// numberDigits is the number of their digits.
	numberDigits = 7
)

// numberStarts are the possible beginnings of the numbers.
var numberStarts = []string{"19", "20", "21"}

// Count stands for a number of things. A program makes that many resources, or iterates over that many zones or items
// of a list, so it must be small: as large as the stand-in for a list of texts. It cannot be distinguished from a
// number that a user writes, and rules judge what follows from it; the alternative is a preview that never ends.
const Count = 2

// IsCount reports whether a number of that name, in camelCase, snake_case or kebab-case, is a number of things that
// a program iterates over: instanceCount, num_replicas, number-of-zones, desiredSize, length.
func IsCount(name string) bool {
	words := strings.FieldsFunc(wordStart.ReplaceAllString(name, "${1}_$2"), func(r rune) bool { return r == '_' || r == '-' })
	for i := range words {
		words[i] = strings.ToLower(words[i])
	}
	if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return slices.Contains(attemptWords, w) }) {
		return false
	}
	first, last := words[0], words[len(words)-1]
	return slices.Contains(countWords, last) || len(words) > 1 && slices.Contains([]string{"num", "number"}, first) ||
		slices.Contains([]string{"desired", "min", "max"}, first) && slices.Contains([]string{"size", "capacity"}, last)
}

var (
	wordStart  = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	countWords = []string{
		"azs", "copies", "count", "counts", "instances", "length", "nodes", "num", "quantity", "replica", "replicas", "shards",
		"subnets", "tasks", "workers", "zones",
	}
	// attemptWords occur in the names of numbers of attempts, which a program passes on and rules look at:
	// maxReceiveCount.
	attemptWords = []string{"attempts", "failure", "failures", "receive", "retries", "retry"}
)

// Text returns the text that stands for what the parts name. It consists of lower-case letters and digits.
func Text(parts ...string) string {
	sum := hash(parts)
	return marker + hex.EncodeToString(sum[:])[:digits]
}

// Number returns the number that stands for what the parts name. It is an integer. For a number of things, use [Count].
func Number(parts ...string) float64 {
	sum := hash(parts)
	return float64(firstNumber + step*(binary.BigEndian.Uint32(sum[:])%numbers))
}

// hash ends each part with a separator, so that a, bc and ab, c differ.
func hash(parts []string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00") + "\x00"))
}

// In reports whether s is or contains a stand-in, be it a text or the digits of a number.
func In(s string) bool {
	if len(s) < shortest { // as many of the strings that rules look at
		return false
	}
	return slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(s, form) }) ||
		isCutOff(s) || containsNumber(s)
}

// forms are the strings of which one occurs in every string that contains a text.
var forms = append(inBase64(markerTail), markerTail, strings.ToUpper(markerTail))

// markerTail is the marker without its first letter, which may be in another case than the rest.
var markerTail = marker[1:]

// inBase64 returns strings of which one occurs in the base64 of any text that contains s: the base64 of s at each of
// the three places where it may begin in a group of three bytes, without the characters that its neighbours
// influence. They are the same in the alphabet for URLs.
func inBase64(s string) []string {
	var all []string
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + s))
		start := (before*8 + 5) / 6 // the first character with bits of s alone
		end := (before + len(s)) * 8 / 6
		all = append(all, encoded[start:end])
	}
	return all
}

// isCutOff reports whether s ends with the beginning of a text.
func isCutOff(s string) bool {
	for n := shortest; n < min(len(marker), len(s)+1); n++ {
		if strings.EqualFold(s[len(s)-n:], marker[:n]) {
			return true
		}
	}
	return false
}

// containsNumber reports whether a group of exactly numberDigits digits in s is a stand-in.
func containsNumber(s string) bool {
	for _, start := range numberStarts {
		for rest := s; ; {
			i := strings.Index(rest, start)
			if i < 0 {
				break
			}
			end := i
			for end < len(rest) && isDigit(rest[end]) {
				end++
			}
			alone := i == 0 || !isDigit(rest[i-1])
			if n, err := strconv.Atoi(rest[i:end]); alone && end-i == numberDigits && err == nil && IsNumber(float64(n)) {
				return true
			}
			rest = rest[end:]
		}
	}
	return false
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// IsNumber reports whether f is a stand-in.
func IsNumber(f float64) bool {
	return f >= firstNumber && f < firstNumber+step*numbers && math.Mod(f-firstNumber, step) == 0
}

// Log records which stand-ins were used. The zero Log is empty and ready to use; a nil one drops everything. It may be
// used by several goroutines.
type Log struct {
	mu      sync.Mutex
	entries map[Entry]bool
}

// Entry describes what a stand-in was used for. It contains no secrets.
type Entry struct {
	// Kind is what was asked: a function, a resource that was read, a stack, a configuration value.
	Kind Kind
	// Name is the function's or the resource's type token, the stack's name or the configuration key.
	Name string
	// Detail distinguishes two entries of the same name: the function's arguments, the resource's id, the
	// stack's output.
	Detail string
}

// Kind is a kind of thing that a stand-in was used for.
type Kind string

// These are the kinds.
const (
	Function      Kind = "function"
	Read          Kind = "read"
	Stack         Kind = "stack"
	Configuration Kind = "configuration"
)

// Add records that a stand-in was used. An entry that is already there is not added again.
func (l *Log) Add(e Entry) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = map[Entry]bool{}
	}
	l.entries[e] = true
}

// Entries returns the entries sorted by kind, name and detail, because a program runs in no fixed order.
func (l *Log) Entries() []Entry {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.SortedFunc(maps.Keys(l.entries), func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Detail, b.Detail))
	})
}
