package cli

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

func (a *app) checkCommand() *cobra.Command {
	var program, configFile string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Run the rules over the source of a Pulumi program",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg := config.Default(a.registry)
			if configFile != "" {
				var err error
				if cfg, err = config.Read(a.registry, configFile); err != nil {
					return err
				}
			}
			checker := check.New(a.registry, cfg)
			checker.Dir = program
			res := checker.All(graph.New("", "", "", []*graph.Resource{{
				Type: graph.StackType, Inputs: resource.PropertyMap{},
			}}))
			mandatory := false
			for _, f := range res.Findings {
				mandatory = mandatory || f.Level == apitype.Mandatory
				fmt.Fprintf(a.stdout, "%s (%s): %s\n", f.Rule, f.Level, f.Text())
			}
			for _, n := range res.NotEvaluated {
				fmt.Fprintf(a.stdout, "%s: not evaluated: %s\n", n.Rule, n.Reason)
			}
			for _, w := range res.Waived {
				fmt.Fprintf(a.stdout, "%s: %s: waived: %s\n", w.Rule, w.Location, w.Reason)
			}
			for _, n := range res.Notices {
				fmt.Fprintf(a.stdout, "%s: %s\n", n.Location, n.Message)
			}
			if mandatory {
				return &markedError{ErrReported, errViolations}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&program, "program", ".", "folder of the Pulumi program")
	cmd.Flags().StringVar(&configFile, "config", "", "policy configuration `FILE` (JSON), as for --policy-pack-config")
	return cmd
}
