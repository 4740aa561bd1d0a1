package iam

import (
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// A resource that is only partly known is written as an ARN with holes.
const (
	// segmentHole is an unknown part of one ARN segment, and contains no colon.
	segmentHole = '\x00'
	// anyHole is any unknown sequence of characters.
	anyHole = '\x01'
	// someHole is a sequence of characters that the caller can choose, as when a function may write anywhere in a
	// bucket.
	someHole = '\x03'
	// special are the characters that stand for others in patterns or texts.
	special = "*?\x00\x01\x03"
)

// matchAction compares an action with a pattern. Both are in lower case, since IAM ignores the case of actions.
func matchAction(pattern, action string) answer.Answer {
	if covers(pattern, action) {
		return answer.Yes
	}
	return answer.No
}

// matchResource compares an ARN, which may have holes, with a pattern of a Resource element. The answer is Yes if the
// pattern matches whatever fills the holes, and No if nothing can fill them so that it matches.
//
// A `*` also matches colons and slashes. AWS documents that for the last character of a segment; this treats a `*`
// elsewhere in one alike.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func matchResource(pattern, arn string) answer.Answer {
	literal := withoutVariables(pattern)
	arn = inPartitionOf(literal, arn)
	switch {
	case !meets(literal, arn):
		return answer.No
	case literal == pattern && covers(literal, arn):
		return answer.Yes
	default:
		return answer.Unknown
	}
}

// withoutVariables replaces policy variables such as ${aws:PrincipalAccount} by `*`, since only the request has their
// values.
func withoutVariables(pattern string) string {
	for {
		before, rest, found := strings.Cut(pattern, "${")
		if !found {
			return pattern
		}
		_, after, _ := strings.Cut(rest, "}")
		pattern = before + "*" + after
	}
}

// inPartitionOf returns the ARN with the pattern's partition if its own is not known. IAM rejects a policy that names a
// partition other than its own, so the pattern's is the right one.
func inPartitionOf(pattern, arn string) string {
	rest, open := strings.CutPrefix(arn, "arn:"+string(segmentHole)+":")
	if !open || !strings.HasPrefix(pattern, "arn:aws") {
		return arn
	}
	partition, _, ok := strings.Cut(strings.TrimPrefix(pattern, "arn:"), ":")
	partition = strings.TrimSuffix(partition, "*")
	if !ok || strings.ContainsAny(partition, "*?") {
		return arn
	}
	return "arn:" + partition + ":" + rest
}

// loosen returns an ARN, or a pattern for one, with stand-ins for the parts that a plan only assumes: the account if it
// is not specified, and the region if it is not configured.
func loosen(arn, assumedRegion, standIn string) string {
	isAssumed := assumedRegion != "" && strings.Contains(arn, assumedRegion)
	if !isAssumed && !strings.Contains(arn, standin.UnknownAccount) {
		return arn // most are like this, and splitting costs more
	}
	parts := strings.SplitN(arn, ":", 6)
	if isAssumed && len(parts) > 3 && parts[3] == assumedRegion {
		parts[3] = standIn
	}
	if len(parts) > 4 && parts[4] == standin.UnknownAccount {
		parts[4] = standIn
	}
	return strings.Join(parts, ":")
}

// covers reports whether the pattern matches the text whatever fills its holes.
func covers(pattern, text string) bool { return glob(pattern, text, false) }

// meets reports whether the holes can be filled so that the pattern matches.
func meets(pattern, text string) bool { return glob(pattern, text, true) }

// glob reports whether a pattern of `*` and `?` matches a text. Only a `*` matches a hole, unless fill is set or the
// caller can choose what is in it: then the hole is filled with whatever the pattern needs. The time is proportional to
// the product of the lengths.
func glob(pattern, text string, fill bool) bool {
	// Most pairs start with the same literal characters, or differ early.
	for pattern != "" && text != "" && !strings.ContainsRune(special, rune(pattern[0])) &&
		!strings.ContainsRune(special, rune(text[0])) {
		if pattern[0] != text[0] {
			return false
		}
		pattern, text = pattern[1:], text[1:]
	}
	if pattern == "*" {
		return true
	}
	// match[i] is set if pattern[i:] matches the text from j on; after is the same for j+1. Columns go from the end of
	// the text to its start.
	match, after := make([]bool, len(pattern)+1), make([]bool, len(pattern)+1)
	for j := len(text); j >= 0; j-- {
		match, after = after, match
		chosen := j < len(text) && text[j] == someHole
		hole := chosen || j < len(text) && (text[j] == segmentHole || text[j] == anyHole)
		fillable := chosen || fill
		match[len(pattern)] = j == len(text) || hole && fillable && after[len(pattern)]
		for i := len(pattern) - 1; i >= 0; i-- {
			switch {
			case pattern[i] == '*':
				match[i] = match[i+1] || j < len(text) && after[i]
			case hole:
				fits := text[j] != segmentHole || pattern[i] != ':'
				match[i] = fillable && (after[i] || fits && match[i+1])
			case j < len(text):
				match[i] = (pattern[i] == '?' || pattern[i] == text[j]) && after[i+1]
			}
		}
	}
	return match[0]
}
