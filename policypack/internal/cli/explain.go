package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/docs"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
)

// explanation is a rule as `pipeguard explain --format json` shows it.
type explanation struct {
	ruleEntry
	Why  string `json:"why"`
	Bad  string `json:"bad"`
	Good string `json:"good"`
	// Examples are both in every language that they can be written in.
	Examples    map[string]examplePair `json:"examples"`
	Fix         string                 `json:"fix"`
	Parameters  []map[string]any       `json:"parameters"`
	Limitations string                 `json:"limitations"`
	Equivalents []string               `json:"equivalents"`
	Links       []string               `json:"links"`
}

// examplePair is an example in one language.
type examplePair struct {
	Bad  string `json:"bad"`
	Good string `json:"good"`
}

// exampleLanguages are the languages of examples by the names that the flag takes.
var exampleLanguages = map[string]fix.Language{
	"go": fix.Go, "python": fix.Python, "typescript": fix.NodeJS, "yaml": fix.YAML,
}

func (a *app) explainCommand() *cobra.Command {
	var format, language string
	formats := []string{"text", "json", "markdown"}
	languages := slices.Sorted(maps.Keys(exampleLanguages))
	cmd := &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a rule: why it exists, what violates it and how to fix that",
		Long: "Shows one rule: what goes wrong without it, a program that violates it and one that does not, how to fix it, " +
			"its parameters, its limitations, and where to read more. See pipeguard rules for the ids.",
		Example: "  pipeguard explain s3-public-access-block\n  pipeguard explain kms-rotation --format markdown",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError(errors.New("explain takes the id of one rule; see pipeguard rules"))
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.registry.IDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--format", format, formats); err != nil {
				return err
			}
			in := fix.Language(source.Runtime("."))
			if language != "" {
				if err := oneOf("--language", language, languages); err != nil {
					return err
				}
				in = exampleLanguages[strings.ToLower(language)]
			}
			r := a.registry.Rule(args[0])
			if r == nil {
				return usageError(fmt.Errorf("there is no rule %q%s",
					args[0], cmp.Or(config.Nearest(args[0], a.registry.IDs()), "; see pipeguard rules")))
			}
			page, err := docs.New(r)
			if err != nil {
				return err
			}
			switch strings.ToLower(format) {
			case "json":
				return writeJSON(a.stdout, explained(page))
			case "markdown":
				_, err = io.WriteString(a.stdout, page.Markdown())
			default:
				_, err = io.WriteString(a.stdout, page.Text(in))
			}
			if err != nil {
				return fmt.Errorf("explaining %s: %w", r.ID, err)
			}
			return nil
		},
	}
	choice(cmd, &format, "format", "", "text", "`FORMAT` of the explanation", formats)
	choice(cmd, &language, "language", "", "", "`LANGUAGE` of the examples in text (default: that of the program in this folder, or yaml)", languages)
	return cmd
}

func explained(page docs.Page) explanation {
	r := page.Rule
	e := explanation{
		ruleEntry: entryOf(r), Why: r.Rationale, Bad: docs.In(fix.YAML, page.Bad).Text, Good: docs.In(fix.YAML, page.Good).Text, Examples: map[string]examplePair{}, Fix: r.Remediation,
		Parameters: []map[string]any{}, Limitations: r.Limitations, Equivalents: append([]string{}, r.Equivalents...), Links: slices.Clone(r.Links),
	}
	for name, language := range exampleLanguages {
		if docs.Has(language, page.Bad) && docs.Has(language, page.Good) {
			e.Examples[name] = examplePair{docs.In(language, page.Bad).Text, docs.In(language, page.Good).Text}
		}
	}
	for _, p := range r.Params {
		e.Parameters = append(e.Parameters, parameter(p))
	}
	return e
}

func parameter(p rule.Param) map[string]any {
	schema := p.Schema()
	schema["name"] = p.Name
	return schema
}
