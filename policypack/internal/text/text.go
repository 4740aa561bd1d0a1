// Package text words messages: it counts, lists and compares names.
package text

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"
)

// Count returns a number with its noun, in the plural where it must be.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Names lists things, such as resources, by their names.
func Names[T fmt.Stringer](things []T) string {
	list := make([]string, len(things))
	for i, thing := range things {
		list[i] = thing.String()
	}
	return strings.Join(list, ", ")
}

// Closest returns the one of the names that s is most likely a misspelling of, or "".
func Closest(s string, names []string) string {
	best, bestMatch := "", 0.6
	for _, name := range names {
		if m := levenshtein.Match(strings.ToLower(s), strings.ToLower(name), nil); m > bestMatch {
			best, bestMatch = name, m
		}
	}
	return best
}

var wordBoundary = regexp.MustCompile(`[^A-Za-z0-9]+|([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// Words returns the words of an identifier in lower case, whether it is spelt DB_PASSWORD, dbPassword or db-password.
func Words(identifier string) []string {
	return strings.Fields(strings.ToLower(wordBoundary.ReplaceAllString(identifier, "$1$3 $2$4")))
}

// HasAny reports whether one of the words is in the list.
func HasAny(words, list []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(list, word) })
}

// CamelCase returns a name in snake_case in camelCase; other names stay as they are.
func CamelCase(name string) string {
	words := strings.Split(name, "_")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}

// SchemaName returns the name of an argument in Pulumi's schema: lower camel case, where Python has snake_case and Go a
// capital.
func SchemaName(name string) string {
	name = CamelCase(name)
	if name == "" {
		return ""
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// Matches reports whether a pattern, in which * stands for any characters and ? for one, matches all of a text, whatever
// the case.
func Matches(pattern, s string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return strings.EqualFold(pattern, s)
	}
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(strings.ReplaceAll(quoted, `\*`, ".*"), `\?`, ".")
	return regexp.MustCompile("(?is)^" + quoted + "$").MatchString(s)
}
