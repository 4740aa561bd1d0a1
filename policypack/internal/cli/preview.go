package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/preview"
	"github.com/pipeguard/pipeguard/policypack/internal/pythonenv"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// PlanProviderName is the name under which this binary is the plan provider:
// the engine looks for a provider of the package aws by it on the PATH.
const PlanProviderName = "pulumi-resource-aws"

// The values of --provider.
const (
	planOnly     = "plan"
	realProvider = "real"
)

var providers = []string{planOnly, realProvider}

// The values of --unknowns.
const (
	resolveUnknowns = "resolve"
	keepUnknowns    = "keep"
)

type previewOptions struct {
	checkOptions
	stack         string
	set           []string
	standInConfig bool
	unknowns      string
	save          string
	writeBaseline string

	// Of a preview that the Pulumi CLI does:
	pack     string
	state    string
	provider string
	// real are the packages that have their real provider; none with the
	// provider real is all.
	real []string
}

func (a *app) previewCommand() *cobra.Command {
	var o previewOptions
	var out outputOptions
	cmd := &cobra.Command{
		Use:   "preview [DIR]",
		Short: "Preview the Pulumi program in DIR under the rules, without credentials",
		Long: "Previews the program in DIR (by default the current folder, or the nearest one above it that has a " +
			"Pulumi.yaml) with Pulumi's engine inside this binary, and reports what the rules find. It needs the program's " +
			"language host and packages, and nothing else: no Pulumi CLI, credentials, login, passphrase or plugins. " +
			"Providers only plan; stand-ins replace what only AWS, another stack or a secret's key knows, and rules treat " +
			"them as unknown.\n\n" +
			"The stack's configuration is read from Pulumi.<stack>.yaml, if there is one, and never written. The region is " +
			"that of aws:region, AWS_REGION or AWS_DEFAULT_REGION, else " + planprovider.DefaultRegion + ".\n\n" +
			"With --provider real=PACKAGE,... the resources of those packages are planned by their real providers, whose " +
			"plugins and credentials you then need; they get the planned values of the others.\n\n" +
			"With --provider real, or with another policy pack (--pack), the Pulumi CLI on the PATH does the preview; " +
			"flags after -- then go to it.\n\n" +
			"An interrupted preview stops what it has started, reports nothing, and exits with 128 plus the signal's number.",
		Example: "  pipeguard preview\n" +
			"  pipeguard preview infra --stack prod --config policy.json --out html=report.html\n" +
			"  pipeguard preview --set vpcId=vpc-0a1b2c3d --set aws:region=eu-west-1\n" +
			"  pipeguard preview --stand-in-config --write-baseline pipeguard-baseline.json\n" +
			"  pipeguard preview --provider real=docker,random",
		RunE: func(cmd *cobra.Command, args []string) error {
			positional, forPulumi := args, []string(nil)
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				positional, forPulumi = args[:dash], args[dash:]
			}
			if len(positional) > 1 {
				return usageError(fmt.Errorf("preview takes one folder, not %d: %s", len(positional), strings.Join(positional, " ")))
			}
			dir := "."
			if len(positional) == 1 {
				dir = positional[0]
			}
			if err := errors.Join(o.parseProvider(), oneOf("--unknowns", o.unknowns, unknownsValues)); err != nil {
				return err
			}
			o.unknowns = strings.ToLower(o.unknowns)
			if err := o.checkTogether(forPulumi); err != nil {
				return usageError(err)
			}
			if err := out.parse(); err != nil {
				return err
			}
			return interruptible(cmd.Context(), func(ctx context.Context) error {
				return a.preview(ctx, dir, o, &out, forPulumi)
			})
		},
	}
	cmd.Flags().StringVarP(&o.stack, "stack", "s", "",
		"`NAME` of the stack: dev, acme/dev or acme/project/dev (default: the only one that has a file, or dev)")
	cmd.Flags().StringArrayVar(&o.set, "set", nil, "set a configuration value, `KEY=VALUE`, for this preview; can be given several times")
	cmd.Flags().BoolVar(&o.standInConfig, "stand-in-config", false, "use stand-ins for configuration that is required and not set")
	choice(cmd, &o.unknowns, "unknowns", "", resolveUnknowns,
		"`HOW` to plan what AWS computes: resolve what follows from the arguments, or keep all of it unknown", unknownsValues)
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.save, "save", "", "save the preview in `FILE`, as pulumi preview --json prints it, for pipeguard check")
	cmd.Flags().StringVar(&o.writeBaseline, "write-baseline", "", "record every violation in `FILE`, so that only new ones fail from now on")
	choice(cmd, &o.provider, "provider", "", planOnly,
		"`PROVIDER` of resources: plan needs no credentials, real uses the Pulumi CLI, real=PACKAGE,... applies to these packages alone", providers)
	cmd.Flags().StringVar(&o.pack, "pack", "",
		"policy `PACK` to run instead of this binary: an executable or a folder; the Pulumi CLI then prints what it finds")
	cmd.Flags().StringVar(&o.state, "state", "", "keep the Pulumi CLI's state in `DIR` instead of a temporary folder")
	out.addFlags(cmd)
	return cmd
}

var unknownsValues = []string{resolveUnknowns, keepUnknowns}

// parseProvider takes --provider apart.
func (o *previewOptions) parseProvider() error {
	name, packages, listed := strings.Cut(o.provider, "=")
	if err := oneOf("--provider", name, providers); err != nil {
		return err
	}
	o.provider = strings.ToLower(name)
	if !listed {
		return nil
	}
	if o.provider != realProvider {
		return usageError(fmt.Errorf("--provider %s takes no packages: it plans %s without a real provider anyway", o.provider, packages))
	}
	for pkg := range strings.SplitSeq(packages, ",") {
		if pkg = strings.TrimSpace(pkg); pkg == "" {
			return usageError(errors.New("--provider real=: name the packages, as in real=docker,random"))
		}
		o.real = append(o.real, pkg)
	}
	return nil
}

// driven reports whether the Pulumi CLI runs the preview.
func (o *previewOptions) driven() bool {
	return o.provider == realProvider && len(o.real) == 0 || o.pack != ""
}

// checkTogether checks the options that do not go with each other.
func (o *previewOptions) checkTogether(forPulumi []string) error {
	switch {
	case o.pack != "" && o.save != "":
		return errors.New("--pack and --save do not go together: with another pack, pulumi prints text")
	case o.pack != "" && len(o.real) > 0:
		return errors.New("--pack and --provider real=PACKAGE do not go together: with another pack the Pulumi CLI does the preview")
	case o.pack != "" && o.writeBaseline != "":
		return errors.New("--pack and --write-baseline do not go together: with another pack, pulumi prints text")
	case o.driven() && (len(o.set) > 0 || o.standInConfig):
		return errors.New("--set and --stand-in-config are for previews without the Pulumi CLI; give it -- --config KEY=VALUE")
	case !o.driven() && len(forPulumi) > 0:
		return fmt.Errorf("%s: flags after -- are for the Pulumi CLI, which runs with --provider real or --pack only", forPulumi[0])
	case !o.driven() && o.state != "":
		return errors.New("--state is for the Pulumi CLI, which runs with --provider real or --pack only")
	}
	return nil
}

func (a *app) preview(
	ctx context.Context, dir string, o previewOptions, out *outputOptions, forPulumi []string,
) error {
	root, err := preview.Find(dir)
	if err != nil {
		return err
	}
	program, err := preview.Load(root, o.stack)
	if err != nil {
		return asUsage(err)
	}
	o.program = root
	cfg, checker, err := a.checker(o.checkOptions)
	if err != nil {
		return err
	}
	if o.writeBaseline != "" {
		checker.Baseline = nil // what is known already stays in the record
	}
	if o.driven() {
		return a.drivePulumi(ctx, program, o, out, checker, forPulumi)
	}
	answers, err := planprovider.ParseAnswers(cfg.Answers)
	if err != nil {
		return fmt.Errorf("policy configuration %s: %s: %w", o.config, config.SettingsKey, err)
	}
	if err := a.configure(program, o); err != nil {
		return err
	}
	program.DefaultRegion(answers.Region)
	result, err := a.previewHere(ctx, program, checker, answers, o, out.verbose)
	if err != nil {
		return err
	}
	return a.reportPreview(out, cfg, o, result)
}

// asUsage marks the errors that are about what the user asked for.
func asUsage(err error) error {
	if errors.As(err, &preview.UsageError{}) {
		return usageError(err)
	}
	return err
}

// configure gives a program the configuration that the options set, and fails if
// something is still missing.
func (a *app) configure(program *preview.Program, o previewOptions) error {
	if err := program.Set(o.set); err != nil {
		return asUsage(err)
	}
	if o.standInConfig {
		return program.FillIn()
	}
	place := newPlaces(program.Root)
	return program.MissingError(program.Missing(), func(k source.ConfigKey) string { return place.location(k.Location).String() })
}

// previewHere previews a program with the engine in this process.
func (a *app) previewHere(
	ctx context.Context, program *preview.Program, checker *check.Checker, answers planprovider.Answers,
	o previewOptions, verbose bool,
) (checked, error) {
	c := previewed(program)
	addHostsBesidePulumi()
	install := ""
	if program.Project.Runtime.Name() == "python" {
		env, err := pythonenv.Find(ctx, program.Root, program.WorkDir(), program.Project.Runtime.Options())
		if ctx.Err() != nil {
			return c, ctx.Err()
		}
		if err != nil {
			c.Result = checker.Source()
			c.Failures = append(c.Failures, finding.Failure{Message: err.Error()})
			return c, nil
		}
		install = env.Install
	}
	observer, err := a.observe(program, checker)
	if err != nil {
		return c, err
	}
	used := &standin.Log{}
	plan := []planprovider.Option{
		planprovider.Account(standin.UnknownAccount), planprovider.LogStandIns(used), planprovider.WithAnswers(answers),
	}
	if o.unknowns == keepUnknowns {
		plan = append(plan, planprovider.KeepUnknowns())
	}
	done := progress(a.stderr, "previewing "+program.Root)
	outcome, err := preview.Run(ctx, preview.Options{
		Program: program, Analyzer: observer.Server(), Plan: plan, Real: o.real, Install: install, Answers: answers, StandIns: used,
		Digest: o.save != "",
	})
	done()
	if err != nil {
		return c, fmt.Errorf("previewing %s: %w", program.Root, err)
	}
	if o.save != "" && outcome.Digest != nil && (outcome.Digest.Planned() || len(outcome.Failures) == 0) {
		if err := savePreview(o.save, outcome.Digest); err != nil {
			return c, err
		}
	}
	c.take(observer.Outcome(), outcome.Places)
	c.Failures = append(c.Failures, outcome.Failures...)
	if !c.judged {
		c.addNew(checker.Source())
	}
	for _, message := range outcome.Warnings {
		c.Notices = append(c.Notices, finding.Notice{Message: message})
	}
	c.Notices = append(c.Notices, program.Notices...)
	if verbose {
		c.Notices = append(c.Notices, standInNotices(used)...)
	}
	c.Sort()
	c.Failures = slices.Compact(c.Failures) // the reader of the source and the host may say the same
	return c, nil
}

// savePreview saves a preview for pipeguard check.
func savePreview(file string, digest *preview.Digest) error {
	err := writeFile(file, func(w io.Writer) error {
		out := json.NewEncoder(w)
		out.SetIndent("", "    ")
		return out.Encode(digest)
	})
	if err != nil {
		return fmt.Errorf("saving the preview in %s: %w", file, err)
	}
	return nil
}

// standInNotices returns notices of the stand-ins that were used.
func standInNotices(used *standin.Log) []finding.Notice {
	var notices []finding.Notice
	for _, e := range used.Entries() {
		message := fmt.Sprintf("stand-in: %s %s", e.Kind, e.Name)
		if e.Detail != "" {
			message += " " + e.Detail
		}
		notices = append(notices, finding.Notice{Message: message})
	}
	return notices
}

// reportPreview reports what a preview showed, and records it if asked to. The record
// comes first: nobody may be reading the report.
func (a *app) reportPreview(out *outputOptions, cfg *config.Config, o previewOptions, c checked) error {
	recorded := ""
	if o.writeBaseline != "" {
		var err error
		if recorded, err = c.record(o.writeBaseline); err != nil {
			return err
		}
	}
	err := a.report(out, cfg, c)
	if recorded != "" && (err == nil || errors.Is(err, ErrReported)) {
		fmt.Fprint(a.stderr, recorded)
		if errors.Is(err, errViolations) {
			err = nil
		}
	}
	if len(c.Failures) > 0 {
		return ErrReported
	}
	return err
}

// addHostsBesidePulumi lets the engine find the language hosts that came with a
// Pulumi CLI, beside it or beside the file that it is a link to, as the CLI itself
// finds them.
func addHostsBesidePulumi() {
	pulumi, err := exec.LookPath("pulumi")
	if err != nil {
		return
	}
	dirs := []string{os.Getenv("PATH"), filepath.Dir(pulumi)}
	if target, err := filepath.EvalSymlinks(pulumi); err == nil {
		dirs = append(dirs, filepath.Dir(target))
	}
	_ = os.Setenv("PATH", strings.Join(slices.Compact(dirs), string(filepath.ListSeparator)))
}

// interruptible runs a preview so that an interrupt leaves neither processes nor files behind. A second interrupt ends
// the process without waiting for that.
func interruptible(ctx context.Context, preview func(context.Context) error) error {
	// A reader who is gone makes writing fail instead of ending this process at once.
	gone := make(chan os.Signal, 1)
	signal.Notify(gone, syscall.SIGPIPE)
	defer signal.Stop(gone)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as by nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	defer signal.Stop(signals)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(&signalError{s})
		case <-ctx.Done():
		}
	}()
	err := preview(ctx)
	if interrupted := (*signalError)(nil); errors.As(context.Cause(ctx), &interrupted) {
		return interrupted
	}
	if errors.Is(err, syscall.EPIPE) {
		return &markedError{ErrReported, &signalError{syscall.SIGPIPE}}
	}
	return err
}

// fillTemplateCommand returns the command for the YAML host; see [preview.FillTemplateCommand].
func (a *app) fillTemplateCommand() *cobra.Command {
	return &cobra.Command{
		Use:    preview.FillTemplateCommand + " NAME",
		Short:  "Print the Pulumi.yaml in the current folder with a name in place of its placeholders",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := os.ReadFile("Pulumi.yaml")
			if err != nil {
				return fmt.Errorf("reading the template: %w", err)
			}
			_, err = a.stdout.Write(preview.FillTemplate(text, args[0]))
			return err
		},
	}
}

// projectFile returns the file in dir that makes it the folder of a Pulumi program.
func projectFile(dir string) (string, bool) {
	name, ok := preview.ProjectFile(dir)
	return filepath.Join(dir, name), ok
}
