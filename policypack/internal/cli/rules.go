package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// ruleFilter chooses rules; an empty field lets all through.
type ruleFilter struct {
	severity, scope, level, framework string
}

// ruleEntry is a rule as `pipeguard rules --format json` lists it.
type ruleEntry struct {
	ID         string                   `json:"id"`
	Title      string                   `json:"title"`
	Level      apitype.EnforcementLevel `json:"level"`
	Severity   apitype.PolicySeverity   `json:"severity"`
	Scope      rule.Scope               `json:"scope"`
	Documented bool                     `json:"documented"`
	Remediates bool                     `json:"remediates"`
	Frameworks []string                 `json:"frameworks"`
}

func entryOf(r *rule.Rule) ruleEntry {
	return ruleEntry{
		r.ID, r.Title, r.Enforcement, r.Severity, r.Scope, r.Documented, r.Remediate != nil,
		append([]string{}, r.Frameworks...),
	}
}

func (a *app) rulesCommand() *cobra.Command {
	var f ruleFilter
	var format string
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules",
		Long:  "Lists the rules with their default levels, all of them or those that match the flags. See pipeguard explain for one.",
		Example: "  pipeguard rules\n  pipeguard rules --severity critical\n" +
			"  pipeguard rules --framework \"CIS AWS Foundations\" --format json",
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--format", format, []string{"table", "json"}); err != nil {
				return err
			}
			chosen, err := f.apply(a.registry)
			if err != nil {
				return err
			}
			if strings.EqualFold(format, "json") {
				entries := []ruleEntry{}
				for _, r := range chosen {
					entries = append(entries, entryOf(r))
				}
				return writeJSON(a.stdout, entries)
			}
			if len(chosen) == 0 {
				fmt.Fprintln(a.stderr, "no rule matches all of the flags")
				return nil
			}
			return writeRules(a.stdout, chosen)
		},
	}
	choice(cmd, &f.severity, "severity", "", "", "only rules of this `SEVERITY`", words(severities))
	choice(cmd, &f.scope, "scope", "", "", "only rules that look at this `SCOPE`", words(rule.Scopes()))
	choice(cmd, &f.level, "level", "", "", "only rules of this default `LEVEL`", levels)
	choice(cmd, &f.framework, "framework", "", "", "only rules that check a control whose id contains `TEXT`", nil)
	choice(cmd, &format, "format", "", "table", "`FORMAT` of the list", []string{"table", "json"})
	return cmd
}

// levels are the default levels there are.
var levels = []string{string(apitype.Mandatory), string(apitype.Advisory)}

func (f ruleFilter) apply(reg *rule.Registry) ([]*rule.Rule, error) {
	for _, given := range []struct {
		flag, value string
		known       []string
	}{
		{"--severity", f.severity, words(severities)},
		{"--scope", f.scope, words(rule.Scopes())},
		{"--level", f.level, levels},
	} {
		if given.value == "" {
			continue
		}
		if err := oneOf(given.flag, given.value, given.known); err != nil {
			return nil, err
		}
	}
	matches := func(filter, value string) bool { return filter == "" || strings.EqualFold(filter, value) }
	var chosen, ofFramework []*rule.Rule
	for _, r := range reg.Rules() {
		if f.framework != "" && !slices.ContainsFunc(r.Frameworks, f.names) {
			continue
		}
		ofFramework = append(ofFramework, r)
		if matches(f.severity, string(r.Severity)) && matches(f.scope, string(r.Scope)) &&
			matches(f.level, string(r.Enforcement)) {
			chosen = append(chosen, r)
		}
	}
	if len(ofFramework) == 0 {
		return nil, usageError(fmt.Errorf("--framework: no rule checks a control of %q; the controls are %s",
			f.framework, strings.Join(controls(reg), ", ")))
	}
	return chosen, nil
}

// names reports whether a control's id contains the text that was asked for.
func (f ruleFilter) names(control string) bool {
	return strings.Contains(strings.ToLower(control), strings.ToLower(f.framework))
}

// controls returns the ids of all controls that rules check.
func controls(reg *rule.Registry) []string {
	var all []string
	for _, r := range reg.Rules() {
		all = append(all, r.Frameworks...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func writeRules(w io.Writer, rules []*rule.Rule) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "RULE\tLEVEL\tSEVERITY\tSCOPE\tASKS")
	for _, r := range rules {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Enforcement, r.Severity, r.Scope, r.Title)
	}
	// The writer keeps its first error, also that of a line before.
	if err := t.Flush(); err != nil {
		return fmt.Errorf("listing the rules: %w", err)
	}
	return nil
}

// choice adds a flag whose values are known and completed.
func choice(cmd *cobra.Command, to *string, name, shorthand, preset, usage string, known []string) {
	if known != nil {
		usage += ": " + strings.Join(known, ", ")
	}
	cmd.Flags().StringVarP(to, name, shorthand, preset, usage)
	_ = cmd.RegisterFlagCompletionFunc(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return known, cobra.ShellCompDirectiveNoFileComp
	})
}

// oneOf returns a usage error unless value is known, in whatever case.
func oneOf(flag, value string, known []string) error {
	if slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, value) }) {
		return nil
	}
	return usageError(fmt.Errorf("%s: there is no %q: it is one of %s", flag, value, strings.Join(known, ", ")))
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError(fmt.Errorf("%s takes no arguments, only flags; got %s", cmd.Name(), strings.Join(args, " ")))
}

func words[S ~string](all []S) []string {
	list := make([]string, len(all))
	for i, s := range all {
		list[i] = string(s)
	}
	return list
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	return nil
}
