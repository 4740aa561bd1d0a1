package report

import (
	"bufio"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

const (
	// markdownMarker is how a CI job finds the comment that it wrote last time.
	markdownMarker = "<!-- pipeguard -->"
	// markdownLimit is below the 65,536 characters that GitHub takes in a
	// comment. It counts bytes, of which there are never fewer.
	markdownLimit = 65_000
	// markdownTail is kept free for the line that says what was left out.
	markdownTail = 400
	// markdownClip is after how many characters a text is cut: a comment is
	// an overview.
	markdownClip = 600

	defaultMaxFindings = 50
)

var severityMark = map[apitype.PolicySeverity]string{
	apitype.PolicySeverityCritical: "🟥",
	apitype.PolicySeverityHigh:     "🟧",
	apitype.PolicySeverityMedium:   "🟨",
	apitype.PolicySeverityLow:      "🟦",
}

// comment collects Markdown up to the limit.
type comment struct {
	text strings.Builder
}

// add appends s if it fits.
func (c *comment) add(s string) bool {
	if c.text.Len()+len(s) > markdownLimit-markdownTail {
		return false
	}
	c.text.WriteString(s)
	return true
}

// fold appends a folded list of items: those that fit, and how many did not.
func (c *comment) fold(title string, items []string) {
	if len(items) == 0 || !c.add("<details><summary>"+title+"</summary>\n\n") {
		return
	}
	for i, item := range items {
		if !c.add("- " + item + "\n") {
			fmt.Fprintf(&c.text, "- … and %d more\n", len(items)-i)
			break
		}
	}
	c.text.WriteString("\n</details>\n\n")
}

// writeMarkdown writes a comment for a pull request: the verdict, a table, and
// the rest folded away.
func writeMarkdown(w *bufio.Writer, r Report, opts Options) {
	shown := opts.MaxFindings
	if shown <= 0 {
		shown = defaultMaxFindings
	}
	shown = min(shown, len(r.Findings))
	s := r.Summary()
	c := &comment{}
	mark := "✅"
	switch {
	case s.Failures > 0, s.Mandatory > 0:
		mark = "❌"
	case s.Advisory > 0:
		mark = "⚠️"
	}
	c.text.WriteString(markdownMarker + "\n## " + mark + " pipeguard: " + s.verdict() + "\n\n")
	about := count(r.Resources, "resource") + " checked against " + count(len(r.Rules), "rule") + s.rest()
	if r.Source != "" {
		about = "**" + markdownText(r.Source) + "**: " + about
	}
	c.text.WriteString(about + "\n\n")

	c.failures(r.Failures)
	rules := r.ruleByID()
	if shown > 0 {
		c.add("| Severity | Rule | Where | What is wrong |\n|---|---|---|---|\n")
		for i, f := range r.Findings[:shown] {
			if !c.add(markdownRow(f)) {
				shown = i
				break
			}
		}
		if more := len(r.Findings) - shown; more > 0 {
			fmt.Fprintf(&c.text, "\nand %d more, in the full report\n", more)
		}
		c.add("\n")
	}
	// The short lists come before the long explanations, which may not all fit.
	c.fold(count(len(r.Notices), "notice"), list(r.Notices, func(n finding.Notice) string {
		return markdownText(notice(n))
	}))
	c.fold(fmt.Sprintf("%d waived", len(r.Waived)), list(r.Waived, func(w finding.Waived) string {
		return "`" + visible(w.Rule) + "` on " + markdownText(subject(w.Finding)) + ": " + markdownText(waiver(w))
	}))
	c.fold(fmt.Sprintf("%d not evaluated", len(r.NotEvaluated)), list(groupNotEvaluated(r.NotEvaluated), func(g ruleGroup) string {
		return "`" + strings.Join(g.rules, "`, `") + "` on " + markdownText(resourceName(g.URN)) + ": " + markdownText(g.Reason)
	}))

	left := 0
	for _, f := range r.Findings[:shown] {
		if left > 0 || !c.add(markdownDetails(f, rules[f.Rule])) {
			left++
		}
	}
	if left > 0 {
		fmt.Fprintf(&c.text, "The explanations of %s did not fit here.\n", count(left, "finding"))
	}
	_, _ = w.WriteString(strings.TrimRight(c.text.String(), "\n") + "\n")
}

// failures appends what kept the check from being complete, in full view.
func (c *comment) failures(fs []finding.Failure) {
	for i, f := range fs {
		lines := failureText(f)
		text := "**Error** "
		if place := failurePlace(f); place != "" {
			text += "at " + markdownText(place) + " "
		}
		if len(lines) == 1 {
			text = strings.TrimSpace(text) + ": " + markdownText(lines[0]) + "\n\n"
		} else {
			text = strings.TrimSpace(text) + ":\n\n" + fenced(strings.Join(lines, "\n"))
		}
		// The findings need room, too.
		if i == markdownFailures || c.text.Len()+len(text) > markdownLimit/2 || !c.add(text) {
			fmt.Fprintf(&c.text, "and %s\n\n", count(len(fs)-i, "more error"))
			return
		}
	}
}

// fenced returns text as a fenced code block.
func fenced(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "\n" + text + "\n" + fence + "\n\n"
}

// list returns the start of a list, and how many items it leaves out: no list may
// crowd out what comes after it.
func list[T any](items []T, show func(T) string) []string {
	const most = 20
	var shown []string
	for i, item := range items {
		if i == most {
			return append(shown, fmt.Sprintf("… and %d more", len(items)-most))
		}
		shown = append(shown, show(item))
	}
	return shown
}

func markdownRow(f finding.Finding) string {
	where := markdownText(subject(f))
	if f.Location.File != "" {
		where = markdownText(f.Location.String())
	}
	severity := severityMark[f.Severity] + " " + visible(string(f.Severity))
	if f.Level == apitype.Advisory {
		severity += ", advisory"
	}
	return fmt.Sprintf("| %s | `%s` | %s | %s |\n", severity, visible(f.Rule), where, markdownText(f.Message))
}

func markdownDetails(f finding.Finding, ru *rule.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<details><summary><code>%s</code> %s</summary>\n\n", visible(f.Rule), markdownText(subject(f)))
	b.WriteString(markdownText(f.Message) + "\n\n")
	if f.Snippet != "" {
		line, _ := visibleSnippet(f)
		b.WriteString(fenced(clip(line)))
	}
	if ru.Rationale != "" {
		b.WriteString("**Why.** " + markdownText(ru.Rationale) + "\n\n")
	}
	for i, part := range fixParts(f.Fix) {
		switch {
		case part.Code:
			b.WriteString(fenced(part.Text))
		case i == 0:
			b.WriteString("**Fix.** " + markdownText(part.Text) + "\n\n")
		default:
			b.WriteString(markdownText(part.Text) + "\n\n")
		}
	}
	for i, link := range ru.Links {
		if i > 0 {
			b.WriteString(" · ")
		}
		b.WriteString("<" + link + ">")
	}
	if len(ru.Links) > 0 {
		b.WriteString("\n\n")
	}
	b.WriteString("</details>\n\n")
	return b.String()
}

// markdownSpecial are the characters that mean something in Markdown or HTML,
// as entities, which mean nothing in either. A : starts the address that GitHub
// would link; @ and # would call people and issues, also from an entity, unless
// something stands between them and the name.
var markdownSpecial = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "\\", "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;",
	"[", "&#91;", "]", "&#93;", "|", "&#124;", "~", "&#126;", "!", "&#33;", "$", "&#36;",
	"://", "&#58;//", "www.", "www&#46;", "@", "@\u200b", "#", "#\u200b",
)

// markdownText returns s as plain text in Markdown.
func markdownText(s string) string { return markdownSpecial.Replace(visible(clip(s))) }

// markdownWhole does the same for a text that must not be cut.
func markdownWhole(s string) string { return markdownSpecial.Replace(visible(s)) }

// clip returns a text, cut if it is too long for an overview.
func clip(s string) string {
	n := 0
	for i := range s {
		if n == markdownClip-1 && i < len(s)-utf8.UTFMax {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
