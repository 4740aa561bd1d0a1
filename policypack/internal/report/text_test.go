package report_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/report"
)

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestTextIsColouredOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	plain := string(written(t, report.Text, sample(t), report.Options{Width: 90}))
	coloured := string(written(t, report.Text, sample(t), report.Options{Width: 90, Color: true}))
	assert.NotContains(t, plain, "\x1b")
	assert.Contains(t, coloured, "\x1b[1;31mcritical\x1b[0m")
	assert.Equal(t, plain, sgr.ReplaceAllString(coloured, ""), "colour changes no word and no line break")
}

func TestTextKeepsToTheWidth(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 80, 132} {
		for _, verbose := range []bool{false, true} {
			r := sample(t)
			r.Findings = r.Findings[:5] // the name of the next is one long word
			r.Waived = r.Waived[:1]
			for i := range r.Findings {
				if verbose {
					r.Findings[i].URN = "" // so is a URN
				}
			}
			got := string(written(t, report.Text, r, report.Options{Width: width, Verbose: verbose}))
			for line := range strings.Lines(got) {
				if strings.HasPrefix(line, "            ") {
					continue // code of a fix, which is to be copied
				}
				if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > width {
					assert.LessOrEqual(t, len(strings.Fields(line)), 1, "only one word may be longer than %d: %q", width, line)
				}
			}
		}
	}
	endless := string(written(t, report.Text, sample(t), report.Options{}))
	assert.Contains(t, endless, "leaves blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets off.\n")
}

func TestTextPutsTheCaretUnderTheFault(t *testing.T) {
	t.Parallel()
	f := finding.Finding{Location: finding.Location{File: "main.py", Line: 12, Column: 40}, Rule: "a-b"}
	tests := map[string]struct {
		snippet string
		column  int
		width   int
		want    string
	}{
		"first column":    {"run()", 1, 0, "12 │ run()\n       │ ^\n"},
		"after two bytes": {"é = run()", 6, 0, "12 │ é = run()\n       │     ^\n"},
		"after a tab":     {"x\trun()", 3, 0, "12 │ x    run()\n       │      ^\n"},
		"after a control": {"\x1brun()", 2, 0, "12 │ \\x1brun()\n       │     ^\n"},
		"not known":       {"run()", 0, 0, "12 │ run()\n"},
		"past the end":    {"run()", 9, 0, "12 │ run()\n"},
		"beyond the width": {
			strings.Repeat("a", 50) + "run()" + strings.Repeat("b", 50), 51, 29,
			"12 │ …aaaaaaaarun()bbbbb…\n       │          ^\n",
		},
		"cut at the end": {"run(" + strings.Repeat("b", 50), 1, 29, "12 │ run(bbbbbbbbbbbbbbb…\n       │ ^\n"},
	}
	for name, test := range tests {
		f := f
		f.Snippet, f.SnippetColumn = test.snippet, test.column
		got := string(written(t, report.Text, report.Report{Findings: []finding.Finding{f}},
			report.Options{Quiet: true, Width: test.width}))
		_, got, _ = strings.Cut(got, "    12")
		assert.Equal(t, test.want, "12"+got, name)
	}
}

func TestQuietTextHasTheFindingsOnly(t *testing.T) {
	t.Parallel()
	got := string(written(t, report.Text, sample(t), report.Options{Quiet: true}))
	assert.Contains(t, got, "s3-public-access-block")
	for _, rest := range []string{"Waived", "Not evaluated", "notice:", "7 violations"} {
		assert.NotContains(t, got, rest)
	}
	assert.Empty(t, written(t, report.Text, report.Report{}, report.Options{Quiet: true}))
}

func TestVerboseTextTellsWhyAndWhere(t *testing.T) {
	t.Parallel()
	got := string(written(t, report.Text, sample(t), report.Options{Verbose: true}))
	assert.Contains(t, got, "urn:pulumi:dev::images::aws:lambda/function:Function::thumbnailer\n")
	assert.Contains(t, got, "the target of its deadLetterConfig is not known yet\n")
	assert.NotContains(t, got, "--verbose")
}

// A name in a program must not act on a reader's screen.
func TestNoFormatPassesControlCharactersOn(t *testing.T) {
	t.Parallel()
	for _, format := range []report.Format{report.Text, report.JUnit, report.Markdown, report.HTML, report.SARIF} {
		got := string(written(t, format, sample(t), report.Options{Verbose: true}))
		assert.True(t, utf8.ValidString(got), format)
		if format == report.SARIF { // JSON escapes what a URN may hold
			assert.NotContains(t, got, "\x1b")
			continue
		}
		for _, r := range got {
			// The zero-width space is Markdown's own, before what would call people.
			if r != '\n' && (format != report.Markdown || r != '\u200b') && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				assert.Fail(t, "a control character", "%s has %U", format, r)
			}
		}
		assert.Contains(t, strings.ReplaceAll(got, "&#92;", `\`), `evil\x1b`, format)
	}
}

func TestResourcesOfAnyURNHaveAName(t *testing.T) {
	t.Parallel()
	for urn, want := range map[resource.URN]string{
		"": "the stack",
		"urn:pulumi:dev::images::pulumi:pulumi:Stack::images-dev":                  "the stack",
		"urn:pulumi:dev::images::aws:s3/bucketV2:BucketV2::source":                 "Bucket 'source'",
		"urn:pulumi:dev::images::acme:Pipeline$aws:sqs/queue:Queue::failed::twice": "Queue 'failed::twice'",
		"no urn at all": "no urn at all",
	} {
		got := string(written(t, report.Text, report.Report{
			Findings: []finding.Finding{{Rule: "a-b", URN: urn}},
		}, report.Options{Quiet: true}))
		assert.Equal(t, want, strings.Split(got, "\n")[0])
	}
}
