package cli

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

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
