// Package report writes what a check found, in the formats that people and
// their tools read. It writes to an io.Writer and nothing else.
package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// Report is the outcome of one check: data only, in the order in which the
// caller wants it read.
type Report struct {
	// Version is the version of pipeguard, as "0.1.0".
	Version string
	// Source names what was checked, as "image-pipeline/dev"; may be empty.
	Source string
	// Activity is what was done, as people call it: "preview" or "check", which
	// is also what an empty one stands for. It is named when it failed.
	Activity string
	// Failures are what kept the check from being complete. With any, no format
	// shows the check as passed, whatever was found.
	Failures []finding.Failure
	// Judged reports whether every rule has judged all there is, whatever failed: a
	// resource with arguments that are refused is one of the stack all the same.
	Judged bool
	// Resources is how many resources were judged.
	Resources int
	// Findings are the violations that count.
	Findings []finding.Finding
	// Waived are those that do not, each with the reason.
	Waived []finding.Waived
	// NotEvaluated is what the rules could not judge. A rule that never ran has
	// one entry without a URN, and then has not passed in any format.
	NotEvaluated []finding.NotEvaluated
	// Notices are about the check itself, as that a waiver is never used.
	Notices []finding.Notice
	// Rules are the rules that ran, in order of their ids. One that is listed
	// and has nothing to say has passed, so those that are disabled stay out.
	Rules []*rule.Rule
	// Graph is the stack, for the drawing; nil leaves the drawing out.
	Graph *graph.Graph
}

// Options are what a format may be asked for. Each format ignores what it has
// no use for.
type Options struct {
	// Color has text use terminal colours.
	Color bool
	// Width is the most columns a line of text takes; 0 is no limit. A word
	// that is longer stays whole.
	Width int
	// Quiet has text hold the findings and nothing else, except that a check that
	// failed is always said.
	Quiet bool
	// Verbose has text explain why something was not evaluated, and name resources
	// by their whole URNs.
	Verbose bool
	// Errors has text list the failures too, for a file: on a terminal they are on
	// standard error already. See WriteFailures.
	Errors bool
	// WorkDir is the folder that the paths of the report are relative to, as a path
	// from the root of the repository; empty is the root. SARIF, whose paths start
	// at the root, puts it before each.
	WorkDir string
	// ProgramFile is the program's Pulumi.yaml, a path like those of the report.
	// SARIF puts findings there that have no place of their own.
	ProgramFile string
	// MaxFindings is the most findings that markdown lists; 0 is 50.
	MaxFindings int
	// Time is when the check ran, for JUnit, whose schema asks for it. Zero
	// keeps the report the same from run to run.
	Time time.Time
}

// Format is a form in which a Report can be written.
type Format string

// The formats there are.
const (
	Text     Format = "text"
	JSON     Format = "json"
	SARIF    Format = "sarif"
	JUnit    Format = "junit"
	Markdown Format = "markdown"
	HTML     Format = "html"
)

// Formats returns all formats, starting with the one for terminals.
func Formats() []Format { return []Format{Text, JSON, SARIF, JUnit, Markdown, HTML} }

// ParseFormat returns the format with a name, ignoring case. The error for an unknown name lists the formats.
func ParseFormat(name string) (Format, error) {
	if format := Format(strings.ToLower(name)); slices.Contains(Formats(), format) {
		return format, nil
	}
	var names []string
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	return "", fmt.Errorf("there is no format %q: it is one of %s", name, strings.Join(names, ", "))
}

// Write writes r in that format. It fails for an unknown format, and when w does.
func Write(w io.Writer, format Format, r Report, opts Options) error {
	if _, err := ParseFormat(string(format)); err != nil {
		return err
	}
	r.Rules = r.allRules()
	r.NotEvaluated = r.withUnfinished()
	// The buffer keeps the first error of w, so that the writers need not ask
	// after each line.
	out := bufio.NewWriter(w)
	var err error
	switch format {
	case Text:
		writeText(out, r, opts)
	case JSON:
		err = writeJSON(out, r)
	case SARIF:
		err = writeSARIF(out, r, opts)
	case JUnit:
		err = writeJUnit(out, r, opts)
	case Markdown:
		writeMarkdown(out, r, opts)
	case HTML:
		err = writeHTML(out, r)
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("writing the %s report: %w", format, err)
	}
	return nil
}

// allRules returns the rules, with a stand-in for each that something names but
// that is not listed: formats may then rely on finding it.
func (r Report) allRules() []*rule.Rule {
	rules := slices.Clone(r.Rules)
	known := map[string]bool{}
	for _, ru := range rules {
		known[ru.ID] = true
	}
	add := func(id string, severity apitype.PolicySeverity) {
		if !known[id] {
			known[id] = true
			rules = append(rules, &rule.Rule{ID: id, Title: id, Severity: severity, Enforcement: apitype.Mandatory})
		}
	}
	for _, f := range r.Findings {
		add(f.Rule, f.Severity)
	}
	for _, w := range r.Waived {
		add(w.Rule, w.Severity)
	}
	for _, n := range r.NotEvaluated {
		add(n.Rule, apitype.PolicySeverityLow)
	}
	slices.SortFunc(rules, func(a, b *rule.Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}

// ruleByID returns the rules by their ids.
func (r Report) ruleByID() map[string]*rule.Rule {
	byID := make(map[string]*rule.Rule, len(r.Rules))
	for _, ru := range r.Rules {
		byID[ru.ID] = ru
	}
	return byID
}

// Summary counts a report.
type Summary struct {
	// Activity is what Failures made fail, such as "preview"; empty without any.
	Activity string
	// Failures are what kept the check from being complete.
	Failures int
	// Violations are Mandatory and Advisory together.
	Violations, Mandatory, Advisory int
	// Severities are the violations of each severity; one that has none is 0.
	Severities                    map[apitype.PolicySeverity]int
	Waived, NotEvaluated, Notices int
}

// severities are the severities, the worst first.
var severities = []apitype.PolicySeverity{
	apitype.PolicySeverityCritical, apitype.PolicySeverityHigh,
	apitype.PolicySeverityMedium, apitype.PolicySeverityLow,
}

// Summary counts the report.
func (r Report) Summary() Summary {
	s := Summary{
		Failures:     len(r.Failures),
		Violations:   len(r.Findings),
		Severities:   map[apitype.PolicySeverity]int{},
		Waived:       len(r.Waived),
		NotEvaluated: len(r.NotEvaluated),
		Notices:      len(r.Notices),
	}
	if s.Failures > 0 {
		s.Activity = r.activity()
	}
	for _, f := range r.Findings {
		if f.Level == apitype.Advisory {
			s.Advisory++
		} else {
			s.Mandatory++
		}
		s.Severities[f.Severity]++
	}
	return s
}

// String returns the summary on one line, as "3 violations (2 mandatory, 1
// advisory), 1 waived, 2 not evaluated". One of a check that failed starts with
// that: "the preview failed with 2 errors; …".
func (s Summary) String() string { return s.verdict() + s.rest() }

// verdict returns what a reader should see first. Only a complete check can have no violations.
func (s Summary) verdict() string {
	if s.Failures == 0 {
		return s.violations()
	}
	failed := fmt.Sprintf("the %s failed with %s", s.Activity, count(s.Failures, "error"))
	if s.Violations == 0 {
		return failed + "; nothing was found in what could be checked"
	}
	return failed + "; " + s.violations() + " in what could be checked"
}

func (s Summary) violations() string {
	switch {
	case s.Violations == 0:
		return "no violations"
	case s.Advisory == 0:
		return count(s.Violations, "violation") + " (mandatory)"
	case s.Mandatory == 0:
		return count(s.Violations, "violation") + " (advisory)"
	}
	return fmt.Sprintf("%s (%d mandatory, %d advisory)", count(s.Violations, "violation"), s.Mandatory, s.Advisory)
}

func (s Summary) rest() string {
	var b strings.Builder
	if s.Waived > 0 {
		fmt.Fprintf(&b, ", %d waived", s.Waived)
	}
	if s.NotEvaluated > 0 {
		fmt.Fprintf(&b, ", %d not evaluated", s.NotEvaluated)
	}
	return b.String()
}

// count returns "1 violation" or "2 violations".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
