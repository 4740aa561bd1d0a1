package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

const (
	// failureLines is how many lines of one failure a report shows. A compiler
	// says at the start what is wrong, a traceback at the end, so half of them
	// come from either.
	failureLines = 40
	// markdownFailures is how many failures a comment shows.
	markdownFailures = 10
)

// activity returns the activity that failed, or "" if none did.
func (r Report) activity() string {
	if r.Activity == "" {
		return "check"
	}
	return visible(r.Activity)
}

// withUnfinished returns what was not evaluated, and, of a check that failed,
// also each rule that has found nothing: what it would have found in the rest is
// not known, so that it has not passed. Rules that read files do not depend on
// the program's running; of them, the caller says which could not.
func (r Report) withUnfinished() []finding.NotEvaluated {
	if len(r.Failures) == 0 || r.Judged {
		return r.NotEvaluated
	}
	said := map[string]bool{}
	for _, f := range r.Findings {
		said[f.Rule] = true
	}
	for _, w := range r.Waived {
		said[w.Rule] = true
	}
	for _, n := range r.NotEvaluated {
		said[n.Rule] = true
	}
	all := slices.Clone(r.NotEvaluated)
	for _, ru := range r.Rules {
		if !said[ru.ID] && ru.Scope != rule.SourceScope && ru.Scope != rule.HandlerScope {
			all = append(all, finding.NotEvaluated{Rule: ru.ID, Reason: "the " + r.activity() + " failed before everything was checked"})
		}
	}
	return all
}

// plainLines returns the lines of a message without terminal colours, other control
// characters written out.
func plainLines(message string) []string {
	message = strings.ReplaceAll(ansi.Strip(message), "\r\n", "\n")
	message = strings.TrimRight(strings.Trim(message, "\n"), " \t\r\n")
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		line = strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), " \r")
		lines = append(lines, visible(line))
	}
	return lines
}

// failureText returns what a failure says, in plain lines of bounded number and length.
func failureText(f finding.Failure) []string {
	lines := plainLines(f.Message)
	for i := range lines {
		lines[i] = clip(lines[i])
	}
	if left := len(lines) - failureLines; left > 0 {
		const half = failureLines / 2
		lines = slices.Concat(lines[:half], []string{"… " + count(left, "line") + " left out …"}, lines[len(lines)-half:])
	}
	return lines
}

// failurePlace returns where a failure is: in the source, or else on a resource.
func failurePlace(f finding.Failure) string {
	switch {
	case f.Location.File != "":
		return visible(f.Location.String())
	case f.URN != "":
		return resourceName(f.URN)
	}
	return ""
}

// failureWithPlace returns failureText with the place before the first line.
func failureWithPlace(f finding.Failure) []string {
	lines := failureText(f)
	if place := failurePlace(f); place != "" {
		lines[0] = place + ": " + lines[0]
	}
	return lines
}

// headline returns the most informative line of a failure: the first, or the last one of a Python traceback.
func headline(f finding.Failure) string {
	lines := failureWithPlace(f)
	if strings.Contains(lines[0], "Traceback (most recent call last)") {
		return lines[len(lines)-1]
	}
	return lines[0]
}

// WriteFailures writes the failures of r alone, as the text format shows them,
// for standard error.
func WriteFailures(w io.Writer, r Report, opts Options) error {
	out := bufio.NewWriter(w)
	terminal{out, opts}.failures(r.Failures)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the errors: %w", err)
	}
	return nil
}

// failures writes each failure: its first line wrapped, the others as they are,
// since a traceback that is wrapped is hard to read.
func (t terminal) failures(fs []finding.Failure) {
	for _, f := range fs {
		lines := failureWithPlace(f)
		t.wrap(t.style("1;"+red, "error:")+" ", "       ", lines[0])
		for _, line := range lines[1:] {
			t.line(strings.TrimRight("       "+line, " "))
		}
	}
}

// ruleGroup is the rules that could not judge the same thing for the same reason.
type ruleGroup struct {
	finding.NotEvaluated
	rules []string
}

// name returns the names of the rules for a list.
func (g ruleGroup) name() string { return strings.Join(g.rules, ", ") }

// groupNotEvaluated puts together what differs in the rule only: a check that
// failed early says the same of dozens of rules.
func groupNotEvaluated(ns []finding.NotEvaluated) []ruleGroup {
	var groups []ruleGroup
	at := map[finding.NotEvaluated]int{}
	for _, n := range ns {
		key := finding.NotEvaluated{URN: n.URN, Reason: n.Reason}
		if n.URN != "" {
			key.Rule = n.Rule
		}
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key] = i
			groups = append(groups, ruleGroup{NotEvaluated: n})
		}
		groups[i].rules = append(groups[i].rules, visible(n.Rule))
	}
	for _, g := range groups {
		slices.Sort(g.rules)
	}
	return groups
}
