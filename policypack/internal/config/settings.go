package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// SettingsKey is the entry of the configuration for settings that concern no
// single rule. The Pulumi CLI passes it to the pack like a rule's, if it has a
// level: see FromEngine.
const SettingsKey = "pipeguard"

// Two fields of the entry are for editors and readers. They are there because
// the Pulumi CLI takes every string at the top level of the file for an
// enforcement level.
const (
	schemaField  = "$schema"
	commentField = "$comment"
)

// Profile is a set of levels; the levels of single rules take precedence over it.
type Profile string

// These are the profiles.
const (
	// Recommended leaves every rule at its own default.
	Recommended Profile = "recommended"
	// Strict makes every rule mandatory.
	Strict Profile = "strict"
	// Documented enables only the rules for the documented failures, and makes them mandatory.
	Documented Profile = "documented"
)

// Profiles returns all profiles.
func Profiles() []Profile { return []Profile{Recommended, Strict, Documented} }

func (p Profile) level(r *rule.Rule) apitype.EnforcementLevel {
	switch {
	case p == Strict, p == Documented && r.Documented:
		return apitype.Mandatory
	case p == Documented:
		return apitype.Disabled
	default:
		return r.Enforcement
	}
}

// Unknowns determines how to treat what a rule could not judge.
type Unknowns string

// These are the ways to treat it.
const (
	// Ignore lists it as not evaluated, which does not fail the preview.
	Ignore Unknowns = "ignore"
	// Advise makes it an advisory violation, Forbid a mandatory one.
	Advise Unknowns = "advisory"
	Forbid Unknowns = "mandatory"
)

// Settings are the settings for all rules.
type Settings struct {
	Profile  Profile
	Unknowns Unknowns
	Waivers  []Waiver
	// Baseline is a file of known findings, relative to the program's folder.
	Baseline string
	// Answers are the real values that a preview uses in place of stand-ins, as
	// decoded from JSON, or nil. See planprovider.ParseAnswers.
	Answers any
}

// Waiver lets findings of one rule pass, for a stated reason.
type Waiver struct {
	Rule string
	// URN is a pattern: a star stands for any characters, a question mark for
	// one.
	URN    string
	Reason string
	// Expires is the last day of the waiver, as 2026-12-31, in UTC. It is empty
	// only if the waiver is permanent.
	Expires string
}

// Covers reports whether the waiver applies to the finding; urn is that of the
// resource, or of the stack.
func (w Waiver) Covers(f finding.Finding, urn string) bool {
	return w.Rule == f.Rule && glob(w.URN, urn)
}

// Expired reports whether the waiver's last day has passed.
func (w Waiver) Expired(now time.Time) bool {
	return w.Expires != "" && now.UTC().Format(time.DateOnly) > w.Expires
}

// glob reports whether the pattern matches the whole text. It is not
// path.Match, whose star stops at a slash, which URNs contain.
func glob(pattern, text string) bool {
	// After a mismatch, the last star takes one more character.
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// parseSettings parses the entry SettingsKey. Its errors name the field.
func parseSettings(reg *rule.Registry, entry map[string]any) (Settings, error) {
	s := Settings{Profile: Recommended, Unknowns: Ignore}
	var errs []error
	wrong := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s: %w", SettingsKey, field, fmt.Errorf(format, args...)))
	}
	for _, field := range slices.Sorted(maps.Keys(entry)) {
		v := entry[field]
		text, isString := v.(string)
		switch field {
		case schemaField:
			if !isString {
				wrong(field, "want the address of a schema, got %s", shown(v))
			}
		case commentField:
			if !isComment(v) {
				wrong(field, "want a string or a list of strings, got %s", shown(v))
			}
		case "profile":
			if s.Profile = Profile(text); !slices.Contains(Profiles(), s.Profile) {
				wrong(field, "want %s, got %s", orList(Profiles()), shown(v))
			}
		case "unknowns":
			all := []Unknowns{Ignore, Advise, Forbid}
			if s.Unknowns = Unknowns(text); !slices.Contains(all, s.Unknowns) {
				wrong(field, "want %s, got %s", orList(all), shown(v))
			}
		case "answers":
			s.Answers = v
		case "baseline":
			if s.Baseline = text; !isString || text == "" {
				wrong(field, "want the name of a file, got %s", shown(v))
			}
		case "waivers":
			list, ok := v.([]any)
			if !ok {
				wrong(field, "want a list, got %s", kind(v))
			}
			for i, item := range list {
				w, err := parseWaiver(reg, item)
				if err != nil {
					wrong(fmt.Sprintf("waivers[%d]", i), "%w", err)
				}
				s.Waivers = append(s.Waivers, w)
			}
		default:
			wrong(field, "there is no such setting%s", Nearest(field, []string{"profile", "unknowns", "answers", "baseline", "waivers"}))
		}
	}
	return s, errors.Join(errs...)
}

func isComment(v any) bool {
	_, isString := v.(string)
	return isString || rule.Param{Type: rule.Strings}.Accepts(v)
}

func parseWaiver(reg *rule.Registry, item any) (Waiver, error) {
	fields, ok := item.(map[string]any)
	if !ok {
		return Waiver{}, fmt.Errorf("want an object, got %s", kind(item))
	}
	var w Waiver
	permanent := false
	texts := map[string]*string{"rule": &w.Rule, "urn": &w.URN, "reason": &w.Reason, "expires": &w.Expires}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch to := texts[name]; {
		case to != nil:
			if *to, ok = fields[name].(string); !ok {
				return w, fmt.Errorf("%s: want a string, got %s", name, kind(fields[name]))
			}
		case name == "permanent":
			if permanent, ok = fields[name].(bool); !ok {
				return w, fmt.Errorf("%s: want a boolean, got %s", name, kind(fields[name]))
			}
		default:
			return w, fmt.Errorf("%s: a waiver has no such field%s", name,
				Nearest(name, []string{"rule", "urn", "reason", "expires", "permanent"}))
		}
	}
	_, dateError := time.Parse(time.DateOnly, w.Expires)
	switch {
	case w.Rule == "":
		return w, errors.New("rule: a waiver must name a rule; see pipeguard rules")
	case reg.Rule(w.Rule) == nil:
		return w, fmt.Errorf("rule: there is no rule %q%s", w.Rule, Nearest(w.Rule, reg.IDs()))
	case w.URN == "":
		return w, errors.New("urn: a waiver must name resources; \"*\" stands for all")
	case strings.TrimSpace(w.Reason) == "":
		return w, errors.New("reason: a waiver must have a reason")
	case w.Expires == "" && !permanent:
		return w, errors.New("expires: a waiver must have a last day, as \"2027-06-30\", or \"permanent\": true")
	case w.Expires != "" && permanent:
		return w, errors.New("expires: a permanent waiver has no last day")
	case w.Expires != "" && dateError != nil:
		return w, fmt.Errorf("expires: want a day, as \"2027-06-30\", got %q", w.Expires)
	}
	return w, nil
}

func orList[S ~string](all []S) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = fmt.Sprintf("%q", string(s))
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func shown(v any) string {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return kind(v)
}
