package report

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// The styles of the terminal, as the parameters of its SGR sequence. They are
// from the first sixteen colours, which the user's theme keeps readable.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "34"
)

var severityStyle = map[apitype.PolicySeverity]string{
	apitype.PolicySeverityCritical: "1;31",
	apitype.PolicySeverityHigh:     red,
	apitype.PolicySeverityMedium:   yellow,
	apitype.PolicySeverityLow:      blue,
}

// terminal writes lines of text.
type terminal struct {
	*bufio.Writer
	opts Options
}

func writeText(w *bufio.Writer, r Report, opts Options) {
	t := terminal{w, opts}
	groups := groupFindings(r.Findings)
	for i, g := range groups {
		if i > 0 {
			t.line("")
		}
		t.line(t.style(bold, g.title))
		for _, f := range g.findings {
			t.finding(f)
		}
	}
	if len(groups) > 0 && (!opts.Quiet || len(r.Failures) > 0) {
		t.line("")
	}
	summary := r.Summary()
	if opts.Quiet {
		if opts.Errors {
			t.failures(r.Failures)
		}
		if summary.Failures > 0 {
			t.wrap("", "  ", t.style("1;"+red, summary.verdict()))
		}
		return
	}
	t.waived(r.Waived)
	t.notEvaluated(r.NotEvaluated)
	t.notices(r.Notices)
	if opts.Errors && len(r.Failures) > 0 {
		t.failures(r.Failures)
		t.line("")
	}
	style := green
	switch {
	case summary.Failures > 0, summary.Mandatory > 0:
		style = "1;" + red
	case summary.Advisory > 0:
		style = yellow
	}
	t.wrap("", "  ", t.style(style, summary.verdict())+summary.rest())
}

// group is the findings under one heading.
type group struct {
	title    string
	findings []finding.Finding
}

// groupFindings puts together what is in one file, first, and then what is on
// one resource of which the file is not known.
func groupFindings(fs []finding.Finding) []group {
	fs = slices.SortedStableFunc(slices.Values(fs), byPlace)
	var groups []group
	for _, f := range fs {
		title := visible(f.Location.File)
		if title == "" {
			title = subject(f)
		}
		if len(groups) == 0 || groups[len(groups)-1].title != title {
			groups = append(groups, group{title: title})
		}
		last := &groups[len(groups)-1]
		last.findings = append(last.findings, f)
	}
	return groups
}

// byPlace orders findings as one reads a program; those without a file come
// last, in the order of their resources.
func byPlace(a, b finding.Finding) int {
	located := func(f finding.Finding) int {
		if f.Location.File == "" {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(located(a), located(b)),
		cmp.Compare(a.Location.File, b.Location.File),
		cmp.Compare(a.Location.Line, b.Location.Line),
		cmp.Compare(a.Location.Column, b.Location.Column),
		cmp.Compare(a.URN, b.URN),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Property, b.Property),
		cmp.Compare(a.Message, b.Message),
	)
}

func (t terminal) finding(f finding.Finding) {
	var head []string
	if f.Location.File != "" {
		place := finding.Location{File: "0", Line: f.Location.Line, Column: f.Location.Column}.String()
		if _, place, known := strings.Cut(place, ":"); known {
			head = append(head, place)
		}
	}
	head = append(head,
		t.style(severityStyle[f.Severity], visible(string(f.Severity))),
		visible(string(f.Level)), t.style(bold, visible(f.Rule)))
	if line := "  " + strings.Join(head, "  "); t.opts.Width == 0 || displayed(line) <= t.opts.Width {
		t.line(line)
	} else {
		t.wrap("  ", "  ", strings.Join(head, " "))
	}
	t.wrap("    ", "    ", visible(f.Message))
	if t.opts.Verbose && f.URN != "" {
		t.line("    " + t.style(dim, visible(string(f.URN))))
	}
	if f.Property != "" {
		t.wrap("    at ", "       ", visible(f.Property))
	}
	t.snippet(f)
	label := "    " + t.style(green, "fix:") + " "
	for _, part := range fixParts(f.Fix) {
		if part.Code {
			for line := range strings.Lines(part.Text) {
				t.line(strings.TrimRight(fixCode+line, " \n"))
			}
			continue
		}
		t.wrap(label, "          ", part.Text)
		label = "         "
	}
}

// fixCode stands before a line of code in a fix, which is not wrapped, so that it can be copied.
const fixCode = "            "

// snippet shows the source line, and a caret under the fault where it is known.
func (t terminal) snippet(f finding.Finding) {
	if f.Snippet == "" || f.Location.Line == 0 {
		return
	}
	number := fmt.Sprint(f.Location.Line)
	line, column := visibleSnippet(f)
	margin := 4 + len(number) + displayed(" │ ")
	if t.opts.Width > 0 {
		line, column = window(line, column, max(t.opts.Width-margin, 8))
	}
	t.line("    " + t.style(dim, number+" │ ") + line)
	if column > 0 {
		t.line("    " + t.style(dim, strings.Repeat(" ", len(number))+" │ ") +
			strings.Repeat(" ", column-1) + t.style(red, "^"))
	}
}

// window returns the part of line, at most width characters, that shows the column;
// the column comes back as it is in that part.
func window(line string, column, width int) (string, int) {
	runes := []rune(line)
	if len(runes) <= width {
		return line, column
	}
	start := 0
	if column > width-1 {
		start = min(column-width/2, len(runes)-width)
	}
	part := runes[start : start+width]
	if start > 0 {
		part[0] = '…'
	}
	if start+width < len(runes) {
		part[width-1] = '…'
	}
	return string(part), max(column-start, 0)
}

func (t terminal) waived(ws []finding.Waived) {
	if len(ws) == 0 {
		return
	}
	t.line(t.style(bold, "Waived"))
	for _, w := range ws {
		place := subject(w.Finding)
		if w.Location.File != "" {
			place += " " + visible(w.Location.String())
		}
		t.wrap("  ", "    ", visible(w.Rule)+"  "+place)
		t.wrap("    ", "    ", waiver(w))
	}
	t.line("")
}

// waiver returns where, why and until when, on one line.
func waiver(w finding.Waived) string {
	until := "permanent"
	if w.Expires != "" {
		until = "until " + w.Expires
	}
	return fmt.Sprintf("%s, %s: %s", visible(string(w.By)), until, visible(w.Reason))
}

func (t terminal) notEvaluated(ns []finding.NotEvaluated) {
	if len(ns) == 0 {
		return
	}
	if t.opts.Verbose {
		t.line(t.style(bold, "Not evaluated"))
		for _, g := range groupNotEvaluated(ns) {
			t.wrap("  ", "    ", g.name()+" on "+resourceName(g.URN))
			t.wrap("    ", "    ", visible(g.Reason))
		}
	} else {
		var rules []string
		for _, n := range ns {
			rules = append(rules, visible(n.Rule))
		}
		slices.Sort(rules)
		rules = slices.Compact(rules)
		t.wrap("", "  ", t.style(bold, "Not evaluated")+" everywhere, --verbose tells why: "+listed(rules))
	}
	t.line("")
}

func (t terminal) notices(ns []finding.Notice) {
	for _, n := range ns {
		t.wrap(t.style(yellow, "notice:")+" ", "        ", notice(n))
	}
	if len(ns) > 0 {
		t.line("")
	}
}

// notice returns a notice on one line, with its place and its rule before the text.
func notice(n finding.Notice) string {
	var parts []string
	for _, part := range []string{n.Location.String(), n.Rule, n.Message} {
		if part != "" {
			parts = append(parts, visible(part))
		}
	}
	return strings.Join(parts, ": ")
}

func (t terminal) style(sgr, s string) string {
	if !t.opts.Color || sgr == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

// line writes one line. The buffer keeps an error for Flush to return.
func (t terminal) line(s string) {
	_, _ = t.WriteString(s + "\n")
}

// wrap writes text in lines of at most the terminal's width, the first one
// after head and the others after indent.
func (t terminal) wrap(head, indent, text string) {
	room := func(prefix string) int { return t.opts.Width - displayed(prefix) }
	current, used := head, 0
	left := room(head)
	for _, word := range strings.Fields(text) {
		size := displayed(word)
		if used > 0 {
			if t.opts.Width > 0 && used+1+size > left {
				t.line(current)
				current, used, left = indent, 0, room(indent)
			} else {
				current += " "
				used++
			}
		}
		current += word
		used += size
	}
	t.line(current)
}

// displayed returns how many columns s takes, colours aside.
func displayed(s string) int {
	n, inside := 0, false
	for _, r := range s {
		switch {
		case r == '\x1b':
			inside = true
		case inside:
			inside = r != 'm'
		default:
			n++
		}
	}
	return n
}

// maxListed is how many rules are named in one line.
const maxListed = 8

// listed joins the ids of rules, or counts those of a list that nobody would read.
func listed(rules []string) string {
	if len(rules) > maxListed {
		return count(len(rules), "rule")
	}
	return strings.Join(rules, ", ")
}
