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
	"path/filepath"
	"strings"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/analyzer"
	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/preview"
)

// minimumPulumi is the first Pulumi CLI that takes an executable as policy pack.
var minimumPulumi = semver.MustParse("3.255.0")

// drivePulumi previews a program with the Pulumi CLI, and reports the rules' results.
func (a *app) drivePulumi(
	ctx context.Context, program *preview.Program, o previewOptions, out *outputOptions,
	checker *check.Checker, forPulumi []string,
) error {
	pulumi, err := findPulumi(ctx)
	if err != nil {
		return err
	}
	state, err := newState(o.state)
	if err != nil {
		return err
	}
	defer state.cleanUp()
	p := &driven{app: a, options: o, program: program, pulumi: pulumi, state: state}
	defer func() {
		if p.endRest != nil {
			p.endRest()
		}
	}()
	if o.pack != "" {
		return p.run(ctx, nil, forPulumi)
	}
	return p.runAndReport(ctx, out, checker, forPulumi)
}

// runAndReport runs the preview and reports what the rules said in it. They run here: the
// pack that pulumi starts only names the port of the observer. What pulumi prints tells
// where the program declares the resources.
func (p *driven) runAndReport(ctx context.Context, out *outputOptions, checker *check.Checker, forPulumi []string) error {
	if err := os.Remove(p.events()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the events of the last preview: %w", err)
	}
	observer, err := p.observe(p.program, checker)
	if err != nil {
		return err
	}
	if p.attach, err = observer.Serve(ctx); err != nil {
		return err
	}
	var places preview.Places
	var readErr error
	done := progress(p.stderr, "previewing "+p.program.Root)
	runErr := p.run(ctx, func(r io.Reader) error {
		places, readErr = p.program.ReadPlaces(r)
		return nil
	}, forPulumi)
	done()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if runErr != nil && !errors.Is(runErr, ErrReported) {
		return runErr
	}
	c := previewed(p.program)
	c.Failures = p.program.Failures(messages(p.events()), runErr != nil)
	if readErr != nil && len(c.Failures) == 0 {
		if runErr != nil {
			return ErrReported
		}
		return fmt.Errorf("reading what pulumi printed: %w", readErr)
	}
	c.take(observer.Outcome(), places)
	err = p.reportPreview(out, checker.Config(), p.options, c)
	if err == nil && !c.judged {
		return ErrReported
	}
	return err
}

func findPulumi(ctx context.Context) (string, error) {
	pulumi, err := exec.LookPath("pulumi")
	if err != nil {
		return "", fmt.Errorf("no pulumi on the PATH: install the Pulumi CLI %s or later", minimumPulumi)
	}
	out, err := exec.CommandContext(ctx, pulumi, "version").Output()
	if err != nil {
		return "", fmt.Errorf("running %s to get its version: %w", pulumi, err)
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

// driven is a preview that the Pulumi CLI runs.
type driven struct {
	*app
	options previewOptions
	program *preview.Program
	pulumi  string
	state   state
	// attach is the port of the rules in this process; 0 for another pack.
	attach int
	// endRest ends what an interrupted pulumi leaves behind; nil for nothing.
	endRest func()
}

// run runs it. What pulumi prints goes to read, as JSON, or without one to the
// user. The error is ErrReported when pulumi has told why it failed, and stands
// for violations if those are the reason.
func (p *driven) run(ctx context.Context, read func(io.Reader) error, forPulumi []string) error {
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
		"preview", "--cwd", p.program.Root, "--stack", p.program.Stack, "--config-file", settings, "--non-interactive",
		"--policy-pack", pack, "--event-log", events,
	}
	args = append(args, flags...)
	if read != nil {
		args = append(args, "--json", "--show-sames")
	}
	if p.options.pack != "" && p.options.config != "" {
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

// patience is how long an interrupted pulumi process may take to end its plugins.
const patience = 10 * time.Second

// command returns a command that runs pulumi. When ctx ends, pulumi is interrupted as with Ctrl-C, so that it also ends
// its plugins.
func (p *driven) command(ctx context.Context, env []string, args ...string) *exec.Cmd {
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

// events returns the file that the engine's events are written to.
func (p *driven) events() string { return filepath.Join(p.state.dir, "events.json") }

// runReading runs a command whose output goes to read, and to the file that the
// user wants it in.
func (p *driven) runReading(cmd *exec.Cmd, read func(io.Reader) error) (err error) {
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

// environment returns this process's environment with a file backend and, if requested, the plan provider, which it
// starts and which ends with ctx. flags are additional flags for pulumi.
func (p *driven) environment(ctx context.Context) (env, flags []string, err error) {
	env = append(os.Environ(),
		"PULUMI_BACKEND_URL=file://"+filepath.ToSlash(p.state.dir),
		"PULUMI_CONFIG_PASSPHRASE=", // nothing is encrypted with it but this state
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DEBUG_COMMANDS=true", // --event-log is one
	)
	if p.attach != 0 {
		env = append(env, fmt.Sprintf("%s=%d", analyzer.AttachEnv, p.attach))
	}
	if p.options.provider == realProvider {
		return env, nil, nil
	}
	port, _, err := planprovider.Start(ctx, planprovider.ProgramFolder(p.program.WorkDir()))
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
func (p *driven) initStack(ctx context.Context, env []string) error {
	dir := filepath.Join(p.state.dir, "project")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making a folder for the stack: %w", err)
	}
	project := fmt.Sprintf("name: %q\nruntime: go\n", p.program.Project.Name.String())
	if err := os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(project), 0o600); err != nil {
		return fmt.Errorf("naming the project: %w", err)
	}
	cmd := p.command(ctx, env, "stack", "select", "--create", p.program.Stack, "--cwd", dir, "--non-interactive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("creating stack %s: %w\n%s", p.program.Stack, err, out)
	}
	return nil
}

// copySettings copies the stack's settings, which pulumi writes to.
func (p *driven) copySettings() (string, error) {
	to := filepath.Join(p.state.dir, "Pulumi."+p.program.Stack+".yaml")
	settings, err := os.ReadFile(filepath.Join(p.program.Root, "Pulumi."+p.program.Stack+".yaml"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading the stack's settings: %w", err)
	}
	if err := os.WriteFile(to, settings, 0o600); err != nil { //nolint:gosec // a plain name in a folder of our own
		return "", fmt.Errorf("copying the stack's settings: %w", err)
	}
	return to, nil
}

// mandatoryViolations reports whether the engine's event log holds a violation
// that fails the preview.
func mandatoryViolations(file string) bool {
	found := false
	eachEvent(file, func(event apitype.EngineEvent) {
		found = found || event.PolicyEvent != nil && event.PolicyEvent.EnforcementLevel == string(apitype.Mandatory)
	})
	return found
}

// messages returns what the engine and the program say in the engine's event log.
func messages(file string) []apitype.DiagnosticEvent {
	var all []apitype.DiagnosticEvent
	eachEvent(file, func(event apitype.EngineEvent) {
		if event.DiagnosticEvent != nil {
			all = append(all, *event.DiagnosticEvent)
		}
	})
	return all
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
