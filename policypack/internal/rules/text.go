package rules

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// names lists resources in a message.
func names(rs []*graph.Resource) string {
	list := make([]string, len(rs))
	for i, r := range rs {
		list[i] = r.String()
	}
	return strings.Join(list, ", ")
}

// managed are those of rs that the program declares.
func managed(rs []*graph.Resource) []*graph.Resource {
	return slices.DeleteFunc(slices.Clone(rs), func(r *graph.Resource) bool { return !r.Managed() })
}

// count is a number with its noun, in the plural where it must be.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func sortedKeys[M ~map[K]V, K cmp.Ordered, V any](m M) []K {
	return slices.Sorted(maps.Keys(m))
}

// closest is the one of names that s is most likely a misspelling of, or "".
func closest(s string, names []string) string {
	best, bestMatch := "", 0.6
	for _, name := range names {
		if m := levenshtein.Match(strings.ToLower(s), strings.ToLower(name), nil); m > bestMatch {
			best, bestMatch = name, m
		}
	}
	return best
}

var wordBoundary = regexp.MustCompile(`[^A-Za-z0-9]+|([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// words are the words of an identifier in lower case, whether it is spelt
// DB_PASSWORD, dbPassword or db-password.
func words(identifier string) []string {
	return strings.Fields(strings.ToLower(wordBoundary.ReplaceAllString(identifier, "$1$3 $2$4")))
}

// hasAny says that one of the words is in the list.
func hasAny(words, list []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(list, word) })
}

// isNotGiven says that there is no value, or an empty one.
func isNotGiven(v graph.Value) bool { return v.Absent() || v.Is("") }
