package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/report"
)

func TestMarkdownStartsWithTheMarkerAndTheVerdict(t *testing.T) {
	t.Parallel()
	advisory := report.Report{Findings: []finding.Finding{{Rule: "a-b", Level: apitype.Advisory}}}
	for want, r := range map[string]report.Report{
		"## ❌ pipeguard: 7 violations (6 mandatory, 1 advisory)\n": sample(t),
		"## ⚠️ pipeguard: 1 violation (advisory)\n":                advisory,
		"## ✅ pipeguard: no violations\n":                          {},
	} {
		got := string(written(t, report.Markdown, r, report.Options{}))
		assert.True(t, strings.HasPrefix(got, "<!-- pipeguard -->\n"+want), got)
	}
}

func TestMarkdownListsSoManyFindings(t *testing.T) {
	t.Parallel()
	r := sample(t)
	got := string(written(t, report.Markdown, r, report.Options{MaxFindings: 3}))
	assert.Equal(t, 3, strings.Count(got, "\n| 🟥")+strings.Count(got, "\n| 🟧"))
	assert.Contains(t, got, "and 4 more, in the full report\n")

	for range 60 {
		r.Findings = append(r.Findings, r.Findings[0])
	}
	got = string(written(t, report.Markdown, r, report.Options{}))
	assert.Contains(t, got, "and 17 more, in the full report\n", "50 of 67 unless told otherwise")
}

func TestMarkdownAlwaysFitsIntoAComment(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"x", strings.Repeat("word ", 400), strings.Repeat("é&<", 10_000), strings.Repeat("`", 5_000)} {
		var r report.Report
		for i := range 2_000 {
			f := finding.Finding{Rule: fmt.Sprintf("a-%d", i), Message: text, Fix: text, Snippet: text, Severity: apitype.PolicySeverityHigh}
			r.Findings = append(r.Findings, f)
			r.Waived = append(r.Waived, finding.Waived{Finding: f, Reason: text})
			r.NotEvaluated = append(r.NotEvaluated, finding.NotEvaluated{Rule: f.Rule, Reason: text})
			r.Notices = append(r.Notices, finding.Notice{Message: text})
		}
		got := string(written(t, report.Markdown, r, report.Options{MaxFindings: 2_000}))
		assert.Less(t, len(got), 65_536)
		assert.Contains(t, got, "more")
		assert.Equal(t, strings.Count(got, "<details>"), strings.Count(got, "</details>"), "nothing is cut in the middle")
	}
}

func TestMarkdownTextIsOnlyText(t *testing.T) {
	t.Parallel()
	got := string(written(t, report.Markdown, sample(t), report.Options{}))
	for _, live := range []string{"<img", "</script>", "@team", " #1", "](", "https://e.vil", "`*_["} {
		assert.NotContains(t, got, live)
	}
	var row string
	for line := range strings.Lines(got) {
		if strings.Contains(line, "is odd") && strings.HasPrefix(line, "|") {
			row = line
		}
	}
	assert.Equal(t, 5, strings.Count(row, "|"), "the bar in the name opens no cell: %s", row)
}

func TestMarkdownFencesAreLongerThanAnyInTheLine(t *testing.T) {
	t.Parallel()
	r := report.Report{Findings: []finding.Finding{{
		Rule: "a-b", Snippet: "text = ````", Location: finding.Location{File: "a.py", Line: 1},
	}}}
	got := string(written(t, report.Markdown, r, report.Options{}))
	assert.Contains(t, got, "`````\ntext = ````\n`````\n")
}
