package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/report"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
	"github.com/pipeguard/pipeguard/policypack/internal/version"
)

// outputOptions are how a command that checks reports.
type outputOptions struct {
	format  string
	out     []string
	failOn  string
	quiet   bool
	verbose bool

	// outputs are format and out, parsed.
	outputs []output
}

// output is one report to write; an empty file is the standard output.
type output struct {
	format report.Format
	file   string
}

// failOnMandatory is the value of --fail-on that asks for levels, not
// severities.
const failOnMandatory = "mandatory"

// severities are from the least to the most severe.
var severities = []apitype.PolicySeverity{
	apitype.PolicySeverityLow, apitype.PolicySeverityMedium, apitype.PolicySeverityHigh, apitype.PolicySeverityCritical,
}

func formatNames() string {
	var names []string
	for _, f := range report.Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

func (o *outputOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.format, "format", "f", string(report.Text), "`FORMAT` of the report: "+formatNames())
	cmd.Flags().StringArrayVarP(&o.out, "out", "o", nil,
		"write a report as `FORMAT=FILE` as well; can be given several times")
	cmd.Flags().StringVar(&o.failOn, "fail-on", failOnMandatory,
		"exit with 3 on violations that are `mandatory`, or of a severity at least low, medium, high or critical; or never")
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "print violations and nothing else")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "say why something was not evaluated")
	_ = cmd.RegisterFlagCompletionFunc("format", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return strings.Split(formatNames(), ", "), cobra.ShellCompDirectiveNoFileComp
	})
	_ = cmd.RegisterFlagCompletionFunc("fail-on", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return failOnValues(), cobra.ShellCompDirectiveNoFileComp
	})
}

func failOnValues() []string {
	values := []string{failOnMandatory, "never"}
	for _, s := range severities {
		values = append(values, string(s))
	}
	return values
}

// parse checks the options before anything slow begins.
func (o *outputOptions) parse() error {
	first, err := report.ParseFormat(o.format)
	if err != nil {
		return usageError(fmt.Errorf("--format: %w", err))
	}
	o.outputs = []output{{format: first}}
	for _, spec := range o.out {
		name, file, ok := strings.Cut(spec, "=")
		if !ok || file == "" {
			return usageError(fmt.Errorf("--out: want FORMAT=FILE, as sarif=report.sarif, got %q", spec))
		}
		format, err := report.ParseFormat(name)
		if err != nil {
			return usageError(fmt.Errorf("--out: %w", err))
		}
		o.outputs = append(o.outputs, output{format, file})
	}
	if !slices.Contains(failOnValues(), o.failOn) {
		return usageError(fmt.Errorf("--fail-on: there is no severity %q: it is one of %s", o.failOn, strings.Join(failOnValues(), ", ")))
	}
	return nil
}

// fails says that a finding makes the command exit with ExitViolations.
func (o *outputOptions) fails(f finding.Finding) bool {
	switch o.failOn {
	case failOnMandatory:
		return f.Level == apitype.Mandatory || f.Level == apitype.Remediate
	case "never":
		return false
	}
	return slices.Index(severities, f.Severity) >= slices.Index(severities, apitype.PolicySeverity(o.failOn))
}

// checked is what a command has checked, to be reported.
type checked struct {
	check.Result
	// name is what was checked, as "images/dev".
	name string
	// graph is the stack; nil when there is none, or several.
	graph     *graph.Graph
	resources int
	// dir is the program's folder; empty when it is not known.
	dir string
}

// report writes the reports, and its error tells violations from a clean check.
func (a *app) report(o *outputOptions, cfg *config.Config, c checked) error {
	place := newPlaces(c.dir)
	r := report.Report{
		Version: version.Version, Source: c.name, Resources: c.resources, Graph: c.graph, Rules: inForce(a.registry, cfg),
	}
	for _, f := range c.Findings {
		r.Findings = append(r.Findings, place.finding(f))
	}
	for _, w := range c.Waived {
		w.Finding = place.finding(w.Finding)
		r.Waived = append(r.Waived, w)
	}
	for _, n := range c.Notices {
		n.Location = place.location(n.Location)
		r.Notices = append(r.Notices, n)
	}
	r.NotEvaluated = c.NotEvaluated
	for _, out := range o.outputs {
		if err := a.write(o, out, r, place.file("Pulumi.yaml")); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(c.Findings, o.fails) {
		return &markedError{ErrReported, errViolations}
	}
	return nil
}

// inForce are the rules that are not disabled.
func inForce(reg *rule.Registry, cfg *config.Config) []*rule.Rule {
	var rules []*rule.Rule
	for _, r := range reg.Rules() {
		if cfg.Level(r.ID) != apitype.Disabled {
			rules = append(rules, r)
		}
	}
	return rules
}

func (a *app) write(o *outputOptions, out output, r report.Report, programFile string) (err error) {
	options := report.Options{Quiet: o.quiet, Verbose: o.verbose, ProgramFile: programFile}
	if out.file == "" {
		if width, ok := terminalWidth(a.stdout); ok {
			options.Width = width
			options.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		}
		return report.Write(a.stdout, out.format, r, options)
	}
	// The file is replaced in one step, so that a report that fails half-way
	// leaves the last one as it was.
	f, err := os.CreateTemp(filepath.Dir(out.file), ".pipeguard-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", out.file, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = fmt.Errorf("writing %s: %w", out.file, err)
		}
	}()
	if err = report.Write(f, out.format, r, options); err != nil {
		_ = f.Close()
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		_ = f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), out.file)
}

// terminalWidth is the number of columns of w, if it is a terminal.
func terminalWidth(w io.Writer) (int, bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80, true
	}
	return width, true
}

// places turns the program's own places into those of the repository.
type places struct {
	// prefix leads from the repository's root to the program's folder.
	prefix string
	tree   *tree.Tree
}

// newPlaces is for the program in dir. Outside of a repository, and when dir is
// not known, places stay relative to the program.
func newPlaces(dir string) *places {
	p := &places{}
	if dir == "" {
		return p
	}
	// Only the lines that findings are on are read, of files of usual sizes.
	t, err := tree.Open(dir, tree.Budget{Files: 1 << 20, Bytes: 64 << 20, Time: 2 * time.Second})
	if err == nil {
		p.tree = t
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return p
	}
	for root := abs; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, ".git")); err == nil {
			if rel, err := filepath.Rel(root, abs); err == nil && rel != "." {
				p.prefix = filepath.ToSlash(rel)
			}
			return p
		}
		if root == filepath.Dir(root) {
			return p
		}
	}
}

func (p *places) file(name string) string {
	if p.prefix == "" || name == "" {
		return name
	}
	return filepath.ToSlash(filepath.Join(p.prefix, name))
}

func (p *places) location(l finding.Location) finding.Location {
	l.File = p.file(l.File)
	return l
}

// finding is f with its place in the repository and the line that is there.
func (p *places) finding(f finding.Finding) finding.Finding {
	if f.Location.Line > 0 && p.tree != nil {
		src := p.tree.Read(f.Location.File)
		if f.Snippet == "" {
			f.Snippet = tree.Snippet(src, f.Location.Line)
		}
		if f.Location.Column > 0 && f.Snippet != "" {
			f.SnippetColumn = max(f.Location.Column-tree.Indentation(src, f.Location.Line), 0)
		}
	}
	f.Location = p.location(f.Location)
	return f
}
