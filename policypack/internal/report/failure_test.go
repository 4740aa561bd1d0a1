package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/report"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

const traceback = "\x1b[31mTraceback (most recent call last):\x1b[0m\r\n\r\n" +
	"  File \"/app/__main__.py\", line 3, in <module>\r\n\timport numpy\r\nModuleNotFoundError: No module named 'numpy'\n"

// tracebackLines are its lines as every format has them.
var tracebackLines = []string{
	"Traceback (most recent call last):", "", `  File "/app/__main__.py", line 3, in <module>`, "    import numpy",
	"ModuleNotFoundError: No module named 'numpy'",
}

func failures() []finding.Failure {
	return []finding.Failure{
		{Message: traceback},
		{
			Message:  "filter_suffix is a dict, must be a list",
			URN:      ruletest.URN("aws:s3:BucketNotification", "uploads"),
			Location: finding.Location{File: "__main__.py", Line: 12, Column: 3},
		},
	}
}

// failed returns a preview that failed; with is how many of the sample's findings it had.
func failed(t *testing.T, with int) report.Report {
	t.Helper()
	all := sample(t)
	return report.Report{
		Version: all.Version, Source: all.Source, Rules: all.Rules, Activity: "preview", Failures: failures(), Findings: all.Findings[:with],
		Resources: with,
	}
}

func TestAFailedPreviewIsNotGreenInAnyFormat(t *testing.T) {
	t.Parallel()
	verdicts := map[int]string{
		0: "the preview failed with 2 errors; nothing was found in what could be checked",
		2: "the preview failed with 2 errors; 2 violations (mandatory) in what could be checked",
	}
	// What each format has in red for a failure, and what it must not have in green.
	formats := map[report.Format]struct{ red, green string }{
		report.Text:     {"\x1b[1;31mthe preview failed", "\x1b[32mno"},
		report.JSON:     {"\"summary\": {\n    \"errors\": 2,", `"errors": []`},
		report.SARIF:    {`"executionSuccessful": false`, `"executionSuccessful": true`},
		report.JUnit:    {`<error message="the preview failed: ModuleNotFoundError: No module named &#39;numpy&#39; (and 1 more error)" type="error">`, `classname="pipeguard.stack" time="0"></testcase>`},
		report.Markdown: {"## ❌ pipeguard: the preview failed", "✅"},
		report.HTML:     {`<h1 class="fail">the preview failed`, `class="pass"`},
	}
	for with, verdict := range verdicts {
		r := failed(t, with)
		assert.Equal(t, verdict, r.Summary().String())
		for _, format := range report.Formats() {
			got := string(written(t, format, r, report.Options{Color: true}))
			want := formats[format]
			assert.Contains(t, got, want.red, "%s with %d findings", format, with)
			assert.NotContains(t, got, want.green, "%s with %d findings", format, with)
			assert.NotContains(t, got, "no violations", "%s with %d findings", format, with)
			for _, f := range r.Findings {
				assert.Contains(t, got, f.Rule, "%s: what was found is reported all the same", format)
			}
			if format == report.Text || format == report.Markdown || format == report.HTML {
				assert.Contains(t, got, verdict, format)
			}
			if format != report.Text { // there they are on standard error
				assert.Contains(t, got, "ModuleNotFoundError", format)
				assert.Regexp(t, `filter(_|&#95;)suffix is a dict, must be a list`, got, format)
				assert.NotContains(t, got, "\x1b", format)
				assert.NotContains(t, got, "[31m", format)
			}
		}
	}
	r := failed(t, 0)
	r.Activity = ""
	assert.Contains(t, r.Summary().String(), "the check failed with 2 errors")
}

// passes returns the rules that a report shows as passed.
func passes(t *testing.T, format report.Format, r report.Report) []string {
	t.Helper()
	got := written(t, format, r, report.Options{Verbose: true})
	ids := []string{}
	switch format {
	case report.JSON: // as its schema defines it
		var doc struct {
			Findings, Waived, NotEvaluated []struct{ Rule string }
			Rules                          []struct{ ID string }
		}
		require.NoError(t, json.Unmarshal(got, &doc))
		said := map[string]bool{}
		for _, entry := range append(append(doc.Findings, doc.Waived...), doc.NotEvaluated...) {
			said[entry.Rule] = true
		}
		for _, ru := range doc.Rules {
			if !said[ru.ID] {
				ids = append(ids, ru.ID)
			}
		}
	case report.JUnit:
		var doc junitFile
		require.NoError(t, xml.Unmarshal(got, &doc))
		for _, suite := range doc.Suites {
			for _, c := range suite.Cases {
				if c.Failure == nil && c.Skipped == nil && c.Error == nil {
					ids = append(ids, c.Name)
				}
			}
		}
	case report.HTML:
		for _, m := range regexp.MustCompile(`<li><code>([^<]*)</code> <span>[^<]*</span> <b>passed</b>`).FindAllSubmatch(got, -1) {
			ids = append(ids, string(m[1]))
		}
	default: // these list what is not evaluated, and a rule that they do not name has passed
		for _, ru := range r.Rules {
			if !bytes.Contains(got, []byte(ru.ID+"`")) && !regexp.MustCompile(`(?m)^  (.*, )?`+ru.ID+`(, .*)? on the stack$`).Match(got) &&
				!bytes.Contains(got, []byte("\"associatedRule\": {\n                \"id\": \""+ru.ID+"\"")) {
				ids = append(ids, ru.ID)
			}
		}
	}
	return ids
}

func TestARuleThatNeverRanHasNotPassedInAnyFormat(t *testing.T) {
	t.Parallel()
	source := report.Report{Rules: sampleRules()}
	for _, ru := range source.Rules {
		if ru.Scope != rule.SourceScope {
			source.NotEvaluated = append(source.NotEvaluated, finding.NotEvaluated{
				Rule: ru.ID, Reason: "only source was checked: there are no resources",
			})
		}
	}
	crashed := failed(t, 0)
	unparsed := failed(t, 0)
	unparsed.NotEvaluated = []finding.NotEvaluated{{Rule: "source-no-subprocess", Reason: "__main__.py cannot be parsed"}}
	for _, format := range report.Formats() {
		assert.Equal(t, []string{"source-no-subprocess"}, passes(t, format, source), "%s: only source was checked", format)
		assert.Equal(t, []string{"source-no-subprocess"}, passes(t, format, crashed), "%s: source is read even so", format)
		assert.Empty(t, passes(t, format, unparsed), "%s: the source was not read either", format)
		assert.Contains(t, string(written(t, format, crashed, report.Options{Verbose: true})),
			"the preview failed before everything was checked", format)
	}
}

func TestFailuresKeepToTheSchemas(t *testing.T) {
	t.Parallel()
	r := failed(t, 2)
	r.Failures = append(r.Failures, finding.Failure{Message: hostile}, finding.Failure{})
	assert.NoError(t, keepsTo(t, schema(t, report.Schema), written(t, report.JSON, r, report.Options{})))
	assert.NoError(t, keepsTo(t, schema(t, read(t, "sarif-schema-2.1.0.json")), written(t, report.SARIF, r, report.Options{})))
	assert.NoError(t, validate(t, written(t, report.JUnit, r, report.Options{})))
	r.Rules = nil
	assert.NoError(t, validate(t, written(t, report.JUnit, r, report.Options{})), "without rules")
}

func TestSARIFNotifiesOfFailuresWithTheirPlaces(t *testing.T) {
	t.Parallel()
	var doc struct {
		Runs []struct {
			Results     []any
			Invocations []struct{ ToolExecutionNotifications []map[string]any }
		}
	}
	got := written(t, report.SARIF, failed(t, 2), report.Options{WorkDir: "services/images", ProgramFile: "Pulumi.yaml"})
	require.NoError(t, json.Unmarshal(got, &doc))
	assert.Len(t, doc.Runs[0].Results, 2, "results are kept")
	told := doc.Runs[0].Invocations[0].ToolExecutionNotifications
	assert.Equal(t, map[string]any{
		"level": "error", "message": map[string]any{"text": strings.Join(tracebackLines, "\n")},
	}, told[0])
	assert.Equal(t, "error", told[1]["level"])
	assert.Equal(t, []any{map[string]any{
		"physicalLocation": map[string]any{
			"artifactLocation": map[string]any{"uri": "services/images/__main__.py", "uriBaseId": "%SRCROOT%"},
			"region":           map[string]any{"startLine": 12.0, "startColumn": 3.0},
		},
		"logicalLocations": []any{map[string]any{
			"name": "uploads", "kind": "resource",
			"fullyQualifiedName": "urn:pulumi:dev::images::aws:s3/bucketNotification:BucketNotification::uploads",
		}},
	}}, told[1]["locations"])
	assert.Equal(t, "note", told[2]["level"], "then what was not evaluated")
}

func TestSARIFPathsStartAtTheRootOfTheRepository(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"main.go":           `"uri": "services/images/main.go",` + "\n" + `"uriBaseId": "%SRCROOT%"`,
		"../shared/main.go": `"uri": "services/shared/main.go",` + "\n" + `"uriBaseId": "%SRCROOT%"`,
		"../../../other.go": `"uri": "../other.go"` + "\n",
		"/src/main.go":      `"uri": "file:///src/main.go"` + "\n",
		"":                  `"uri": "services/images/Pulumi.yaml",` + "\n" + `"uriBaseId": "%SRCROOT%"`,
	} {
		r := report.Report{Findings: []finding.Finding{{Rule: "a-b", Location: finding.Location{File: file, Line: 1}}}}
		got := string(written(t, report.SARIF, r, report.Options{WorkDir: "services/images", ProgramFile: "Pulumi.yaml"}))
		assert.Contains(t, regexp.MustCompile(`(?m)^ +`).ReplaceAllString(got, ""), want, file)
		assert.Equal(t, file, r.Findings[0].Location.File, "the caller's report stays as it is")
	}
}

func TestATracebackKeepsItsLines(t *testing.T) {
	t.Parallel()
	r := failed(t, 0)
	block := strings.Join(tracebackLines, "\n")
	assert.Contains(t, string(written(t, report.Markdown, r, report.Options{})), "**Error**:\n\n```\n"+block+"\n```\n")
	assert.Contains(t, string(written(t, report.HTML, r, report.Options{})), ">Traceback (most recent call last):\n\n"+
		"  File &#34;/app/__main__.py&#34;, line 3, in &lt;module&gt;\n    import numpy\nModuleNotFoundError: No module named &#39;numpy&#39;</pre>")
	var doc struct{ Errors []struct{ Message string } }
	require.NoError(t, json.Unmarshal(written(t, report.JSON, r, report.Options{}), &doc))
	assert.Equal(t, block, doc.Errors[0].Message)

	want := "error: Traceback (most recent call last):\n\n         File \"/app/__main__.py\", line 3, in <module>\n           import numpy\n" +
		"       ModuleNotFoundError: No module named 'numpy'\nerror: __main__.py:12:3: filter_suffix is a dict, must be a list\n"
	var out bytes.Buffer
	require.NoError(t, report.WriteFailures(&out, r, report.Options{Width: 80}))
	assert.Equal(t, want, out.String())
	for _, quiet := range []bool{false, true} {
		assert.Contains(t, string(written(t, report.Text, r, report.Options{Errors: true, Quiet: quiet})), want)
		got := string(written(t, report.Text, r, report.Options{Quiet: quiet}))
		assert.NotContains(t, got, "Traceback", "it is on standard error")
		assert.Contains(t, got, "the preview failed with 2 errors", "also where it is quiet")
	}
	assert.ErrorIs(t, report.WriteFailures(&fullDisk{}, r, report.Options{}), errFull)
}

func TestALongFailureIsShownFromBothEnds(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("line <%d>", i))
	}
	r := report.Report{Failures: []finding.Failure{{Message: strings.Join(lines, "\n")}}}
	for _, format := range report.Formats() {
		got := string(written(t, format, r, report.Options{Errors: true}))
		got = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#xA;", "\n", "&#10;", "\n").Replace(got)
		for _, shown := range []string{"line <0>", "line <19>", "line <80>", "line <99>"} {
			assert.Contains(t, got, shown, format)
		}
		if format == report.JSON {
			assert.Contains(t, got, "line <50>", "a tool gets all of it")
			continue
		}
		assert.Contains(t, got, "… 60 lines left out …", format)
		assert.NotContains(t, got, "line <20>", format)
		assert.NotContains(t, got, "line <79>", format)
	}
}

func TestManyFailuresLeaveRoomForFindingsInMarkdown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"x", strings.Repeat(strings.Repeat("é&<`", 200)+"\n", 100)} {
		r := sample(t)
		for range 500 {
			r.Failures = append(r.Failures, finding.Failure{Message: text})
		}
		got := string(written(t, report.Markdown, r, report.Options{}))
		assert.Less(t, len(got), 65_536)
		assert.Regexp(t, `(?m)^and \d+ more errors$`, got)
		assert.Contains(t, got, "| 🟥 critical | `lambda-environment-secret` |")
		assert.Equal(t, strings.Count(got, "<details>"), strings.Count(got, "</details>"))
	}
}

func TestAFailureMessageActsOnNoReader(t *testing.T) {
	t.Parallel()
	r := report.Report{Failures: []finding.Failure{{Message: hostile}, {Message: "one line @team <img src=x>"}}}
	html := page(t, r)
	assert.NotContains(t, html, "<img")
	assert.Equal(t, 1, strings.Count(html, "</script>"))
	markdown := string(written(t, report.Markdown, r, report.Options{}))
	assert.Contains(t, markdown, "**Error**: one line @\u200bteam &lt;img src=x&gt;\n")
	for _, format := range report.Formats() {
		got := string(written(t, format, r, report.Options{Errors: true}))
		assert.NotContains(t, got, "\x1b", format)
		assert.NotContains(t, got, "\u202e", format)
		assert.NotContains(t, got, "[2J", "%s: a sequence goes as a whole", format)
	}
}

func TestAdvisoryFindingsDoNotSoftenAFailure(t *testing.T) {
	t.Parallel()
	r := report.Report{
		Activity: "preview", Failures: failures()[:1],
		Findings: []finding.Finding{{Rule: "a-b", Level: apitype.Advisory}},
	}
	assert.Contains(t, string(written(t, report.Markdown, r, report.Options{})),
		"## ❌ pipeguard: the preview failed with 1 error; 1 violation (advisory) in what could be checked\n")
	assert.Contains(t, page(t, r), `<h1 class="fail">`)
}
