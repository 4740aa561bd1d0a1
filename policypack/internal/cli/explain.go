package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/docs"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// explanation is a rule as `pipeguard explain --format json` shows it.
type explanation struct {
	ruleEntry
	Why         string           `json:"why"`
	Bad         string           `json:"bad"`
	Good        string           `json:"good"`
	Fix         string           `json:"fix"`
	Parameters  []map[string]any `json:"parameters"`
	Limitations string           `json:"limitations"`
	Equivalents []string         `json:"equivalents"`
	Links       []string         `json:"links"`
}

func (a *app) explainCommand() *cobra.Command {
	var format string
	formats := []string{"text", "json", "markdown"}
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
				_, err = io.WriteString(a.stdout, page.Text())
			}
			if err != nil {
				return fmt.Errorf("explaining %s: %w", r.ID, err)
			}
			return nil
		},
	}
	choice(cmd, &format, "format", "", "text", "`FORMAT` of the explanation", formats)
	return cmd
}

func explained(page docs.Page) explanation {
	r := page.Rule
	e := explanation{
		ruleEntry: entryOf(r), Why: r.Rationale, Bad: page.Bad.Text, Good: page.Good.Text, Fix: r.Remediation,
		Parameters: []map[string]any{}, Limitations: r.Limitations, Equivalents: append([]string{}, r.Equivalents...), Links: slices.Clone(r.Links),
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
