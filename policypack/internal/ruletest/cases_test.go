package ruletest_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

func parse(t *testing.T, text string) ruletest.Case {
	t.Helper()
	cases, err := ruletest.ParseCases("s3/cases/s3_versioning.txtar", []byte(text))
	require.NoError(t, err)
	require.Len(t, cases, 1)
	assert.Equal(t, "s3-versioning", cases[0].Rule)
	return cases[0]
}

func violation(name, property, message, fix string) finding.Finding {
	return finding.Finding{URN: ruletest.URN("aws:s3:Bucket", name), Property: property, Message: message, Fix: fix}
}

func TestACaseAsksForWhatItsCommentsSay(t *testing.T) {
	t.Parallel()
	c := parse(t, "-- a case --\n# params: {\"days\": 3}\n# stack want `no checks`\nb: {type: aws:s3:Bucket} # want versioning `is off` fix \"set it\"\n"+
		"# want@deployed `late`\n# not evaluated@preview `not known`\nlogs:\n  type: aws:s3:Bucket\noutputs:\n  a: 1\n")
	assert.Equal(t, map[string]any{"days": 3.0}, c.Params)
	assert.True(t, c.Fires())
	_, err := ruletest.Graph(c.Program, ruletest.Preview)
	require.NoError(t, err)
	stack := finding.Finding{Message: "there are no checks."}
	off := violation("b", "versioning", "b is off.", "set it")
	unknown := finding.NotEvaluated{URN: ruletest.URN("aws:s3:Bucket", "logs"), Reason: "it is not known"}
	late := violation("logs", "", "it is late.", "")
	assert.Empty(t, c.Compare(ruletest.Preview, []finding.Finding{off, stack}, []finding.NotEvaluated{unknown}))
	assert.Empty(t, c.Compare(ruletest.Deployed, []finding.Finding{stack, late, off}, nil))

	missing := c.Compare(ruletest.Preview, []finding.Finding{stack}, nil)
	assert.Equal(t, []string{
		"line 3: want versioning `is off` is not reported for b", "line 5: not evaluated `not known` is not reported for logs",
	}, missing)
	for name, said := range map[string]finding.Finding{
		"another property": violation("b", "acl", "b is off.", "set it"),
		"another resource": violation("logs", "versioning", "b is off.", "set it"),
		"another message":  violation("b", "versioning", "b is on.", "set it"),
		"another fix":      violation("b", "versioning", "b is off.", "remove it"),
	} {
		got := c.Compare(ruletest.Preview, []finding.Finding{stack, said}, []finding.NotEvaluated{unknown})
		assert.Len(t, got, 2, "%s: what is asked for is missing, and what is said was not asked for: %s", name, got)
	}
	tooMuch := c.Compare(ruletest.Preview, []finding.Finding{off, stack}, []finding.NotEvaluated{unknown, {URN: resource.URN(off.URN), Reason: "what"}})
	assert.Equal(t, []string{"unexpected, for b: not evaluated what"}, tooMuch)
}

func TestABrokenCaseIsAnErrorWithItsLine(t *testing.T) {
	t.Parallel()
	for text, message := range map[string]string{
		"b: {type: aws:s3:Bucket} # want is off\n":        "line 1: want: # want ARGUMENT `MESSAGE` fix `FIX`, or # not evaluated `REASON`",
		"b: {type: aws:s3:Bucket} # want `(`\n":           "line 1: error parsing regexp",
		"b:\n  type: aws:s3:Bucket # want `x`\n":          "line 2: the expectation is neither at nor above the line that a resource begins on",
		"b: {type: aws:s3:Bucket}\n# want `x`\n":          "line 2: no resource follows the expectation",
		"# params: {a}\nb: {type: aws:s3:Bucket}\n":       "line 1: parsing the parameters",
		"b: {type: aws:s3:Bucket}\n-- a case --\nc: {}\n": "there are two cases",
	} {
		_, err := ruletest.ParseCases("s3_versioning.txtar", []byte("-- a case --\n"+text))
		assert.ErrorContains(t, err, message)
		assert.ErrorContains(t, err, `s3_versioning.txtar: `)
	}
}
