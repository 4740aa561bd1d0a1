// Package finding holds what a rule can report: a violation, or that it could
// not judge a resource.
package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
)

// Location is a place in the program's source. Line and Column count from 1;
// 0 means not known.
type Location struct {
	File   string
	Line   int
	Column int
}

// String returns file:line:column, as compilers print it, without the parts
// that are not known.
func (l Location) String() string {
	switch {
	case l.File == "":
		return ""
	case l.Line == 0:
		return l.File
	case l.Column == 0:
		return fmt.Sprintf("%s:%d", l.File, l.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", l.File, l.Line, l.Column)
	}
}

// Finding is one violation of one rule.
type Finding struct {
	// Rule is the id of the rule that fired.
	Rule string
	// Severity and Level are the rule's severity and its enforcement level
	// under the configuration in force.
	Severity apitype.PolicySeverity
	Level    apitype.EnforcementLevel
	// URN is the resource at fault; empty when it is the stack as a whole.
	URN resource.URN
	// Property is the path of the argument at fault, such as
	// "lambdaFunctions[0].events"; empty when it is the resource as a whole.
	Property string
	// Message names the resource and describes what is wrong.
	Message string
	// Edits are what puts it right as data; empty where the rule has only words.
	Edits fix.Fix
	// Fix is what puts it right: one line, or several where there is code, which is indented by four spaces.
	Fix string
	// Location is where the program declares the resource, when known.
	Location Location
	// Snippet is the source line at Location, trimmed; empty when not known.
	Snippet string
	// SnippetColumn is where in Snippet the fault starts, in bytes from 1: the
	// column of Location less the indentation. 0 when not known.
	SnippetColumn int
	// InSource indicates that the fault is in the source line itself, and not in the
	// resource that the line declares. Then the line is part of what the finding
	// is; see Identify.
	InSource bool
	// Arguments are, for a fault in a source line, the arguments of resources that it is a fault in. Another rule's finding
	// on one of them is the same defect; see rule.Rule.SeenInSource.
	Arguments []Argument
	// Fingerprint identifies the finding across runs, in every report and in baselines:
	// see Identify.
	Fingerprint string
}

// Argument is an argument of a resource in the program's source.
type Argument struct {
	// Type and Name are those of the resource: its token, in its canonical form, and its name in the program.
	Type, Name string
	// Path is as Property, without indexes.
	Path string
}

// Text returns the finding as the engine's terminal shows it: where in the source it
// is, if it is there, what is wrong, the line, and how to fix it.
func (f Finding) Text() string {
	text := f.Message
	if f.Snippet != "" {
		text = f.Location.String() + ": " + text + "\n    " + f.Snippet
	}
	if f.Fix != "" {
		text += "\n  fix: " + strings.ReplaceAll(f.Fix, "\n", "\n  ")
	}
	return text
}

// NotEvaluated records that a rule could not judge a resource, and why. It is
// neither a violation nor a pass.
type NotEvaluated struct {
	Rule   string
	URN    resource.URN
	Reason string
}

// Waived is a finding that somebody decided to accept.
type Waived struct {
	Finding
	// Reason is why.
	Reason string
	// By is where the decision is written down.
	By WaivedBy
	// Expires is the last day on which it holds, as 2026-12-31; empty when it
	// has no end.
	Expires string
}

// WaivedBy is where a waiver is recorded.
type WaivedBy string

// These are the places.
const (
	// ByComment is a comment in the source.
	ByComment WaivedBy = "inline"
	// ByConfig is the policy configuration.
	ByConfig WaivedBy = "config"
	// ByBaseline is the record of earlier findings.
	ByBaseline WaivedBy = "baseline"
)

// Notice is something that a user should know though it violates no rule, such
// as that a waiver has no effect, or that a resource was fixed.
type Notice struct {
	// Rule is the rule that the notice is about; empty when there is none of that name.
	Rule string
	// URN is the resource that the notice is about; empty when it is about none.
	URN      resource.URN
	Location Location
	Message  string
}

// Sort orders findings by resource, rule, property, place and message, so that the
// same input always gives the same report.
func Sort(fs []Finding) { slices.SortFunc(fs, Compare) }

// Compare compares findings in the order of Sort.
func Compare(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.URN, b.URN),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Property, b.Property),
		cmp.Compare(a.Location.File, b.Location.File),
		cmp.Compare(a.Location.Line, b.Location.Line),
		cmp.Compare(a.Location.Column, b.Location.Column),
		cmp.Compare(a.Message, b.Message),
	)
}

// SortNotEvaluated orders them by rule, resource and reason.
func SortNotEvaluated(ns []NotEvaluated) {
	slices.SortFunc(ns, func(a, b NotEvaluated) int {
		return cmp.Or(
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.URN, b.URN),
			cmp.Compare(a.Reason, b.Reason),
		)
	})
}
