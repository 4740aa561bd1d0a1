package cli

import (
	"errors"
	"fmt"
	"os"

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
		Long: "Checks like pipeguard check and records every violation in " + defaultBaseline + ". With --baseline, or " +
			"`\"pipeguard\": {\"baseline\": \"" + defaultBaseline + "\"}` in the policy configuration, which the policy pack " +
			"reads too, those are listed as waived and fail nothing.\n\n" +
			"A violation is known again by its rule, resource, argument and source line, wherever that line moves to.",
		Example: "  pulumi preview --json --show-sames | pipeguard baseline - --program .",
		RunE: func(_ *cobra.Command, files []string) error {
			if len(files) == 0 && o.program == "" {
				return usageError(errors.New("there is nothing to record: name a preview or an export, - for the standard input, or --program DIR"))
			}
			if _, err := os.Stat(file); err == nil && !force {
				return fmt.Errorf("%s is there already; --force replaces it", file)
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
	cmd.Flags().BoolVar(&force, "force", false, "replace the file if it is there")
	a.addProgramFlags(cmd, &o)
	return cmd
}

func (a *app) writeBaseline(file string, findings []finding.Finding) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	if err := config.WriteBaseline(f, findings); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	fmt.Fprintf(a.stdout, "recorded %d violations in %s\n", len(findings), file)
	return nil
}
