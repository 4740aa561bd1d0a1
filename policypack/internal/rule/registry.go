package rule

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Registry holds the rules of a pack, in order of their ids.
type Registry struct {
	rules []*Rule
	byID  map[string]*Rule
}

var (
	idForm    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`)
	paramForm = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
)

// NewRegistry returns a registry of rules, or an error if something is wrong with them: a duplicate id, a missing text,
// or a rule that checks nothing.
func NewRegistry(rules ...*Rule) (*Registry, error) {
	reg := &Registry{rules: slices.Clone(rules), byID: map[string]*Rule{}}
	slices.SortFunc(reg.rules, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	var errs []error
	for _, r := range reg.rules {
		if reg.byID[r.ID] != nil {
			errs = append(errs, fmt.Errorf("rule %q is registered twice", r.ID))
		}
		reg.byID[r.ID] = r
		errs = append(errs, r.validate())
	}
	for _, r := range reg.rules {
		if other := reg.byID[r.SeenInSource]; r.SeenInSource != "" && (other == nil || !other.Scope.Code()) {
			errs = append(errs, fmt.Errorf("rule %q: SeenInSource %q is no rule over source", r.ID, r.SeenInSource))
		}
	}
	return reg, errors.Join(errs...)
}

// Rules returns the registered rules, in order of their ids.
func (reg *Registry) Rules() []*Rule { return reg.rules }

// Rule returns the rule with that id, or nil.
func (reg *Registry) Rule(id string) *Rule { return reg.byID[id] }

// IDs returns the ids of the registered rules, in order.
func (reg *Registry) IDs() []string {
	ids := make([]string, len(reg.rules))
	for i, r := range reg.rules {
		ids[i] = r.ID
	}
	return ids
}

// Keywords returns the words of all rules, sorted.
func (reg *Registry) Keywords() []string {
	var words []string
	for _, r := range reg.rules {
		words = append(words, r.Keywords...)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// todo marks the unfinished parts of a new rule; see cmd/newrule.
const todo = "TODO"

func (r *Rule) validate() error {
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, fmt.Errorf("rule %q: %s", r.ID, what))
		}
	}
	need(idForm.MatchString(r.ID), "the id is not lower-case words joined by hyphens")
	for _, text := range []string{r.Title, r.Rationale, r.Remediation, r.Limitations} {
		need(strings.TrimSpace(text) == text && text != "",
			"Title, Rationale, Remediation or Limitations is empty or padded with space")
		need(!strings.Contains(text, todo), "there is something left to do: "+text)
	}
	need(slices.Contains([]apitype.PolicySeverity{
		apitype.PolicySeverityLow, apitype.PolicySeverityMedium,
		apitype.PolicySeverityHigh, apitype.PolicySeverityCritical,
	}, r.Severity), "Severity is not set")
	need(r.Enforcement == apitype.Mandatory || r.Enforcement == apitype.Advisory,
		"Enforcement is neither mandatory nor advisory")
	need(slices.Contains(Scopes(), r.Scope), "Scope is not set")
	need(len(r.Types) > 0, "Types is empty")
	need(len(r.Links) > 0, "Links is empty")
	for _, link := range r.Links {
		need(strings.HasPrefix(link, "https://"), "link "+link+" is no https address")
		need(!strings.Contains(link, todo), "there is a link left to find: "+link)
	}
	need(len(r.Keywords) > 0 == r.Scope.Code(), "Keywords are for rules that read source, and those need some")
	need(r.CheckResource != nil || r.CheckStack != nil, "there is no check")
	for _, param := range r.Params {
		need(paramForm.MatchString(param.Name) && param.Name != "enforcementLevel",
			"parameter name "+param.Name+" is not in camelCase, or is taken")
		need(param.Description != "", "parameter "+param.Name+" has no description")
		need(param.hasRightDefault(), "the default of parameter "+param.Name+" is not of its type")
	}
	return errors.Join(errs...)
}

func (p Param) hasRightDefault() bool {
	if p.Type == Strings {
		_, ok := p.Default.([]string) // the one form that Schema knows
		return ok
	}
	return p.Accepts(p.Default)
}

// Accepts reports whether v, as decoded from JSON, is of the parameter's type.
func (p Param) Accepts(v any) bool {
	switch p.Type {
	case Boolean:
		_, ok := v.(bool)
		return ok
	case Integer:
		switch n := v.(type) {
		case int:
			return true
		case float64:
			return n == math.Trunc(n) && math.Abs(n) <= 1<<53 // beyond, JSON numbers are not exact
		}
		return false
	case String:
		_, ok := v.(string)
		return ok
	case Strings:
		if _, ok := v.([]string); ok {
			return true
		}
		items, ok := v.([]any)
		return ok && !slices.ContainsFunc(items, func(item any) bool {
			_, isString := item.(string)
			return !isString
		})
	}
	return false
}

// Wanted returns the type as a message asks for it.
func (t ParamType) Wanted() string {
	switch t {
	case Boolean:
		return "a boolean"
	case Integer:
		return "a whole number"
	case String:
		return "a string"
	case Strings:
		return "a list of strings"
	}
	return ""
}

// Schema returns the parameter as a JSON schema, of plain maps, lists and scalars.
func (p Param) Schema() map[string]any {
	schema := map[string]any{"type": string(p.Type), "description": p.Description, "default": p.Default}
	if n, ok := p.Default.(int); ok {
		schema["default"] = float64(n) // the protocol's own form of a number
	}
	if p.Type == Strings {
		schema["items"] = map[string]any{"type": "string"}
		items := []any{}
		if list, ok := p.Default.([]string); ok {
			for _, item := range list {
				items = append(items, item)
			}
		}
		schema["default"] = items
	}
	return schema
}
