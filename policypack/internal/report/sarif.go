package report

import (
	"bufio"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// The parts of SARIF 2.1.0 that are used, by the names of its specification.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool              sarifTool         `json:"tool"`
		AutomationDetails *sarifAutomation  `json:"automationDetails,omitempty"`
		ColumnKind        string            `json:"columnKind"`
		Invocations       []sarifInvocation `json:"invocations"`
		Results           []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name            string      `json:"name"`
		SemanticVersion string      `json:"semanticVersion,omitempty"`
		Rules           []sarifRule `json:"rules"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifRule struct {
		ID                   string              `json:"id"`
		ShortDescription     sarifText           `json:"shortDescription"`
		FullDescription      *sarifText          `json:"fullDescription,omitempty"`
		Help                 *sarifText          `json:"help,omitempty"`
		HelpURI              string              `json:"helpUri,omitempty"`
		DefaultConfiguration sarifConfiguration  `json:"defaultConfiguration"`
		Properties           sarifRuleProperties `json:"properties"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifRuleProperties struct {
		Tags             []string `json:"tags"`
		SecuritySeverity string   `json:"security-severity,omitempty"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifResult struct {
		RuleID              string             `json:"ruleId"`
		RuleIndex           int                `json:"ruleIndex"`
		Level               string             `json:"level"`
		Message             sarifText          `json:"message"`
		Locations           []sarifLocation    `json:"locations,omitempty"`
		PartialFingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions        []sarifSuppression `json:"suppressions,omitempty"`
		Properties          map[string]string  `json:"properties,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation *sarifPhysical `json:"physicalLocation,omitempty"`
		LogicalLocations []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           *sarifRegion  `json:"region,omitempty"`
		ContextRegion    *sarifRegion  `json:"contextRegion,omitempty"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId,omitempty"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn,omitempty"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
	sarifLogical struct {
		Name               string `json:"name"`
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
	sarifInvocation struct {
		ExecutionSuccessful            bool                `json:"executionSuccessful"`
		ToolExecutionNotifications     []sarifNotification `json:"toolExecutionNotifications,omitempty"`
		ToolConfigurationNotifications []sarifNotification `json:"toolConfigurationNotifications,omitempty"`
	}
	sarifNotification struct {
		Level          string          `json:"level"`
		Message        sarifText       `json:"message"`
		AssociatedRule *sarifReference `json:"associatedRule,omitempty"`
		Locations      []sarifLocation `json:"locations,omitempty"`
	}
	sarifReference struct {
		ID    string `json:"id"`
		Index *int   `json:"index,omitempty"`
	}
)

// fingerprintName tells viewers which way of counting a fingerprint comes
// from; a new way needs a new number.
const fingerprintName = "pipeguard/v2"

// securitySeverity are scores in the middle of GitHub's bands: above 9 is
// critical, from 7 high, from 4 medium, below that low.
var securitySeverity = map[apitype.PolicySeverity]string{
	apitype.PolicySeverityCritical: "9.5",
	apitype.PolicySeverityHigh:     "8.0",
	apitype.PolicySeverityMedium:   "5.5",
	apitype.PolicySeverityLow:      "2.0",
}

func writeSARIF(w *bufio.Writer, r Report, opts Options) error {
	r = r.fromRoot(opts.WorkDir)
	opts.ProgramFile = fromRoot(opts.WorkDir, opts.ProgramFile)
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "pipeguard", SemanticVersion: r.Version, Rules: []sarifRule{}}},
		ColumnKind: "utf16CodeUnits",
		Results:    []sarifResult{},
	}
	if r.Source != "" {
		// GitHub keeps the results of each id apart, up to its last slash, so
		// that one stack's upload does not close the alerts of another.
		run.AutomationDetails = &sarifAutomation{ID: "pipeguard/" + visible(r.Source) + "/"}
	}
	index := map[string]int{}
	for i, ru := range r.Rules {
		index[ru.ID] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, newSARIFRule(ru))
	}
	result := func(f finding.Finding) sarifResult {
		return sarifResult{
			RuleID: f.Rule, RuleIndex: index[f.Rule], Level: sarifLevel(f.Level),
			Message:             sarifText{Text: sarifMessage(f)},
			Locations:           sarifLocations(f, opts.ProgramFile),
			PartialFingerprints: map[string]string{fingerprintName: f.Fingerprint},
			Properties:          sarifProperties(f),
		}
	}
	for _, f := range r.Findings {
		run.Results = append(run.Results, result(f))
	}
	for _, waived := range r.Waived {
		res := result(waived.Finding)
		kind := "external"
		if waived.By == finding.ByComment {
			kind = "inSource"
		}
		res.Suppressions = []sarifSuppression{{Kind: kind, Status: "accepted", Justification: waiver(waived)}}
		run.Results = append(run.Results, res)
	}
	run.Invocations = []sarifInvocation{{
		ExecutionSuccessful:            len(r.Failures) == 0,
		ToolExecutionNotifications:     append(sarifFailures(r.Failures), sarifNotEvaluated(r.NotEvaluated, index)...),
		ToolConfigurationNotifications: sarifNotices(r.Notices, index),
	}}
	return encodeJSON(w, sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

// fromRoot returns r with its paths starting at the root of the repository.
func (r Report) fromRoot(workDir string) Report {
	r.Findings, r.Waived = slices.Clone(r.Findings), slices.Clone(r.Waived)
	r.Failures, r.Notices = slices.Clone(r.Failures), slices.Clone(r.Notices)
	for i := range r.Findings {
		r.Findings[i].Location.File = fromRoot(workDir, r.Findings[i].Location.File)
	}
	for i := range r.Waived {
		r.Waived[i].Location.File = fromRoot(workDir, r.Waived[i].Location.File)
	}
	for i := range r.Failures {
		r.Failures[i].Location.File = fromRoot(workDir, r.Failures[i].Location.File)
	}
	for i := range r.Notices {
		r.Notices[i].Location.File = fromRoot(workDir, r.Notices[i].Location.File)
	}
	return r
}

func fromRoot(workDir, file string) string {
	if file == "" || path.IsAbs(file) {
		return file
	}
	return path.Join(workDir, file)
}

// sarifFailures returns what kept the check from being complete. They are no results:
// an alert would stay open, or close, with the state of somebody's machine.
func sarifFailures(fs []finding.Failure) []sarifNotification {
	var out []sarifNotification
	for _, f := range fs {
		notification := sarifNotification{Level: "error", Message: sarifText{Text: sarifLinkless(strings.Join(failureText(f), "\n"))}}
		notification.Locations = sarifLocations(finding.Finding{URN: f.URN, Location: f.Location}, "")
		out = append(out, notification)
	}
	return out
}

// sarifNotEvaluated returns what the rules could not judge. SARIF has results of
// the kind "open" for that, but viewers that leave the kind out, GitHub's among
// them, would show each as one more alert: a false alarm. Notifications on the
// run they show apart.
func sarifNotEvaluated(ns []finding.NotEvaluated, index map[string]int) []sarifNotification {
	var out []sarifNotification
	for _, n := range ns {
		notification := sarifNotification{
			Level:          "note",
			Message:        sarifText{Text: sarifPlain("not evaluated: " + n.Reason)},
			AssociatedRule: sarifRuleReference(n.Rule, index),
		}
		if n.URN != "" {
			notification.Locations = []sarifLocation{{LogicalLocations: sarifResource(n.URN)}}
		}
		out = append(out, notification)
	}
	return out
}

func sarifNotices(ns []finding.Notice, index map[string]int) []sarifNotification {
	var out []sarifNotification
	for _, n := range ns {
		notification := sarifNotification{
			Level: "warning", Message: sarifText{Text: sarifPlain(n.Message)}, AssociatedRule: sarifRuleReference(n.Rule, index),
		}
		if n.Location.File != "" {
			notification.Locations = []sarifLocation{{PhysicalLocation: sarifPlace(finding.Finding{Location: n.Location})}}
		}
		out = append(out, notification)
	}
	return out
}

func sarifRuleReference(id string, index map[string]int) *sarifReference {
	if id == "" {
		return nil
	}
	if i, known := index[id]; known {
		return &sarifReference{ID: id, Index: &i}
	}
	return &sarifReference{ID: id} // a notice may be about a rule that does not run
}

func newSARIFRule(ru *rule.Rule) sarifRule {
	out := sarifRule{
		ID:                   ru.ID,
		ShortDescription:     sarifText{Text: ru.Title},
		DefaultConfiguration: sarifConfiguration{Level: sarifLevel(ru.Enforcement)},
		Properties: sarifRuleProperties{
			Tags: append([]string{}, ru.Frameworks...), SecuritySeverity: securitySeverity[ru.Severity],
		},
	}
	if ru.Rationale == "" {
		return out
	}
	out.FullDescription = &sarifText{Text: ru.Rationale}
	var text, markdown strings.Builder
	for _, part := range []struct{ title, text string }{
		{"Why", ru.Rationale}, {"Fix", ru.Remediation}, {"Limitations", ru.Limitations},
	} {
		text.WriteString(part.title + ": " + part.text + "\n")
		markdown.WriteString("**" + part.title + ".** " + markdownWhole(part.text) + "\n\n")
	}
	for i, link := range ru.Links {
		if i == 0 {
			out.HelpURI = link
		}
		text.WriteString(link + "\n")
		markdown.WriteString("- <" + link + ">\n")
	}
	out.Help = &sarifText{Text: strings.TrimSpace(text.String()), Markdown: strings.TrimSpace(markdown.String())}
	return out
}

func sarifLevel(level apitype.EnforcementLevel) string {
	if level == apitype.Advisory {
		return "warning"
	}
	return "error"
}

func sarifMessage(f finding.Finding) string {
	if f.Fix == "" {
		return sarifPlain(f.Message)
	}
	return sarifPlain(f.Message) + " Fix: " + sarifLinkless(indentedFix(f.Fix, ""))
}

// sarifPlain returns text in which nothing is a link: in SARIF also a plain message
// may hold [text](target). Braces stay as they are, as placeholders work only
// where a message has arguments, and viewers do not undo their doubling.
func sarifPlain(s string) string { return sarifLinkless(visible(s)) }

func sarifLinkless(s string) string {
	if strings.Contains(s, "](") {
		s = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(s)
	}
	return s
}

func sarifProperties(f finding.Finding) map[string]string {
	properties := map[string]string{"severity": string(f.Severity)}
	if f.Property != "" {
		properties["property"] = utf8Only(f.Property)
	}
	return properties
}

// sarifLocations returns where the finding is: in the source, and on which resource.
// GitHub drops a result without a file, so one that has none is put in fallback.
func sarifLocations(f finding.Finding, fallback string) []sarifLocation {
	if f.Location.File == "" {
		f.Location = finding.Location{File: fallback, Line: 1}
	}
	var location sarifLocation
	if f.Location.File != "" {
		location.PhysicalLocation = sarifPlace(f)
	}
	if f.URN != "" {
		location.LogicalLocations = sarifResource(f.URN)
	}
	if location.PhysicalLocation == nil && location.LogicalLocations == nil {
		return nil
	}
	return []sarifLocation{location}
}

func sarifPlace(f finding.Finding) *sarifPhysical {
	place := &sarifPhysical{ArtifactLocation: sarifFile(f.Location.File)}
	if f.Location.Line > 0 {
		place.Region = &sarifRegion{StartLine: f.Location.Line, StartColumn: sarifColumn(f)}
		if f.Snippet != "" {
			place.ContextRegion = &sarifRegion{StartLine: f.Location.Line, Snippet: &sarifText{Text: utf8Only(f.Snippet)}}
		}
	}
	return place
}

// sarifFile returns the path as a URI. %SRCROOT% is the name that viewers know the
// root of the repository by.
func sarifFile(file string) sarifArtifact {
	if path.IsAbs(file) {
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: file}).String()}
	}
	if file == ".." || strings.HasPrefix(file, "../") {
		return sarifArtifact{URI: (&url.URL{Path: file}).String()} // outside of the repository
	}
	return sarifArtifact{URI: (&url.URL{Path: file}).String(), URIBaseID: "%SRCROOT%"}
}

// sarifColumn turns the column of a finding, in bytes, into UTF-16 units: SARIF
// has no bytes. What comes before the snippet is indentation, where they agree.
func sarifColumn(f finding.Finding) int {
	at := f.SnippetColumn
	if at < 1 || at > len(f.Snippet) || at > f.Location.Column {
		return f.Location.Column
	}
	return f.Location.Column - at + len(utf16.Encode([]rune(f.Snippet[:at-1]))) + 1
}

func sarifResource(urn resource.URN) []sarifLogical {
	_, name := typeAndName(urn)
	return []sarifLogical{{Name: visible(name), FullyQualifiedName: utf8Only(string(urn)), Kind: "resource"}}
}
