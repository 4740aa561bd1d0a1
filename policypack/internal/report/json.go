package report

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// Schema is the JSON schema of the json format.
//
//go:embed report.schema.json
var Schema string

// schemaVersion is raised when a field goes away or changes its meaning; new
// fields do not count.
const schemaVersion = 1

// Every field of these is always there: a reader need not guess whether a
// missing one is empty. What is not known is "" in texts and null elsewhere.
type (
	jsonReport struct {
		SchemaVersion int                `json:"schemaVersion"`
		Tool          jsonTool           `json:"tool"`
		Source        string             `json:"source"`
		Resources     int                `json:"resources"`
		Summary       jsonSummary        `json:"summary"`
		Errors        []jsonError        `json:"errors"`
		Findings      []jsonFinding      `json:"findings"`
		Waived        []jsonWaived       `json:"waived"`
		NotEvaluated  []jsonNotEvaluated `json:"notEvaluated"`
		Notices       []jsonNotice       `json:"notices"`
		Rules         []jsonRule         `json:"rules"`
	}
	jsonTool struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	jsonSummary struct {
		Errors       int            `json:"errors"`
		Violations   int            `json:"violations"`
		Mandatory    int            `json:"mandatory"`
		Advisory     int            `json:"advisory"`
		Severities   map[string]int `json:"severities"`
		Waived       int            `json:"waived"`
		NotEvaluated int            `json:"notEvaluated"`
		Notices      int            `json:"notices"`
	}
	jsonError struct {
		Message  string        `json:"message"`
		URN      string        `json:"urn"`
		Location *jsonLocation `json:"location"`
	}
	jsonFinding struct {
		Rule        string        `json:"rule"`
		Severity    string        `json:"severity"`
		Level       string        `json:"level"`
		URN         string        `json:"urn"`
		Property    string        `json:"property"`
		Message     string        `json:"message"`
		Fix         string        `json:"fix"`
		Location    *jsonLocation `json:"location"`
		Snippet     string        `json:"snippet"`
		Fingerprint string        `json:"fingerprint"`
	}
	jsonWaived struct {
		jsonFinding
		Waiver jsonWaiver `json:"waiver"`
	}
	jsonWaiver struct {
		Where   string  `json:"where"`
		Reason  string  `json:"reason"`
		Expires *string `json:"expires"`
	}
	jsonNotEvaluated struct {
		Rule   string `json:"rule"`
		URN    string `json:"urn"`
		Reason string `json:"reason"`
	}
	jsonNotice struct {
		Rule     string        `json:"rule"`
		Text     string        `json:"text"`
		Location *jsonLocation `json:"location"`
	}
	jsonLocation struct {
		File   string `json:"file"`
		Line   *int   `json:"line"`
		Column *int   `json:"column"`
	}
	jsonRule struct {
		ID          string   `json:"id"`
		Title       string   `json:"title"`
		Rationale   string   `json:"rationale"`
		Remediation string   `json:"remediation"`
		Limitations string   `json:"limitations"`
		Scope       string   `json:"scope"`
		Severity    string   `json:"severity"`
		Enforcement string   `json:"enforcement"`
		Frameworks  []string `json:"frameworks"`
		Links       []string `json:"links"`
	}
)

func writeJSON(w *bufio.Writer, r Report) error {
	s := r.Summary()
	out := jsonReport{
		SchemaVersion: schemaVersion,
		Tool:          jsonTool{Name: "pipeguard", Version: utf8Only(r.Version)},
		Source:        utf8Only(r.Source),
		Resources:     r.Resources,
		Summary: jsonSummary{
			Errors: s.Failures, Violations: s.Violations, Mandatory: s.Mandatory, Advisory: s.Advisory, Severities: map[string]int{},
			Waived: s.Waived, NotEvaluated: s.NotEvaluated, Notices: s.Notices,
		},
		Errors:       []jsonError{},
		Findings:     []jsonFinding{},
		Waived:       []jsonWaived{},
		NotEvaluated: []jsonNotEvaluated{},
		Notices:      []jsonNotice{},
		Rules:        []jsonRule{},
	}
	for _, severity := range severities {
		out.Summary.Severities[string(severity)] = s.Severities[severity]
	}
	for _, f := range r.Failures {
		out.Errors = append(out.Errors, jsonError{
			// Whole: a tool can shorten it, but cannot get back what is left out.
			Message: strings.Join(plainLines(f.Message), "\n"), URN: utf8Only(string(f.URN)), Location: newJSONLocation(f.Location),
		})
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, newJSONFinding(f))
	}
	for _, w := range r.Waived {
		waived := jsonWaived{
			jsonFinding: newJSONFinding(w.Finding),
			Waiver:      jsonWaiver{Where: string(w.By), Reason: utf8Only(w.Reason)},
		}
		if day := w.Expires; day != "" {
			waived.Waiver.Expires = &day
		}
		out.Waived = append(out.Waived, waived)
	}
	for _, n := range r.NotEvaluated {
		out.NotEvaluated = append(out.NotEvaluated, jsonNotEvaluated{
			Rule: n.Rule, URN: utf8Only(string(n.URN)), Reason: utf8Only(n.Reason),
		})
	}
	for _, n := range r.Notices {
		out.Notices = append(out.Notices, jsonNotice{
			Rule: n.Rule, Text: utf8Only(n.Message), Location: newJSONLocation(n.Location),
		})
	}
	for _, ru := range r.Rules {
		out.Rules = append(out.Rules, jsonRule{
			ID: ru.ID, Title: ru.Title, Rationale: ru.Rationale, Remediation: ru.Remediation, Limitations: ru.Limitations,
			Scope: string(ru.Scope), Severity: string(ru.Severity), Enforcement: string(ru.Enforcement),
			// A nil list would be written as null.
			Frameworks: append([]string{}, ru.Frameworks...), Links: append([]string{}, ru.Links...),
		})
	}
	return encodeJSON(w, out)
}

func newJSONFinding(f finding.Finding) jsonFinding {
	level := apitype.Mandatory // also for what is to be remediated
	if f.Level == apitype.Advisory {
		level = apitype.Advisory
	}
	return jsonFinding{
		Rule: f.Rule, Severity: string(f.Severity), Level: string(level),
		URN: utf8Only(string(f.URN)), Property: utf8Only(f.Property),
		Message: utf8Only(f.Message), Fix: utf8Only(f.Fix),
		Location: newJSONLocation(f.Location), Snippet: utf8Only(f.Snippet), Fingerprint: f.Fingerprint,
	}
}

func newJSONLocation(l finding.Location) *jsonLocation {
	if l.File == "" {
		return nil
	}
	known := func(n int) *int {
		if n < 1 {
			return nil
		}
		return &n
	}
	return &jsonLocation{File: utf8Only(l.File), Line: known(l.Line), Column: known(l.Column)}
}

// utf8Only returns s with invalid UTF-8 replaced, because JSON can only contain UTF-8.
func utf8Only(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// encodeJSON writes v for people too: indented, and with < and > as they are.
func encodeJSON(w *bufio.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encoding it as JSON: %w", err)
	}
	return nil
}
