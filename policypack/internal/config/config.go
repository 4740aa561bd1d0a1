// Package config reads what a user configures: an enforcement level and
// parameters for each rule. The file is the one that `pulumi preview
// --policy-pack-config` takes: a JSON object from rule ids, or "all", to a
// level or to an object of "enforcementLevel" and parameters. Its entry
// "pipeguard" holds the profile, the waivers and the other settings for all
// rules.
package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

const (
	// allRules is the key that sets the level of every rule at once.
	allRules = "all"
	// environments is a key that the Pulumi CLI reserves: the Pulumi ESC
	// environments to open for the pack.
	environments = "environments"
	levelField   = "enforcementLevel"
)

// Policy is the configuration of one rule. An empty Level means the default.
type Policy struct {
	Level  apitype.EnforcementLevel
	Params map[string]any
}

// Config is a validated configuration of a registry's rules.
type Config struct {
	Settings
	policies map[string]Policy
}

// Default returns the configuration in which every rule has its own defaults.
func Default(reg *rule.Registry) *Config {
	return underProfile(reg, Settings{Profile: Recommended, Unknowns: Ignore})
}

func underProfile(reg *rule.Registry, s Settings) *Config {
	c := &Config{Settings: s, policies: map[string]Policy{}}
	for _, r := range reg.Rules() {
		c.policies[r.ID] = Policy{Level: s.Profile.level(r)}
	}
	return c
}

// New checks policies, keyed by rule id, "all" or "pipeguard", and applies them
// to the defaults. Its error names every rule and field that is wrong.
func New(reg *rule.Registry, policies map[string]Policy) (*Config, error) {
	settings, err := parseSettings(reg, policies[SettingsKey].Params)
	errs := []error{err}
	c := underProfile(reg, settings)
	if all := policies[allRules]; all.Level != "" {
		for id, p := range c.policies {
			p.Level = all.Level
			c.policies[id] = p
		}
	}
	for _, id := range slices.Sorted(maps.Keys(policies)) {
		given := policies[id]
		if id == SettingsKey {
			if given.Level != "" {
				errs = append(errs, fmt.Errorf("%s: %s: levels are for rules; use \"profile\", or \"all\"", id, levelField))
			}
			continue
		}
		if !given.Level.IsValid() && given.Level != "" {
			errs = append(errs, wrongLevel(id, string(given.Level)))
		}
		if id == allRules {
			for _, name := range slices.Sorted(maps.Keys(given.Params)) {
				errs = append(errs, fmt.Errorf("%s: %s: only %s can be set for all rules", id, name, levelField))
			}
			continue
		}
		r := reg.Rule(id)
		if r == nil {
			errs = append(errs, fmt.Errorf("%s: there is no such rule%s", id, Nearest(id, reg.IDs())))
			continue
		}
		errs = append(errs, checkParams(r, given.Params)...)
		p := c.policies[id]
		if given.Level != "" {
			p.Level = given.Level
		}
		p.Params = given.Params
		c.policies[id] = p
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

// FromEngine does the work of New for what the Pulumi engine passes to a policy
// pack. The engine has given every rule a level, the file's or else the rule's
// own default, and does not reveal which of the two it is. So a level that is the
// rule's default counts as not given, and the profile decides. Only a file that
// sets a rule to its own default against a profile is misread (an advisory rule
// set to "advisory" under the profile "strict" becomes mandatory); Read, which
// reads the file itself, never misreads it.
func FromEngine(reg *rule.Registry, given map[string]Policy) (*Config, error) {
	policies := maps.Clone(given)
	// The entry needs a level to get through the engine, which pipeguard ignores.
	if settings, ok := policies[SettingsKey]; ok {
		policies[SettingsKey] = Policy{Params: settings.Params}
	}
	// "all" takes precedence over the profile, so the levels are right as they are.
	if policies[allRules].Level == "" {
		for id, p := range policies {
			if r := reg.Rule(id); r != nil && p.Level == r.Enforcement {
				policies[id] = Policy{Params: p.Params}
			}
		}
	}
	return New(reg, policies)
}

// Level returns the enforcement level in force for a rule.
func (c *Config) Level(id string) apitype.EnforcementLevel { return c.policies[id].Level }

// Params returns the parameters that were set for a rule.
func (c *Config) Params(id string) map[string]any { return c.policies[id].Params }

// Read reads and checks a configuration file. Its error names the file and,
// for each fault, the line or the rule and the field.
func Read(reg *rule.Registry, file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the policy configuration: %w", err)
	}
	policies, err := parse(text)
	c, invalid := New(reg, policies)
	if err := errors.Join(err, invalid); err != nil {
		return nil, fmt.Errorf("policy configuration %s:\n  %s", file, strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return c, nil
}

// parse reads the entries of a configuration file. It returns those that are
// well-formed even if others are not, so that all mistakes are reported at
// once.
func parse(text []byte) (map[string]Policy, error) {
	policies := map[string]Policy{}
	if len(bytes.TrimSpace(text)) == 0 {
		return policies, nil // the Pulumi CLI takes an empty file for no configuration, too
	}
	if bytes.HasPrefix(text, []byte("\ufeff")) { // the Pulumi CLI rejects it, too
		return nil, errors.New("line 1: not JSON: the file starts with a byte order mark; save it as UTF-8 without one")
	}
	var entries map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&entries); err != nil {
		return nil, syntaxError(text, "a JSON object of rules", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("line %d: there is more after the closing brace", lineAt(text, decoder.InputOffset()))
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(entries)) {
		if id == environments {
			continue
		}
		p, err := parsePolicy(id, entries[id])
		errs = append(errs, err)
		policies[id] = p
	}
	return policies, errors.Join(errs...)
}

func parsePolicy(id string, entry any) (Policy, error) {
	switch entry := entry.(type) {
	case string:
		level, err := parseLevel(id, entry)
		return Policy{Level: level}, err
	case map[string]any:
		given, ok := entry[levelField]
		if !ok {
			return Policy{Params: entry}, nil
		}
		delete(entry, levelField)
		level, err := parseLevel(id, given)
		return Policy{Level: level, Params: entry}, err
	}
	return Policy{}, fmt.Errorf("%s: want a level, such as \"advisory\", or an object, got %s", id, kind(entry))
}

func parseLevel(id string, given any) (apitype.EnforcementLevel, error) {
	level, isString := given.(string)
	switch {
	case !isString:
		return "", fmt.Errorf("%s: %s: want a level, such as \"advisory\", got %s", id, levelField, kind(given))
	case !apitype.EnforcementLevel(level).IsValid():
		return "", wrongLevel(id, level)
	}
	return apitype.EnforcementLevel(level), nil
}

func checkParams(r *rule.Rule, params map[string]any) []error {
	names := make([]string, len(r.Params))
	for i, param := range r.Params {
		names[i] = param.Name
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(params)) {
		param, ok := r.Param(name)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("%s: %s: the rule has no such parameter%s", r.ID, name, parameterLike(name, names)))
		case !param.Accepts(params[name]):
			errs = append(errs, fmt.Errorf("%s: %s: want %s, got %s", r.ID, name, param.Type.Wanted(), kind(params[name])))
		}
	}
	return errs
}

func parameterLike(name string, names []string) string {
	if len(names) == 0 {
		return "; it has none"
	}
	return Nearest(name, names)
}

func wrongLevel(id, level string) error {
	levels := []string{
		string(apitype.Advisory), string(apitype.Disabled), string(apitype.Mandatory), string(apitype.Remediate),
	}
	return fmt.Errorf("%s: %s: %q is not a level%s; the levels are %s",
		id, levelField, level, Nearest(level, levels), strings.Join(levels, ", "))
}

// Nearest suggests, as the end of an error message, the name most similar to
// the given one. It returns "" if none is similar.
func Nearest(given string, names []string) string {
	best, score := "", 0.4
	for _, name := range names {
		if s := levenshtein.Match(given, name, nil); s >= score && (best == "" || s > score) {
			best, score = name, s
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case float64:
		return "a number"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

// syntaxError returns an error that names the line at which the JSON is wrong,
// and why. what is what was expected, such as "a JSON object of rules".
func syntaxError(text []byte, what string, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: not JSON: %w", lineAt(text, syntax.Offset), err)
	case errors.As(err, &kind):
		return fmt.Errorf("line %d: want %s, got %s", lineAt(text, kind.Offset), what, kind.Value)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: not JSON: the file ends too early", lineAt(text, int64(len(text))))
	}
	return fmt.Errorf("not JSON: %w", err)
}

func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}
