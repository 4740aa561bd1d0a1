package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// The form is that of the Apache Ant JUnit task, which CI systems agree on. Its
// schema asks for properties, system-out and system-err also where they are
// empty, and lets a test case fail once only.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Package    string          `xml:"package,attr"`
		ID         int             `xml:"id,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Hostname   string          `xml:"hostname,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Properties junitProperties `xml:"properties"`
		Cases      []junitCase     `xml:"testcase"`
		SystemOut  string          `xml:"system-out"`
		SystemErr  string          `xml:"system-err"`
	}
	junitProperties struct {
		Properties []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string       `xml:"name,attr"`
		ClassName string       `xml:"classname,attr"`
		Time      string       `xml:"time,attr"`
		Skipped   *string      `xml:"skipped,omitempty"`
		Error     *junitReason `xml:"error,omitempty"`
		Failure   *junitReason `xml:"failure,omitempty"`
	}
	junitReason struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes a suite for each scope and in it a case for each rule, so
// that a CI system can follow the same cases from run to run. A rule fails when
// it has a violation; when all it has is waived or could not be judged it is
// skipped, which is the one answer JUnit has that is no pass. What kept the check
// from being complete is an error of a case of its own, in a suite of its own.
func writeJUnit(w *bufio.Writer, r Report, opts Options) error {
	at := time.Unix(0, 0)
	if !opts.Time.IsZero() {
		at = opts.Time
	}
	var doc junitSuites
	newSuite := func(name string) junitSuite {
		return junitSuite{
			Name: name, Package: "pipeguard", ID: len(doc.Suites),
			Timestamp: at.UTC().Format("2006-01-02T15:04:05"),
			// What ran where says nothing about the stack.
			Hostname: "localhost", Time: "0",
			Properties: junitProperties{[]junitProperty{
				{"version", visible(r.Version)}, {"source", visible(r.Source)},
			}},
		}
	}
	if len(r.Failures) > 0 {
		suite := newSuite("pipeguard " + r.activity())
		suite.Tests, suite.Errors, suite.Cases = 1, 1, []junitCase{r.junitError()}
		suite.SystemErr = r.junitNotices()
		doc.Suites = append(doc.Suites, suite)
	}
	for _, scope := range append(rule.Scopes(), "") {
		suite := newSuite("pipeguard " + string(scope) + " rules")
		className := "pipeguard." + string(scope)
		if scope == "" {
			suite.Name, className = "pipeguard other rules", "pipeguard.other"
		}
		for _, ru := range r.Rules {
			if ru.Scope != scope {
				continue
			}
			c := r.junitCase(ru.ID)
			c.ClassName = className
			suite.Tests++
			switch {
			case c.Failure != nil:
				suite.Failures++
			case c.Skipped != nil:
				suite.Skipped++
			}
			suite.Cases = append(suite.Cases, c)
		}
		if suite.Tests > 0 {
			if len(doc.Suites) == 0 {
				suite.SystemErr = r.junitNotices()
			}
			doc.Suites = append(doc.Suites, suite)
		}
	}
	if _, err := w.WriteString(xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("encoding it as XML: %w", err)
	}
	_, err := w.WriteString("\n")
	return err
}

// junitError returns the case that says what kept the check from being complete.
func (r Report) junitError() junitCase {
	var texts []string
	for _, f := range r.Failures {
		texts = append(texts, strings.Join(failureWithPlace(f), "\n"))
	}
	message := "the " + r.activity() + " failed: " + headline(r.Failures[0])
	if more := len(texts) - 1; more > 0 {
		message += fmt.Sprintf(" (and %s)", count(more, "more error"))
	}
	return junitCase{
		Name: r.activity(), ClassName: "pipeguard", Time: "0",
		Error: &junitReason{Message: message, Type: "error", Text: strings.Join(texts, "\n\n")},
	}
}

func (r Report) junitCase(id string) junitCase {
	c := junitCase{Name: visible(id), Time: "0"}
	var failures, skips []string
	level := apitype.Advisory
	for _, f := range r.Findings {
		if f.Rule == id {
			failures = append(failures, junitFinding(f))
			if f.Level != apitype.Advisory {
				level = apitype.Mandatory
			}
		}
	}
	for _, w := range r.Waived {
		if w.Rule == id {
			skips = append(skips, "waived ("+waiver(w)+"): "+junitFinding(w.Finding))
		}
	}
	for _, n := range r.NotEvaluated {
		if n.Rule == id {
			skips = append(skips, "not evaluated, "+resourceName(n.URN)+": "+visible(n.Reason))
		}
	}
	switch {
	case len(failures) > 0:
		c.Failure = &junitReason{
			Message: count(len(failures), "violation"), Type: string(level),
			// Skipped results are included too, or nobody would see them.
			Text: strings.Join(append(failures, skips...), "\n\n"),
		}
		if len(failures) == 1 {
			c.Failure.Message, _, _ = strings.Cut(failures[0], "\n")
		}
	case len(skips) > 0:
		skipped := strings.Join(skips, "\n\n")
		c.Skipped = &skipped
	}
	return c
}

// junitFinding returns a finding in plain text: its place, what is wrong, the line
// and the fix.
func junitFinding(f finding.Finding) string {
	text := visible(f.Message)
	if f.Location.File != "" {
		text = visible(f.Location.String()) + ": " + text
	}
	text = "[" + visible(string(f.Severity)) + "] " + text
	if f.Snippet != "" {
		line, _ := visibleSnippet(f)
		text += "\n  " + line
	}
	if f.Fix != "" {
		text += "\n  fix: " + indentedFix(f.Fix, "  ")
	}
	return text
}

func (r Report) junitNotices() string {
	var lines []string
	for _, n := range r.Notices {
		lines = append(lines, "notice: "+notice(n))
	}
	return strings.Join(lines, "\n")
}
