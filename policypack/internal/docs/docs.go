// Package docs generates the documentation of the rules from the rules
// themselves: the pages in policypack/docs and the output of `pipeguard
// explain`.
package docs

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// Page documents one rule.
type Page struct {
	Rule *rule.Rule
	// Bad is a program that violates the rule, Good the same program corrected.
	Bad, Good Example
	// Params are the parameters that the examples need, as JSON; empty if they
	// use the defaults.
	Params string
}

// Example is a program in one file.
type Example struct {
	Text string
	// Language is the name of the language in a fenced block of Markdown: yaml or python.
	Language string
}

// New returns the page of a rule.
func New(r *rule.Rule) (Page, error) {
	page := Page{Rule: r}
	for kind, example := range map[string]*Example{"bad": &page.Bad, "good": &page.Good} {
		text, language, err := rules.Example(r.ID, kind)
		if err != nil {
			return page, fmt.Errorf("documenting %s: %w", r.ID, err)
		}
		*example = Example{Text: strings.TrimRight(text, "\n") + "\n", Language: language}
	}
	params, err := rules.ExampleParams(r.ID)
	if err != nil {
		return page, fmt.Errorf("documenting %s: %w", r.ID, err)
	}
	if params != nil {
		text, err := json.MarshalIndent(map[string]any{r.ID: params}, "", "  ")
		if err != nil {
			return page, fmt.Errorf("documenting %s: %w", r.ID, err)
		}
		page.Params = string(text) + "\n"
	}
	return page, nil
}

// name returns the name of an example's language: Pulumi's own YAML programs
// are the shortest to read.
func (e Example) name() string {
	if e.Language == "python" {
		return "Python"
	}
	return "Pulumi YAML"
}

// ScopeText describes where the rules of a scope look.
func ScopeText(s rule.Scope) string {
	switch s {
	case rule.ResourceScope:
		return "one resource's own arguments"
	case rule.StackScope:
		return "the stack: its resources and how they refer to each other"
	case rule.ArchiveScope:
		return "the content of a function's code archive"
	case rule.SourceScope:
		return "the source of the Pulumi program"
	case rule.HandlerScope:
		return "the source of the functions' handlers"
	}
	return string(s)
}

// RemediationText describes what the rule does at level remediate, and is empty
// if the rule cannot fix resources itself.
func RemediationText(r *rule.Rule) string {
	if r.Remediate == nil {
		return ""
	}
	return "At level `" + string(apitype.Remediate) + "` the rule fixes the resource itself, where that is unambiguous: " +
		"the preview shows the changed arguments. The program stays as it is."
}

// DefaultText returns a parameter's default in the form of a configuration file.
func DefaultText(p rule.Param) string {
	text, err := json.Marshal(p.Default)
	if err != nil { // not of a type that the registry allows
		return fmt.Sprint(p.Default)
	}
	return string(text)
}
