package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// defaultBaseline is the file that `pipeguard baseline` writes.
const defaultBaseline = "pipeguard-baseline.json"

func (a *app) baselineCommand() *cobra.Command {
	var o checkOptions
	var file string
	var force bool
	cmd := &cobra.Command{
		Use:   "baseline [FILE...]",
		Short: "Record today's violations, so that only new ones fail from now on",
		Long: "Checks as pipeguard check does and records every violation in " + defaultBaseline + ". With --baseline, or " +
			"`\"pipeguard\": {\"baseline\": \"" + defaultBaseline + "\"}` in the policy configuration, which the policy pack " +
			"reads too, these are listed as waived and do not fail the preview.\n\n" +
			"A violation is recognised by its rule, argument and resource, or by its source file and line, wherever that line " +
			"moves to. One more of the same is new.",
		Example: "  pulumi preview --json --show-sames | pipeguard baseline - --program .",
		RunE: func(_ *cobra.Command, files []string) error {
			if len(files) == 0 && o.program == "" {
				return usageError(errors.New("there is nothing to record: name a preview or an export, - for standard input, or --program DIR"))
			}
			if _, err := os.Stat(file); err == nil && !force {
				return fmt.Errorf("%s already exists; --force replaces it", file)
			}
			_, checker, err := a.checker(o)
			if err != nil {
				return err
			}
			checker.Baseline = nil // what is known already stays in the record
			c, err := a.check(checker, files, o)
			if err != nil {
				return err
			}
			return a.writeBaseline(file, c.Findings)
		},
	}
	cmd.Flags().StringVar(&o.config, "config", "", "policy configuration `FILE` (JSON), as for --policy-pack-config")
	cmd.Flags().StringVar(&file, "file", defaultBaseline, "`FILE` to write")
	cmd.Flags().BoolVar(&force, "force", false, "replace the file if it exists")
	a.addProgramFlags(cmd, &o)
	return cmd
}

func (a *app) writeBaseline(file string, findings []finding.Finding) error {
	if err := writeBaseline(file, findings); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "recorded %d violations in %s\n", len(findings), file)
	return nil
}

func writeBaseline(file string, findings []finding.Finding) error {
	if err := writeFile(file, func(w io.Writer) error { return config.WriteBaseline(w, findings) }); err != nil {
		return fmt.Errorf("writing the baseline %s: %w", file, err)
	}
	return nil
}

// record writes a baseline of what a preview showed, and returns what is in it and
// what is not. Of a preview that failed before it found anything there is nothing to
// record: a file that is there already is better.
func (c *checked) record(file string) (string, error) {
	if len(c.Failures) > 0 && len(c.Findings) == 0 {
		return fmt.Sprintf("recorded nothing in %s: the preview failed before it found anything\n", file), nil
	}
	if err := writeBaseline(file, c.Findings); err != nil {
		return "", err
	}
	said := fmt.Sprintf("recorded %d violations in %s\n", len(c.Findings), file)
	if len(c.Failures) > 0 && c.judged {
		said += "not recorded: the errors, which no baseline covers\n"
	} else if len(c.Failures) > 0 {
		said += "not recorded: the part of the program that the preview did not reach because of the errors\n"
	}
	var open []string
	for _, n := range c.NotEvaluated {
		open = append(open, n.Rule)
	}
	slices.Sort(open)
	if open = slices.Compact(open); len(open) > 0 {
		said += fmt.Sprintf("not recorded: what could not be evaluated (%s); its violations will be new\n", strings.Join(open, ", "))
	}
	return said, nil
}
