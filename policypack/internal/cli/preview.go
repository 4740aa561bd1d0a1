package cli

import (
	"bufio"
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
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/spf13/cobra"

	"github.com/pipeguard/pipeguard/policypack/internal/analyzer"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
)

// PlanProviderName is the name under which this binary is the plan provider:
// the engine looks for a provider of the package aws by it on the PATH.
const PlanProviderName = "pulumi-resource-aws"

// minimumPulumi is the first Pulumi CLI that takes an executable as policy pack.
var minimumPulumi = semver.MustParse("3.255.0")

// providers are the values of --provider.
var providers = []string{"plan", "real"}

type previewOptions struct {
	checkOptions
	stack    string
	pack     string
	provider string
	state    string
	save     string
}

func (a *app) previewCommand() *cobra.Command {
	var o previewOptions
	var out outputOptions
	cmd := &cobra.Command{
		Use:   "preview [DIR] [flags] [-- PULUMI-FLAGS]",
		Short: "Preview the Pulumi program in DIR under the policy pack, without credentials",
		Long: "Runs `pulumi preview` on the program in DIR (by default the current folder) with this binary as policy " +
			"pack and as a provider for aws that only plans, and reports what the rules say. It needs no cloud credentials " +
			"and no Pulumi login: the stack's state is kept in a temporary folder.\n\n" +
			"The stack's configuration is read from Pulumi.<stack>.yaml in DIR, if there is one, and never written.\n\n" +
			"Flags after -- go to pulumi. Its own output, as JSON, is what --save keeps.",
		Example: "  pipeguard preview\n" +
			"  pipeguard preview infra --stack prod --config policy.json --out html=report.html\n" +
			"  pipeguard preview -- --refresh=false",
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
			if o.pack != "" && o.save != "" {
				return usageError(errors.New("--pack and --save do not go together: with another pack, pulumi prints text"))
			}
			if err := out.parse(); err != nil {
				return err
			}
			return interruptible(cmd.Context(), func(ctx context.Context) error {
				return a.preview(ctx, dir, o, &out, forPulumi)
			})
		},
		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVarP(&o.stack, "stack", "s", "dev", "`NAME` of the stack to preview")
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.pack, "pack", "",
		"policy `PACK` to run instead of this binary: an executable or a folder; pulumi then prints what it finds")
	choice(cmd, &o.provider, "provider", "", "plan", "`PROVIDER` for aws, where plan needs no credentials", providers)
	cmd.Flags().StringVar(&o.state, "state", "", "keep the state in `DIR` instead of a temporary folder")
	cmd.Flags().StringVar(&o.save, "save", "", "save what pulumi preview --json prints in `FILE`, for pipeguard check")
	out.addFlags(cmd)
	return cmd
}

func (a *app) preview(
	ctx context.Context, dir string, o previewOptions, out *outputOptions, forPulumi []string,
) error {
	if err := oneOf("--provider", o.provider, providers); err != nil {
		return err
	}
	o.provider = strings.ToLower(o.provider)
	if o.stack == "" || strings.ContainsAny(o.stack, `/\`) {
		return usageError(fmt.Errorf("--stack is a plain name, such as dev, not %q: the preview has a backend of its own", o.stack))
	}
	file, ok := projectFile(dir)
	if !ok {
		return fmt.Errorf("there is no Pulumi program in %s: name the folder that has its Pulumi.yaml", dir)
	}
	project, err := workspace.LoadProject(file)
	if err != nil {
		return fmt.Errorf("reading the Pulumi program in %s: %w", dir, err)
	}
	// Checked here because the Pulumi CLI's own messages name neither the file
	// nor the line.
	o.program = dir
	cfg, checker, err := a.checker(o.checkOptions)
	if err != nil {
		return err
	}
	pulumi, err := findPulumi(ctx)
	if err != nil {
		return err
	}
	state, err := newState(o.state)
	if err != nil {
		return err
	}
	defer state.cleanUp()
	p := &preview{app: a, options: o, dir: dir, project: project.Name.String(), pulumi: pulumi, state: state}
	defer func() {
		if p.endRest != nil {
			p.endRest()
		}
	}()
	if o.pack != "" {
		return p.run(ctx, nil, forPulumi)
	}
	return p.runAndReport(ctx, out, cfg, checker.Baseline, forPulumi)
}

// interruptible runs a preview so that a user who interrupts it is left with
// neither processes nor files of it. One who does so twice does not want to
// wait for that.
func interruptible(ctx context.Context, preview func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	err := preview(ctx)
	if ctx.Err() != nil {
		return errors.New("the preview was interrupted")
	}
	return err
}

// projectFile is the file in dir that makes it the folder of a Pulumi program.
func projectFile(dir string) (string, bool) {
	for _, ext := range []string{".yaml", ".yml", ".json"} {
		if file := filepath.Join(dir, "Pulumi"+ext); fileExists(file) {
			return file, true
		}
	}
	return "", false
}

func fileExists(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func findPulumi(ctx context.Context) (string, error) {
	pulumi, err := exec.LookPath("pulumi")
	if err != nil {
		return "", fmt.Errorf("no pulumi on the PATH: install the Pulumi CLI %s or later", minimumPulumi)
	}
	out, err := exec.CommandContext(ctx, pulumi, "version").Output()
	if err != nil {
		return "", fmt.Errorf("asking %s for its version: %w", pulumi, err)
	}
	version, err := semver.ParseTolerant(strings.TrimSpace(string(out)))
	if err != nil {
		return "", fmt.Errorf("reading the version of %s: %w", pulumi, err)
	}
	if version.LT(minimumPulumi) {
		return "", fmt.Errorf("%s is version %s: a policy pack that is an executable needs %s or later",
			pulumi, version, minimumPulumi)
	}
	return pulumi, nil
}

// state is the folder of a preview's file backend.
type state struct {
	dir     string
	cleanUp func()
}

func newState(dir string) (state, error) {
	if dir == "" {
		temporary, err := os.MkdirTemp("", "pipeguard-")
		if err != nil {
			return state{}, fmt.Errorf("making a folder for the state: %w", err)
		}
		return state{temporary, func() { _ = os.RemoveAll(temporary) }}, nil
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return state{}, fmt.Errorf("finding the folder for the state: %w", err)
	}
	if err := os.MkdirAll(absolute, 0o700); err != nil {
		return state{}, fmt.Errorf("making a folder for the state: %w", err)
	}
	return state{absolute, func() {}}, nil
}

// preview is one run of `pulumi preview`.
type preview struct {
	*app
	options previewOptions
	dir     string
	project string
	pulumi  string
	state   state
	// endRest ends what an interrupted pulumi leaves behind; nil for nothing.
	endRest func()
}

// run runs it. What pulumi prints goes to read, as JSON, or without one to the
// user. The error is ErrReported when pulumi has told why it failed, and stands
// for violations if those are the reason.
func (p *preview) run(ctx context.Context, read func(io.Reader) error, forPulumi []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this binary: %w", err)
	}
	pack := p.options.pack
	if pack == "" {
		pack = self
	}
	if pack, err = filepath.Abs(pack); err != nil {
		return fmt.Errorf("finding the policy pack: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	env, flags, err := p.environment(ctx)
	if err != nil {
		return err
	}
	if err := p.initStack(ctx, env); err != nil {
		return err
	}
	settings, err := p.copySettings()
	if err != nil {
		return err
	}
	events := p.events()
	args := []string{
		"preview", "--cwd", p.dir, "--stack", p.options.stack, "--config-file", settings, "--non-interactive",
		"--policy-pack", pack, "--event-log", events,
	}
	args = append(args, flags...)
	if read != nil {
		args = append(args, "--json", "--show-sames")
	}
	if p.options.config != "" {
		file, err := filepath.Abs(p.options.config)
		if err != nil {
			return fmt.Errorf("finding the policy configuration: %w", err)
		}
		args = append(args, "--policy-pack-config", file)
	}
	cmd := p.command(ctx, env, append(args, forPulumi...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.stdin, p.stdout, p.stderr
	if read == nil {
		err = cmd.Run()
	} else {
		err = p.runReading(cmd, read)
	}
	if err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return fmt.Errorf("running pulumi preview: %w", err)
		}
		if mandatoryViolations(events) {
			return &markedError{ErrReported, errViolations}
		}
		return ErrReported
	}
	return nil
}

// patience is how long an interrupted pulumi may take to end its plugins.
const patience = 10 * time.Second

// command is a run of pulumi. When ctx ends it is asked to end, as by Ctrl-C, so
// that it takes its plugins with it.
func (p *preview) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.pulumi, args...) //nolint:gosec // running pulumi is what this is for
	cmd.Env = env
	cmd.Cancel = func() error {
		endRest, err := interrupt(cmd.Process)
		p.endRest = endRest
		return err
	}
	cmd.WaitDelay = patience
	return cmd
}

// events is the file that the engine's events go to.
func (p *preview) events() string { return filepath.Join(p.state.dir, "events.json") }

// runReading runs a command whose output goes to read, and to the file that the
// user wants it in.
func (p *preview) runReading(cmd *exec.Cmd, read func(io.Reader) error) (err error) {
	cmd.Stdout = nil
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	out := io.Reader(pipe)
	if p.options.save != "" {
		file, err := os.Create(p.options.save)
		if err != nil {
			return fmt.Errorf("saving what pulumi prints: %w", err)
		}
		defer func() {
			if closeErr := file.Close(); err == nil && closeErr != nil {
				err = fmt.Errorf("saving what pulumi prints: %w", closeErr)
			}
		}()
		out = io.TeeReader(pipe, file)
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	readErr := read(out)
	_, copyErr := io.Copy(io.Discard, out) // to the file, for one
	_, _ = io.Copy(io.Discard, pipe)       // a command that nobody reads would not end
	if err := cmd.Wait(); err != nil {
		return err
	}
	return errors.Join(readErr, copyErr)
}

// environment is the process's own with a file backend and, where asked for, the
// plan provider, which it starts and which ends with ctx. flags are what pulumi
// needs besides.
func (p *preview) environment(ctx context.Context) (env, flags []string, err error) {
	env = append(os.Environ(),
		analyzer.ResultsEnv+"="+p.results(),
		"PULUMI_BACKEND_URL=file://"+filepath.ToSlash(p.state.dir),
		"PULUMI_CONFIG_PASSPHRASE=", // nothing is encrypted with it but this state
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DEBUG_COMMANDS=true", // --event-log is one
	)
	if p.options.provider == "real" {
		return env, nil, nil
	}
	port, _, err := planprovider.Start(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("starting the plan provider: %w", err)
	}
	// The engine takes a provider that runs already as it is, whatever version
	// the program's SDK asks for. Without the flag it would first try to
	// download the real one.
	return append(env, fmt.Sprintf("PULUMI_DEBUG_PROVIDERS=aws:%d", port)), []string{"--skip-plugin-pre-install"}, nil
}

// initStack makes the stack in the file backend. It runs in a folder of its own
// that only names the project, because `pulumi stack init` writes an encryption
// salt into the settings file beside the project.
func (p *preview) initStack(ctx context.Context, env []string) error {
	dir := filepath.Join(p.state.dir, "project")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making a folder for the stack: %w", err)
	}
	project := fmt.Sprintf("name: %q\nruntime: go\n", p.project)
	if err := os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(project), 0o600); err != nil {
		return fmt.Errorf("naming the project: %w", err)
	}
	cmd := p.command(ctx, env, "stack", "select", "--create", p.options.stack, "--cwd", dir, "--non-interactive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making stack %s: %w\n%s", p.options.stack, err, out)
	}
	return nil
}

// copySettings copies the stack's settings, which pulumi writes to.
func (p *preview) copySettings() (string, error) {
	to := filepath.Join(p.state.dir, "Pulumi."+p.options.stack+".yaml")
	settings, err := os.ReadFile(filepath.Join(p.dir, "Pulumi."+p.options.stack+".yaml"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading the stack's settings: %w", err)
	}
	if err := os.WriteFile(to, settings, 0o600); err != nil { //nolint:gosec // a plain name in a folder of our own
		return "", fmt.Errorf("copying the stack's settings: %w", err)
	}
	return to, nil
}

// results is the file that the policy pack writes what its rules say to.
func (p *preview) results() string { return filepath.Join(p.state.dir, "results.json") }

// mandatoryViolations says whether the engine's event log holds a violation
// that fails the preview.
func mandatoryViolations(file string) bool {
	found := false
	eachEvent(file, func(event apitype.EngineEvent) {
		found = found || event.PolicyEvent != nil && event.PolicyEvent.EnforcementLevel == string(apitype.Mandatory)
	})
	return found
}

// failures are the errors in the engine's event log, but for the one that only
// says that the preview failed. What the program and its compiler printed on
// standard error is among them: that is where their reasons are.
func failures(file string) []string {
	var texts []string
	failed := false
	eachEvent(file, func(event apitype.EngineEvent) {
		d := event.DiagnosticEvent
		if d == nil || !slices.Contains([]string{"error", "info#err"}, d.Severity) {
			return
		}
		text := strings.TrimRight(colors.Never.Colorize(d.Message), " \r\n")
		if text == "" || text == "preview failed" || text == "error: preview failed" {
			return
		}
		texts = append(texts, text)
		failed = failed || d.Severity == "error"
	})
	if !failed {
		return nil
	}
	return texts
}

// eachEvent visits the events of an event log. What cannot be read of it is
// passed over: it is written by the CLI that has just run.
func eachEvent(file string, visit func(apitype.EngineEvent)) {
	log, err := os.Open(file)
	if err != nil {
		return
	}
	defer log.Close()
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadBytes('\n')
		var event apitype.EngineEvent
		if json.Unmarshal(line, &event) == nil {
			visit(event)
		}
		if err != nil {
			return
		}
	}
}
