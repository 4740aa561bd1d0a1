package rules

import (
	"regexp"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// oneMatches says whether a value, or one of a list of them, is a pattern that
// matches the text.
func oneMatches(v graph.Value, text string) answer.Answer {
	if v.Unknown() {
		return answer.Unknown
	}
	one := answer.No
	for _, item := range v.Items() {
		switch pattern, known := item.Str(); {
		case item.Unknown():
			one = max(one, answer.Unknown)
		case known && matches(pattern, text):
			return answer.Yes
		}
	}
	return one
}

// matches says that a pattern, in which * stands for any characters and ? for
// one, matches all of a text, whatever the case.
func matches(pattern, text string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return strings.EqualFold(pattern, text)
	}
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(strings.ReplaceAll(quoted, `\*`, ".*"), `\?`, ".")
	return regexp.MustCompile("(?is)^" + quoted + "$").MatchString(text)
}
