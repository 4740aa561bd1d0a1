package source

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// waiver is a comment that waives a finding:
//
//	pipeguard:ignore <rule> -- <reason>
//
// It is on a line of the call that the finding is about, or alone on a line above.
type waiver struct {
	rule, reason string
	location     finding.Location
	// line is the line that it applies to.
	line int
	// problem describes what is wrong with the comment itself, or is "".
	problem string
	used    bool
}

// waive records the waivers among the comments and the lines of the calls that they may be on.
func (s *Source) waive(f fact.Facts) {
	for _, c := range f.Calls {
		s.ends[c.Location] = max(s.ends[c.Location], c.End)
	}
	for _, c := range f.Comments {
		if slices.ContainsFunc(s.waivers, func(w *waiver) bool { return w.location == c.Location }) {
			continue // a file that the program and a handler share
		}
		s.waivers = append(s.waivers, parseWaiver(c))
	}
}

func parseWaiver(c fact.Comment) *waiver {
	w := &waiver{location: c.Location, line: c.Location.Line}
	if c.Alone {
		w.line = c.Next
	}
	text, spelt := strings.CutPrefix(c.Text, fact.Marker)
	rule, reason, separated := strings.Cut(text, "--")
	w.rule, w.reason = strings.TrimSpace(rule), strings.TrimSpace(reason)
	const form = "write pipeguard:ignore <rule> -- <reason>"
	switch {
	case !spelt:
		w.rule = ""
		w.problem = "is misspelt, so it waives nothing: " + form
	case w.rule == "":
		w.problem = "names no rule: " + form
	case strings.ContainsAny(w.rule, " \t,"):
		w.problem = "names more than one rule, or has no -- before the reason: " + form
	case !separated || w.reason == "":
		w.problem = "gives no reason: " + form
	}
	return w
}

// Waived returns the reason why a finding of a rule at a location is waived, and whether it is.
func (s *Source) Waived(rule string, at finding.Location) (string, bool) {
	for _, w := range s.waivers {
		if w.problem == "" && w.rule == rule && w.location.File == at.File && at.Line <= w.line && w.line <= s.lastLine(at) {
			w.used = true
			return w.reason, true
		}
	}
	return "", false
}

// lastLine returns the last line of the call at a place.
func (s *Source) lastLine(at finding.Location) int { return max(at.Line, s.ends[at]) }

// WaiverProblem is a waiver in the source that does nothing.
type WaiverProblem struct {
	Location finding.Location
	// Rule is the rule it names; it may not exist.
	Rule string
	// Problem describes the problem, worded to follow "the waiver": "gives no reason: ...".
	Problem string
}

// WaiverProblems returns the waivers that have no effect: those that are malformed, those that name a rule that is not
// in known, and those for rules in force that no finding has matched so far.
func (s *Source) WaiverProblems(known, inForce []string) []WaiverProblem {
	var problems []WaiverProblem
	for _, w := range s.waivers {
		problem := w.problem
		switch {
		case problem != "":
		case !slices.Contains(known, w.rule):
			problem = "names " + w.rule + ", which is no rule that a comment can waive"
		case !w.used && slices.Contains(inForce, w.rule):
			problem = "is not used: nothing on its line violates " + w.rule + "; remove it"
		default:
			continue
		}
		problems = append(problems, WaiverProblem{Location: w.location, Rule: w.rule, Problem: problem})
	}
	return problems
}
