// Package docs generates the documentation of the rules from the rules
// themselves: the pages in policypack/docs and the output of `pipeguard
// explain`.
package docs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

// Page documents one rule.
type Page struct {
	Rule *rule.Rule
	// Bad are programs that the rule stops, the same one in each language, and Good that program fixed.
	Bad, Good []Example
	// Params are the parameters that the examples need, as JSON; empty when they
	// are about the defaults.
	Params string
}

// Example is a program in one file.
type Example struct {
	Text     string
	Language fix.Language
}

// New returns the page of a rule.
func New(r *rule.Rule) (Page, error) {
	page := Page{Rule: r}
	for kind, examples := range map[string]*[]Example{"bad": &page.Bad, "good": &page.Good} {
		all, err := examplesOf(r.ID, kind)
		if err != nil {
			return page, fmt.Errorf("documenting %s: %w", r.ID, err)
		}
		*examples = all
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

// examplesOf returns the examples of a kind in every language that has one. Those in YAML are put into the other
// languages, unless a compiler would refuse them there.
func examplesOf(id, kind string) ([]Example, error) {
	texts := rules.Examples(id, kind)
	if len(texts) == 0 {
		return nil, fmt.Errorf("rule %s has no %s example", id, kind)
	}
	var program *fix.Program
	if text, ok := texts[fix.YAML]; ok {
		var err error
		if program, err = fix.ParseYAML(text); err != nil {
			return nil, fmt.Errorf("reading the %s example: %w", kind, err)
		}
	}
	var all []Example
	for _, language := range fix.Languages() {
		text, written := texts[language]
		if !written && program != nil && program.Typed() {
			text = program.Text(fix.Dialect{Language: language, Major: fix.Newest})
		}
		if text != "" {
			all = append(all, Example{strings.TrimRight(text, "\n") + "\n", language})
		}
	}
	return all, nil
}

// Has reports whether there is an example in the language.
func Has(language fix.Language, examples []Example) bool {
	return slices.ContainsFunc(examples, func(e Example) bool { return e.Language == language })
}

// In returns the example in a language, or in that which is the shortest to read if there is none.
func In(language fix.Language, examples []Example) Example {
	best := examples[len(examples)-1] // Pulumi YAML, if there is that
	for _, e := range examples {
		if e.Language == language {
			return e
		}
	}
	return best
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
