package cli

import (
	"errors"
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
	"github.com/pipeguard/pipeguard/policypack/internal/preview"
	"github.com/pipeguard/pipeguard/policypack/internal/report"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
	"github.com/pipeguard/pipeguard/policypack/internal/version"
)

// outputOptions determine how a checking command reports.
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

func (o *outputOptions) addFlags(cmd *cobra.Command) {
	choice(cmd, &o.format, "format", "f", string(report.Text), "`FORMAT` of the report", words(report.Formats()))
	cmd.Flags().StringArrayVarP(&o.out, "out", "o", nil,
		"write a report as `FORMAT=FILE` as well; can be given several times")
	choice(cmd, &o.failOn, "fail-on", "", failOnMandatory,
		"exit with 3 on violations that are mandatory, or of at least a `SEVERITY`, or never", failOnValues())
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "print violations and nothing else")
	cmd.Flags().BoolVarP(&o.verbose, "verbose", "v", false, "explain why something was not evaluated")
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
		if file == "-" {
			return usageError(fmt.Errorf("--out: %s has no file; --format %s writes to standard output", spec, format))
		}
		same := func(other output) bool { return other.file != "" && filepath.Clean(other.file) == filepath.Clean(file) }
		if slices.ContainsFunc(o.outputs, same) {
			return usageError(fmt.Errorf("--out: two reports cannot go to %s", file))
		}
		o.outputs = append(o.outputs, output{format, file})
	}
	if err := oneOf("--fail-on", o.failOn, failOnValues()); err != nil {
		return err
	}
	o.failOn = strings.ToLower(o.failOn)
	return nil
}

// fails reports whether a finding makes the command exit with ExitViolations.
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
	// activity is what was done: see report.Report.
	activity string
	// judged reports whether every rule has judged all there is.
	judged bool
}

// report writes the reports, and its error tells violations from a clean check.
func (a *app) report(o *outputOptions, cfg *config.Config, c checked) error {
	place := newPlaces(c.dir)
	r := report.Report{
		Version: version.Version, Source: c.name, Resources: c.resources, Graph: c.graph, Rules: inForce(a.registry, cfg),
		Activity: c.activity, Judged: c.judged,
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
	for _, f := range c.Failures {
		f.Location = place.location(f.Location)
		r.Failures = append(r.Failures, f)
	}
	finding.SortFailures(r.Failures)
	if len(r.Failures) > 0 {
		if err := report.WriteFailures(a.stderr, r, terminalOptions(a.stderr)); err != nil {
			return err
		}
	}
	if len(r.Rules) == 0 {
		r.Notices = append(r.Notices, finding.Notice{Message: "the configuration disables every rule: nothing was checked"})
	}
	r.NotEvaluated = c.NotEvaluated
	projectFile := "Pulumi.yaml"
	if name, ok := preview.ProjectFile(c.dir); ok {
		projectFile = name
	}
	// The files come first: nobody may be reading the standard output.
	for _, out := range slices.Backward(o.outputs) {
		if err := a.write(o, out, r, place.file(projectFile)); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(c.Findings, o.fails) {
		return &markedError{ErrReported, errViolations}
	}
	return nil
}

// inForce returns the rules that are enabled.
func inForce(reg *rule.Registry, cfg *config.Config) []*rule.Rule {
	var rules []*rule.Rule
	for _, r := range reg.Rules() {
		if cfg.Level(r.ID) != apitype.Disabled {
			rules = append(rules, r)
		}
	}
	return rules
}

func (a *app) write(o *outputOptions, out output, r report.Report, programFile string) error {
	var options report.Options
	if out.file == "" {
		options = terminalOptions(a.stdout)
	}
	options.Quiet, options.Verbose, options.ProgramFile = o.quiet, o.verbose, programFile
	if wd, err := os.Getwd(); err == nil {
		options.WorkDir = strings.TrimPrefix(inRepository(wd), ".")
	}
	if out.file == "" {
		return report.Write(a.stdout, out.format, r, options)
	}
	options.Errors = true
	if err := writeFile(out.file, func(w io.Writer) error { return report.Write(w, out.format, r, options) }); err != nil {
		return fmt.Errorf("writing %s: %w", out.file, err)
	}
	return nil
}

// terminalOptions returns the options for a report on w.
func terminalOptions(w io.Writer) report.Options {
	width, ok := terminalWidth(w)
	if !ok {
		return report.Options{}
	}
	return report.Options{Width: width, Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// writeFile writes the output of write to a file. An existing file is replaced atomically, so that a report that fails
// half-way leaves the previous one intact; a file that is not on a disk, such as a pipe, is written to directly.
func writeFile(name string, write func(io.Writer) error) (err error) {
	switch info, err := os.Stat(name); {
	case err != nil: // it is not there yet
	case info.IsDir():
		return errors.New("it is a folder; name a file in it")
	case !info.Mode().IsRegular():
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return withoutPath(err)
		}
		return errors.Join(write(f), f.Close())
	default:
		// What a link points to is replaced, not the link.
		if name, err = filepath.EvalSymlinks(name); err != nil {
			return withoutPath(err)
		}
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".pipeguard-*")
	if err != nil {
		return fmt.Errorf("making a file in %s: %w", filepath.Dir(name), withoutPath(err))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// withoutPath returns the reason why an operation on a file failed, for messages that already name the file.
func withoutPath(err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// terminalWidth returns the number of columns of w, if it is a terminal.
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

// places turns the program's own places into ones that start where the user stands.
type places struct {
	// prefix leads from the current folder to the program's.
	prefix string
	// here is the current folder; empty if it is unknown.
	here string
	tree *tree.Tree
}

// newPlaces returns the places for the program in dir. If dir is unknown, places stay relative to the program.
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
	p.prefix = fromHere(dir)
	p.here, _ = realWorkingFolder()
	return p
}

// fromHere returns the path that leads from the current folder to dir; the absolute
// one where there is none. It is empty for the current folder.
func fromHere(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	wd, err := realWorkingFolder()
	if err != nil {
		return abs
	}
	if target, err := filepath.EvalSymlinks(abs); err == nil {
		abs = target
	}
	rel, err := filepath.Rel(wd, abs)
	switch {
	case err != nil:
		return abs
	case rel == ".":
		return ""
	}
	return rel
}

// realWorkingFolder returns the current folder, which may be known by a link.
func realWorkingFolder() (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(wd)
}

// inRepository leads from the root of the repository to a folder in it, with
// slashes. Outside of a repository it is ".".
func inRepository(abs string) string {
	for root := abs; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, ".git")); err == nil {
			rel, err := filepath.Rel(root, abs)
			if err != nil {
				return "."
			}
			return filepath.ToSlash(rel)
		}
		if root == filepath.Dir(root) {
			return "."
		}
	}
}

func (p *places) file(name string) string {
	if p.prefix == "" || name == "" {
		return name
	}
	at := filepath.Join(p.prefix, name)
	// A path out of the program's folder may lead back to the current one.
	if p.here != "" && !filepath.IsAbs(at) {
		if direct, err := filepath.Rel(p.here, filepath.Join(p.here, at)); err == nil {
			at = direct
		}
	}
	return filepath.ToSlash(at)
}

func (p *places) location(l finding.Location) finding.Location {
	l.File = p.file(l.File)
	return l
}

// finding returns f with its place in the repository and the line that is there.
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
