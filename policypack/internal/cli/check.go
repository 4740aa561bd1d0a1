package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// checkOptions determine how rules judge.
type checkOptions struct {
	config       string
	baseline     string
	program      string
	organization string
}

func (o *checkOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.config, "config", "", "policy configuration `FILE` (JSON), as for --policy-pack-config")
	cmd.Flags().StringVar(&o.baseline, "baseline", "", "`FILE` of known findings, as pipeguard baseline writes it")
}

func (a *app) checkCommand() *cobra.Command {
	var o checkOptions
	var out outputOptions
	cmd := &cobra.Command{
		Use:   "check [FILE...]",
		Short: "Run the rules on a preview, an exported stack or a program's source",
		Long: "Runs the rules on what `pulumi preview --json` or `pulumi stack export` printed (- is standard input), " +
			"on the source of the program in --program DIR, or on both. It needs neither Pulumi nor credentials.",
		Example: "  pulumi preview --json --show-sames | pipeguard check - --program .\n" +
			"  pipeguard check export.json --format markdown\n" +
			"  pipeguard check --program infra --out sarif=pipeguard.sarif",
		RunE: func(_ *cobra.Command, files []string) error {
			if err := out.parse(); err != nil {
				return err
			}
			if len(files) == 0 && o.program == "" {
				return usageError(errors.New("there is nothing to check: name a preview or an export, - for standard input, or --program DIR"))
			}
			cfg, checker, err := a.checker(o)
			if err != nil {
				return err
			}
			c, err := a.check(checker, files, o)
			if err != nil {
				return err
			}
			return a.report(&out, cfg, c)
		},
	}
	o.addFlags(cmd)
	a.addProgramFlags(cmd, &o)
	out.addFlags(cmd)
	return cmd
}

func (a *app) addProgramFlags(cmd *cobra.Command, o *checkOptions) {
	cmd.Flags().StringVarP(&o.program, "program", "p", "", "folder `DIR` of the Pulumi program, for its source and archives")
	cmd.Flags().StringVar(&o.organization, "organization", "", "Pulumi organization of the stack, which previews and exports do not contain")
}

// checker returns the configuration and the checker that the options specify.
func (a *app) checker(o checkOptions) (*config.Config, *check.Checker, error) {
	cfg := config.Default(a.registry)
	if o.config != "" {
		var err error
		if cfg, err = config.Read(a.registry, o.config); err != nil {
			return nil, nil, err
		}
	}
	checker := check.New(a.registry, cfg)
	checker.Dir = o.program
	if o.program != "" {
		if info, err := os.Stat(o.program); err != nil {
			return nil, nil, fmt.Errorf("opening the program's folder: %w", err)
		} else if !info.IsDir() {
			return nil, nil, fmt.Errorf("opening the program's folder: %s is a file", o.program)
		}
	}
	file := o.baseline
	if file == "" {
		file = cfg.Baseline
		if file != "" && !filepath.IsAbs(file) {
			file = filepath.Join(o.program, file)
		}
	}
	if file != "" {
		var err error
		if checker.Baseline, err = config.ReadBaseline(file); err != nil {
			return nil, nil, err
		}
	}
	return cfg, checker, nil
}

// check runs the rules on each of the files, or on the program's source alone.
func (a *app) check(checker *check.Checker, files []string, o checkOptions) (checked, error) {
	c := checked{dir: o.program, name: o.program}
	if _, ok := projectFile(o.program); o.program != "" && !ok {
		c.Notices = append(c.Notices, finding.Notice{
			Message: "there is no Pulumi.yaml in " + o.program + ": it may not be the folder of the program",
		})
	}
	if len(files) == 0 {
		defer progress(a.stderr, "reading "+o.program)()
		c.Add(checker.Source())
		for _, r := range inForce(a.registry, checker.Config()) {
			if !r.Scope.Code() {
				c.NotEvaluated = append(c.NotEvaluated, finding.NotEvaluated{
					Rule: r.ID, Reason: "only source was checked, and this rule judges resources",
				})
			}
		}
		c.Sort()
		return c, nil
	}
	for _, file := range files {
		stack, err := a.load(file)
		if err != nil {
			return c, err
		}
		stack.Graph.Organization = o.organization
		c.Add(checker.All(stack.Graph))
		for _, note := range stack.Notes {
			c.Notices = append(c.Notices, finding.Notice{Message: file + ": " + note})
		}
		c.resources += len(stack.Graph.Resources)
		c.graph, c.name = stack.Graph, stackName(stack.Graph)
	}
	if len(files) > 1 {
		c.graph, c.name = nil, fmt.Sprintf("%d files", len(files))
	}
	c.Sort()
	return c, nil
}

// stackName returns the name of a stack as people write it.
func stackName(g *graph.Graph) string {
	if g.Project == "" {
		return g.Stack
	}
	return g.Project + "/" + g.Stack
}

func (a *app) load(file string) (*load.Stack, error) {
	defer progress(a.stderr, "reading "+file)()
	in := a.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("opening what to check: %w", err)
		}
		defer f.Close() //nolint:errcheck // nothing is written
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, fmt.Errorf("reading %s: it is a folder; --program %[1]s checks the source of a program", file)
		}
		in = f
	}
	stack, err := load.Read(in)
	if err != nil {
		if file == "-" {
			file = "standard input"
		}
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return stack, nil
}
