package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

var (
	//go:embed html/page.html
	pageHTML string
	//go:embed html/page.css
	pageCSS string
	//go:embed html/page.js
	pageJS string

	page = template.Must(template.New("page").Parse(pageHTML))
)

// The page as its template sees it. Names and texts of the program come as
// plain strings, which the template escapes; only what is ours comes as markup.
type (
	htmlPage struct {
		Version, Source, Verdict, Mark, About string
		CSP                                   string
		Style                                 template.CSS
		Script                                template.JS
		Counts                                []htmlCount
		Rules                                 []htmlRule
		Drawing                               *htmlDrawing
		Findings                              []htmlFinding
		Waived, NotEvaluated                  []htmlRemark
		Notices                               []string
		// Failed is how the list of Failures is headed, as "What made the preview fail".
		Failed   string
		Failures []htmlFailure
	}
	htmlFailure struct {
		Place, Resource, Text string
		// Lines is set if Text has several lines.
		Lines bool
	}
	htmlCount struct {
		Severity, Letter string
		N                int
	}
	htmlRule struct {
		ID, Title, Result string
		// Listed is set if there are findings to filter.
		Listed bool
	}
	htmlFinding struct {
		ID                                   int
		Severity, Letter, Level, Rule, Title string
		Resource, URN, Property, Place       string
		Message, Why, Instead, Limitations   string
		Fix                                  []fixPart
		Line                                 int
		Snippet, Caret                       string
		Links, Frameworks                    []string
		// Node is the place in the drawing, -1 when there is none.
		Node int
	}
	htmlRemark struct{ Rule, Resource, Place, Message, Text string }

	htmlDrawing struct {
		*drawing
		Nodes   []htmlNode
		Caption string
	}
	htmlNode struct {
		*node
		Title, Below     string
		Severity, Letter string
		Label            string
		Count            int
	}
)

func writeHTML(w *bufio.Writer, r Report) error {
	s := r.Summary()
	p := htmlPage{
		Version: visible(r.Version), Source: visible(r.Source), Verdict: s.verdict(), Mark: "pass",
		About:  count(r.Resources, "resource") + " checked against " + count(len(r.Rules), "rule") + s.rest(),
		Style:  template.CSS(pageCSS), //nolint:gosec // embedded, and so is the next
		Script: template.JS(pageJS),   //nolint:gosec
		// The page may run its own script and style, and load nothing at all.
		CSP: "default-src 'none'; script-src " + cspHash(pageJS) + "; style-src " + cspHash(pageCSS) +
			"; base-uri 'none'; form-action 'none'",
	}
	switch {
	case s.Failures > 0, s.Mandatory > 0:
		p.Mark = "fail"
	case s.Advisory > 0:
		p.Mark = "warn"
	}
	p.Failed = "What made the " + r.activity() + " fail"
	for _, f := range r.Failures {
		lines := failureText(f)
		failure := htmlFailure{
			Place: visible(f.Location.String()), Text: strings.Join(lines, "\n"), Lines: len(lines) > 1,
		}
		if f.URN != "" {
			failure.Resource = resourceName(f.URN)
		}
		p.Failures = append(p.Failures, failure)
	}
	for _, severity := range severities {
		p.Counts = append(p.Counts, htmlCount{string(severity), letter(severity), s.Severities[severity]})
	}
	d := draw(r)
	rules := r.ruleByID()
	for i, f := range r.Findings {
		p.Findings = append(p.Findings, newHTMLFinding(i, f, rules[f.Rule], d.nodeOf(r, f)))
	}
	// The worst first; within one severity as they come.
	slices.SortStableFunc(p.Findings, func(a, b htmlFinding) int {
		return slices.Index(severities, apitype.PolicySeverity(a.Severity)) -
			slices.Index(severities, apitype.PolicySeverity(b.Severity))
	})
	p.Drawing = newHTMLDrawing(d, r)
	for _, ru := range r.Rules {
		p.Rules = append(p.Rules, r.htmlRule(ru))
	}
	for _, waived := range r.Waived {
		p.Waived = append(p.Waived, htmlRemark{
			visible(waived.Rule), subject(waived.Finding), visible(waived.Location.String()), visible(waived.Message), waiver(waived),
		})
	}
	for _, g := range groupNotEvaluated(r.NotEvaluated) {
		p.NotEvaluated = append(p.NotEvaluated, htmlRemark{
			Rule: g.name(), Resource: resourceName(g.URN), Text: visible(g.Reason),
		})
	}
	for _, n := range r.Notices {
		p.Notices = append(p.Notices, notice(n))
	}
	if err := page.Execute(w, p); err != nil {
		return fmt.Errorf("filling in the page: %w", err)
	}
	return nil
}

// cspHash lets exactly this text run or style under a content security policy.
func cspHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// letter stands for a severity where there is no room for the word.
func letter(severity apitype.PolicySeverity) string {
	if severity == "" {
		return "?"
	}
	return strings.ToUpper(string(severity[:1]))
}

// nodeOf returns the index of the node that shows the subject of f, or -1 if there is none.
func (d *drawing) nodeOf(r Report, f finding.Finding) int {
	if d == nil {
		return -1
	}
	if n := d.byURN[drawnAs(r.Graph, f)]; n != nil {
		return n.ID
	}
	return -1
}

func newHTMLFinding(i int, f finding.Finding, ru *rule.Rule, node int) htmlFinding {
	level := string(apitype.Mandatory)
	if f.Level == apitype.Advisory {
		level = string(apitype.Advisory)
	}
	out := htmlFinding{
		ID: i, Severity: visible(string(f.Severity)), Letter: letter(f.Severity), Level: level,
		Rule: visible(f.Rule), Title: ru.Title,
		Resource: subject(f), URN: visible(string(f.URN)), Property: visible(f.Property),
		Place: visible(f.Location.String()), Message: visible(f.Message), Fix: fixParts(f.Fix),
		Why: ru.Rationale, Instead: ru.Remediation, Limitations: ru.Limitations,
		Line: f.Location.Line, Links: ru.Links, Frameworks: ru.Frameworks, Node: node,
	}
	line, column := visibleSnippet(f)
	out.Snippet = line
	if column > 0 {
		out.Caret = strings.Repeat(" ", column-1) + "^"
	}
	return out
}

func (r Report) htmlRule(ru *rule.Rule) htmlRule {
	out := htmlRule{ID: visible(ru.ID), Title: visible(ru.Title), Result: "passed"}
	failed, waived, open := 0, 0, 0
	for _, f := range r.Findings {
		if f.Rule == ru.ID {
			failed++
		}
	}
	for _, w := range r.Waived {
		if w.Rule == ru.ID {
			waived++
		}
	}
	for _, n := range r.NotEvaluated {
		if n.Rule == ru.ID {
			open++
		}
	}
	out.Listed = failed > 0
	var parts []string
	if failed > 0 {
		parts = append(parts, count(failed, "violation"))
	}
	if waived > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", waived))
	}
	if open == 1 && failed+waived == 0 {
		parts = append(parts, "not evaluated")
	} else if open > 0 {
		parts = append(parts, fmt.Sprintf("%d not evaluated", open))
	}
	if len(parts) > 0 {
		out.Result = strings.Join(parts, ", ")
	}
	return out
}

func newHTMLDrawing(d *drawing, r Report) *htmlDrawing {
	if d == nil {
		return nil
	}
	out := &htmlDrawing{drawing: d, Caption: "Arrows show where events go, dashed ones what a resource uses."}
	if d.Left > 0 {
		out.Caption += fmt.Sprintf(" The stack is too large to draw whole: of %s, these are the %d with findings and next to them.",
			count(len(d.Nodes)+d.Left, "resource"), len(d.Nodes))
	}
	targets := map[*node][]string{}
	for _, e := range d.Edges {
		targets[e.From] = append(targets[e.From], e.To.Type+" "+e.To.Name)
	}
	for _, n := range d.Nodes {
		h := htmlNode{node: n, Count: len(n.Findings), Title: shorten(n.Name, 14), Below: n.Type}
		if len(n.Helpers) > 0 {
			h.Below = shorten(n.Type+" + "+count(len(n.Helpers), "setting"), 20)
		}
		h.Label = n.Type + " " + n.Name + ": " + count(h.Count, "finding")
		if h.Count > 0 {
			severity := severities[min(n.rank(r.Findings), len(severities)-1)]
			h.Severity, h.Letter = string(severity), letter(severity)
			h.Label += ", the worst " + h.Severity
		}
		if len(targets[n]) > 0 {
			h.Label += "; points to " + strings.Join(targets[n], ", ")
		}
		if len(n.Helpers) > 0 {
			h.Label += "; with " + strings.Join(n.Helpers, ", ")
		}
		out.Nodes = append(out.Nodes, h)
	}
	return out
}

// shorten returns s in at most n characters, the middle left out: names often
// differ at their ends.
func shorten(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	tail := n / 3
	return string(runes[:n-tail-1]) + "…" + string(runes[len(runes)-tail:])
}

// BadgeX and the others are where the template draws the parts of a node, so
// that it need not calculate.
func (n htmlNode) BadgeX() int { return n.X + nodeWidth - 36 }

// BadgeY returns the upper edge of the badge.
func (n htmlNode) BadgeY() int { return n.Y - 11 }

// At returns a point relative to the node.
func (n htmlNode) At(x, y int) template.HTMLAttr {
	return template.HTMLAttr(fmt.Sprintf(`x="%d" y="%d"`, n.X+x, n.Y+y)) //nolint:gosec // two numbers
}
