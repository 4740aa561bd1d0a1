// Package rule defines what a rule is: a single literal with its text, its parameters and its check, which the
// analyzer, the documentation and the reports share.
package rule

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// Rule is one policy. Every field but Documented, Params, Keywords, Frameworks, Equivalents,
// CheckResource, CheckStack and Remediate is required, and of the two checks at least one.
type Rule struct {
	// ID is the stable, URL-safe name: lower case words joined by hyphens.
	ID string
	// Title is one short sentence that states the requirement.
	Title string
	// Rationale is what goes wrong in production without it.
	Rationale string
	// Remediation describes what to write instead.
	Remediation string
	// Limitations describes what the rule does not see.
	Limitations string
	// Scope is where the rule looks.
	Scope Scope
	// Documented is set if the rule prevents one of the documented failures of generated pipelines; the profile
	// "documented" consists of these rules.
	Documented  bool
	Severity    apitype.PolicySeverity
	Enforcement apitype.EnforcementLevel
	// Types lists the types of the resources that a finding can be on.
	Types []graph.Type
	// Frameworks lists control ids, such as "CIS AWS Foundations 3.0.0 2.1.4", of controls that the rule really checks.
	Frameworks []string
	// Equivalents lists the ids of other tools' checks on the same subject, such as "Checkov CKV_AWS_18", for users of
	// such a tool. The criteria may differ.
	Equivalents []string
	// Links lead to the documentation behind the rule, the most useful first.
	Links []string
	// Params are the parameters that a user can set.
	Params []Param
	// Keywords are words of which a source file must mention at least one for the rule to have anything to judge in it.
	// Other files are not parsed.
	Keywords []string

	// SeenInSource is the id of the rule over source that sees the same defects there. If that rule has a finding on an
	// argument of a resource, its finding is reported instead, because it has the line.
	SeenInSource string

	// CheckResource judges one resource of Types by its own arguments. In a
	// preview it runs before the resource is created.
	CheckResource func(p *Pass, r *graph.Resource)
	// CheckStack judges what is only visible in the whole stack.
	CheckStack func(p *Pass)
	// JudgeSource judges the facts of the program's source, or of a handler's; see [OfProgram] and [OfHandlers], which
	// derive the two checks from it.
	JudgeSource func(*fact.Facts) []SourceVerdict
	// Remediate returns a fixed copy of the arguments of r, in which CheckResource finds nothing, or nil if there is
	// nothing to fix or no fix is safe. Only a rule whose fix is unambiguous has it.
	Remediate func(p *Pass, r *graph.Resource) resource.PropertyMap
}

// Scope is where a rule looks.
type Scope string

// The scopes of rules.
const (
	// ResourceScope is one resource's own arguments.
	ResourceScope Scope = "resource"
	// StackScope is the stack: its resources and the references between them.
	StackScope Scope = "stack"
	// ArchiveScope is the content of a function's code archive.
	ArchiveScope Scope = "archive"
	// SourceScope is the source of the Pulumi program.
	SourceScope Scope = "source"
	// HandlerScope is the source of the functions' handlers.
	HandlerScope Scope = "handler"
)

// Code reports whether the scope is source text, where comments can waive findings.
func (s Scope) Code() bool { return s == SourceScope || s == HandlerScope }

// Scopes returns all scopes, from the narrowest view of the stack to its code.
func Scopes() []Scope {
	return []Scope{ResourceScope, StackScope, ArchiveScope, SourceScope, HandlerScope}
}

// ParamType is the type of a parameter.
type ParamType string

// The types of parameters.
const (
	Boolean ParamType = "boolean"
	Integer ParamType = "integer"
	String  ParamType = "string"
	Strings ParamType = "array"
)

// Param is a parameter of a rule. Its default is a bool, an int, a string or a
// []string.
type Param struct {
	Name        string
	Type        ParamType
	Default     any
	Description string
}

// Pass is one run of one rule: its input and the destination of its results.
type Pass struct {
	// Graph is the whole stack; nil while resources are judged one by one.
	Graph *graph.Graph
	// Stack is the same as typed objects; nil while resources are judged one by one.
	Stack *aws.Stack
	// Dir is the program's folder, from which its relative paths start; empty
	// when it is not known.
	Dir string
	// Language is the one that the program is written in, as its project file names it; empty when it is not known.
	Language fix.Language
	// Source is the program's source, read within the budget; nil when Dir is
	// not known, or the rule does not look there.
	Source Source

	rule      *Rule
	params    map[string]any
	violation func(finding.Finding)
	undecided func(finding.NotEvaluated)
	reported  map[reported]bool
}

// Source is a rule's view of the program's source code. It is an interface so that packages that only need the rules'
// texts, such as reports, do not link a parser.
type Source interface {
	// Program returns what the Pulumi program says: its entry point and the files it
	// imports.
	Program() *fact.Facts
	// Handlers returns the handlers recognized by their shape, in subfolders of the
	// program, that the program itself does not import.
	Handlers() []fact.Handler
	// HandlerAt returns the handler that a function's code names: dir is the folder that
	// is the code, entry the file in it that Lambda loads. The bool reports whether there
	// is such a file in a language that is read.
	HandlerAt(dir, entry string) (fact.Handler, bool)
}

// NewPass starts a run of r. Parameters that params lacks have their defaults.
func NewPass(
	r *Rule, params map[string]any,
	violation func(finding.Finding), undecided func(finding.NotEvaluated),
) *Pass {
	return &Pass{rule: r, params: params, violation: violation, undecided: undecided, reported: map[reported]bool{}}
}

// Report reports a violation by r. The message names r, and the fix describes what to write instead; property is the
// path of the argument at fault, or "". The finding has the path as the program writes it.
func (p *Pass) Report(r *graph.Resource, property, message, fix string) {
	p.violated(r, finding.Finding{Property: property, Message: message, Fix: fix})
}

// violated reports a finding on a resource; nil stands for the stack.
func (p *Pass) violated(r *graph.Resource, f finding.Finding) {
	f.Rule, f.Severity = p.rule.ID, p.rule.Severity
	if r != nil {
		f.URN = r.URN
		f.Message = r.DeclaredText(f.Message, f.Property)
		f.Property = r.DeclaredPath(f.Property)
		if !f.InSource {
			f.Location = finding.Location{File: r.File, Line: r.Line, Column: r.Column}
		}
	}
	p.violation(f)
}

// notEvaluated reports that the rule could not judge r, and why; nil stands for the stack.
func (p *Pass) notEvaluated(r *graph.Resource, reason string) {
	n := finding.NotEvaluated{Rule: p.rule.ID, Reason: reason}
	if r != nil {
		n.URN = r.URN
	}
	p.undecided(n)
}

// Flag returns the value of a Boolean parameter of the rule.
func (p *Pass) Flag(name string) bool {
	b, _ := p.param(name).(bool)
	return b
}

// Number returns the value of an Integer parameter of the rule.
func (p *Pass) Number(name string) int {
	switch v := p.param(name).(type) {
	case int:
		return v
	case float64:
		return int(v)
	}
	return 0
}

// Text returns the value of a String parameter of the rule.
func (p *Pass) Text(name string) string {
	s, _ := p.param(name).(string)
	return s
}

// List returns the value of a Strings parameter of the rule.
func (p *Pass) List(name string) []string {
	switch v := p.param(name).(type) {
	case []string:
		return v
	case []any:
		list := make([]string, 0, len(v))
		for _, item := range v {
			if s, ok := item.(string); ok {
				list = append(list, s)
			}
		}
		return list
	}
	return nil
}

func (p *Pass) param(name string) any {
	if v, ok := p.params[name]; ok {
		return v
	}
	if d, ok := p.rule.Param(name); ok {
		return d.Default
	}
	return nil
}

// Param returns the parameter of that name.
func (r *Rule) Param(name string) (Param, bool) {
	for _, param := range r.Params {
		if param.Name == name {
			return param, true
		}
	}
	return Param{}, false
}
