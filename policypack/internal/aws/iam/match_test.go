package iam

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
)

func TestResourcePatternsMatchAsIAMDocuments(t *testing.T) {
	t.Parallel()
	const (
		queue   = "arn:aws:sqs:eu-west-1:123456789012:dlq"
		object  = "arn:aws:s3:::thumbs/2026/cat.jpg"
		dlqHole = "arn:\x00:sqs:\x00:\x00:dlq"
		keyHole = "arn:\x00:s3:::thumbs/\x01"
	)
	for name, c := range map[string]struct {
		pattern, arn string
		want         answer.Answer
	}{
		"the same ARN":                          {queue, queue, answer.Yes},
		"another name":                          {"arn:aws:sqs:eu-west-1:123456789012:other", queue, answer.No},
		"case matters":                          {"arn:aws:sqs:eu-west-1:123456789012:DLQ", queue, answer.No},
		"everything":                            {"*", queue, answer.Yes},
		"star crosses colons":                   {"arn:aws:sqs:*", queue, answer.Yes},
		"star crosses slashes":                  {"arn:aws:s3:::thumbs/*", object, answer.Yes},
		"star in the middle of a path":          {"arn:aws:s3:::thumbs/*/cat.jpg", object, answer.Yes},
		"star may be empty":                     {queue + "*", queue, answer.Yes},
		"question mark is one character":        {"arn:aws:sqs:eu-west-1:123456789012:dl?", queue, answer.Yes},
		"question mark is not none":             {queue + "?", queue, answer.No},
		"a prefix is no match":                  {"arn:aws:sqs:eu-west-1:123456789012:dl", queue, answer.No},
		"a bucket is not its objects":           {"arn:aws:s3:::thumbs", object, answer.No},
		"variable that may match":               {"arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:dlq", queue, answer.Unknown},
		"variable where the rest does not":      {"arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:other", queue, answer.No},
		"variable without an end":               {"arn:aws:sqs:${", queue, answer.Unknown},
		"name known, region and account open":   {"arn:aws:sqs:*:*:dlq", dlqHole, answer.Yes},
		"name known, any queue":                 {"arn:aws:sqs:*", dlqHole, answer.Yes},
		"name known, region may differ":         {"arn:aws:sqs:eu-west-1:*:dlq", dlqHole, answer.Unknown},
		"name known, account may differ":        {"arn:aws:sqs:*:123456789012:dlq", dlqHole, answer.Unknown},
		"name known, both may differ":           {queue, dlqHole, answer.Unknown},
		"name known, pattern has another":       {"arn:aws:sqs:eu-west-1:123456789012:other", dlqHole, answer.No},
		"name known, pattern has another start": {"arn:aws:sqs:eu-west-1:123456789012:other*", dlqHole, answer.No},
		"name known, name pattern matches":      {"arn:aws:sqs:*:*:d*", dlqHole, answer.Yes},
		"name known, another service":           {"arn:aws:sns:*:*:dlq", dlqHole, answer.No},
		"another partition by its name":         {"arn:aws-cn:sqs:*:*:dlq", dlqHole, answer.Yes},
		"any partition":                         {"arn:*:sqs:*:*:dlq", dlqHole, answer.Yes},
		"any partition of a family":             {"arn:aws*:sqs:*:*:dlq", dlqHole, answer.Yes},
		"one of the longer partitions":          {"arn:aws-?n:sqs:*:*:dlq", dlqHole, answer.Unknown},
		"question mark in an unknown segment":   {"arn:aws:sqs:??-west-1:*:dlq", dlqHole, answer.Unknown},
		"ARN pattern cut short":                 {"arn:aws*", dlqHole, answer.Unknown},
		"all objects of the bucket":             {"arn:aws:s3:::thumbs/*", keyHole, answer.Yes},
		"some objects of the bucket":            {"arn:aws:s3:::thumbs/2026/*", keyHole, answer.Unknown},
		"objects with a colon in their key":     {"arn:aws:s3:::thumbs/a:b", keyHole, answer.Unknown},
		"the bucket alone":                      {"arn:aws:s3:::thumbs", keyHole, answer.No},
		"nothing known, everything allowed":     {"*", "\x01", answer.Yes},
		"nothing known, something allowed":      {queue, "\x01", answer.Unknown},
		"the empty pattern":                     {"", queue, answer.No},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, matchResource(c.pattern, c.arn))
		})
	}
}

// A glob is a regular expression in another notation, so package regexp shows what it must match.
func TestGlobAgreesWithRegexp(t *testing.T) {
	t.Parallel()
	toRegexp := strings.NewReplacer("*", ".*", "?", ".", "\x00", "[^:]*", "\x01", ".*")
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ab:")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab:*?")), 0, 6, -1).Draw(t, "pattern")
		holed := rapid.StringOfN(rapid.SampledFrom([]rune("ab:\x00\x01")), 0, 6, -1).Draw(t, "text with holes")
		byPattern := regexp.MustCompile("^(?s:" + toRegexp.Replace(pattern) + ")$")

		plain := text.Draw(t, "text")
		assert.Equal(t, byPattern.MatchString(plain), covers(pattern, plain))
		assert.Equal(t, byPattern.MatchString(plain), meets(pattern, plain))

		var filled strings.Builder
		for _, c := range holed {
			switch c {
			case segmentHole:
				filled.WriteString(strings.ReplaceAll(text.Draw(t, "segment"), ":", ""))
			case anyHole:
				filled.WriteString(text.Draw(t, "anything"))
			default:
				filled.WriteRune(c)
			}
		}
		matches := byPattern.MatchString(filled.String())
		assert.True(t, !covers(pattern, holed) || matches, "covers, but does not match %q", filled.String())
		assert.True(t, meets(pattern, holed) || !matches, "matches %q, but does not meet", filled.String())
	})
}
