package cli

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

func TestFixesNameTheClassesOfTheProgramsSDK(t *testing.T) {
	t.Parallel()
	const declare = "declare an aws.s3.BucketVersioningV2 for the aws.s3.BucketV2"
	for version, want := range map[string]string{
		"":       declare,
		"6.83.4": declare,
		"7.40.0": "declare an aws.s3.BucketVersioning for the aws.s3.BucketV2",
		"7.51.1": "declare an aws.s3.BucketVersioning for the aws.s3.BucketV2",
	} {
		c := checked{Result: check.Result{
			Findings: []finding.Finding{{Fix: declare}},
			Waived:   []finding.Waived{{Finding: finding.Finding{Message: declare}}},
		}}
		c.useClassesOf(version)
		assert.Equal(t, want, c.Findings[0].Fix, version)
		assert.Equal(t, want, c.Waived[0].Message, version)
	}
}

func TestWhatSourceRulesSayTwiceIsReportedOnce(t *testing.T) {
	t.Parallel()
	at := finding.Location{File: "__main__.py", Line: 3}
	c := checked{Result: check.Result{
		Findings:     []finding.Finding{{Rule: "r", Message: "m", Location: at, URN: "urn"}},
		NotEvaluated: []finding.NotEvaluated{{Rule: "r", Reason: "__main__.py:5: not known", URN: "urn"}},
	}}
	c.addNew(check.Result{
		Findings: []finding.Finding{
			{Rule: "r", Message: "m", Location: at},
			{Rule: "r", Message: "m", Location: finding.Location{File: "__main__.py", Line: 9}},
		},
		NotEvaluated: []finding.NotEvaluated{
			{Rule: "r", Reason: "__main__.py:5: not known"},
			{Rule: "r", Reason: "__main__.py:7: not known"},
		},
	})
	assert.Len(t, c.Findings, 2)
	assert.Equal(t, 9, c.Findings[1].Location.Line)
	assert.Equal(t, []finding.NotEvaluated{
		{Rule: "r", Reason: "__main__.py:5: not known", URN: "urn"},
		{Rule: "r", Reason: "__main__.py:7: not known"},
	}, c.NotEvaluated)
}
