// Package standin makes values that stand for what only AWS, another stack or the key of a secret knows, and
// recognises them, so that a program runs on in a preview and rules do not judge what is not real.
//
// The same parts always give the same stand-in, and different parts different ones, so that a program that compares
// two of them or uses them as keys behaves as it would.
//
// A text stays recognisable inside a longer string, in upper, lower or title case, after splitting at anything that
// is not a letter or a digit, and escaped as JSON or for a URL. Limitations:
//   - What encodes, hashes or cuts a text, such as base64 or the first eight characters of it, hides it.
//   - Arithmetic with a number, and formats other than plain digits, hide it.
//   - A boolean cannot be recognised: there are only two. Where a type allows it, leave one out instead.
package standin

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
)

const (
	// marker starts every text. It is one word, so that nothing splits a stand-in in two.
	marker = "pgstandin"
	digits = 10

	// Numbers are the ten-digit ones from firstNumber on. They are exact as a float64 and as an int32.
	firstNumber = 1984670000
	numbers     = 10000
	// numberPrefix is what the digits of all of them start with.
	numberPrefix = "198467"
)

// Text returns the text that stands for what parts name. It consists of lower-case letters and digits.
func Text(parts ...string) string {
	sum := hash(parts)
	return marker + hex.EncodeToString(sum[:])[:digits]
}

// Number returns the number that stands for what parts name. It is an integer.
func Number(parts ...string) float64 {
	sum := hash(parts)
	return float64(firstNumber + binary.BigEndian.Uint32(sum[:])%numbers)
}

// hash ends each part, so that a, bc and ab, c differ.
func hash(parts []string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00") + "\x00"))
}

// In reports whether s is or contains a stand-in, be it a text or the digits of a number.
func In(s string) bool {
	// The first letter may be in another case than the rest.
	return strings.Contains(s, marker[1:]) || strings.Contains(s, upperMarker[1:]) || containsNumber(s)
}

var upperMarker = strings.ToUpper(marker)

// containsNumber reports whether a number of exactly ten digits in s is a stand-in.
func containsNumber(s string) bool {
	for {
		i := strings.Index(s, numberPrefix)
		if i < 0 {
			return false
		}
		end := i + len(numberPrefix)
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		if end-i == digits && (i == 0 || !isDigit(s[i-1])) {
			return true
		}
		s = s[end:]
	}
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// IsNumber reports whether f is a stand-in.
func IsNumber(f float64) bool {
	return f >= firstNumber && f < firstNumber+numbers && f == math.Trunc(f)
}

// Log remembers which stand-ins were used. The zero Log is empty and ready; a nil one forgets what it is given. It may
// be used by several goroutines.
type Log struct {
	mu      sync.Mutex
	entries map[Entry]bool
}

// Entry says what was stood in for. It has no secrets.
type Entry struct {
	// Kind is what was asked: a function, a resource that was read, a stack, a configuration value.
	Kind Kind
	// Name is the function's or the resource's type token, the stack's name or the configuration key.
	Name string
	// Detail tells two of the same name apart: the function's arguments, the resource's id, the stack's output.
	Detail string
}

// Kind says what kind of thing a stand-in was used for.
type Kind string

// The kinds of things that stand-ins are used for.
const (
	Function      Kind = "function"
	Read          Kind = "read"
	Stack         Kind = "stack"
	Configuration Kind = "configuration"
)

// Add remembers that a stand-in was used. What is already there is not added again.
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

// Entries returns what was stood in for, sorted by kind, name and detail, as a program asks in no fixed order.
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
