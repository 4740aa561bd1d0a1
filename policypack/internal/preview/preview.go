// Package preview runs Pulumi's engine on a program in this process, with the plan provider, the rules and replacements
// for plugins, backends and secrets managers: a preview needs no credentials, login, passphrase or download. It does
// need the program's language host and packages.
package preview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/pkg/v3/util/cancel"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// Organization is the organization of a stack whose name has none: the one that
// Pulumi's self-managed backends give every stack.
const Organization = "organization"

// parallel is the number of resources that the engine processes concurrently.
const parallel = 16

// Options specify what to preview, and how.
type Options struct {
	// Program is the Pulumi program.
	Program *Program
	// Analyzer judges the resources.
	Analyzer pulumirpc.AnalyzerServer
	// Plan are options of the plan provider, for every package.
	Plan []planprovider.Option
	// Real are the packages whose real providers, which must be installed as
	// plugins, plan their resources.
	Real []string
	// Install is the command that installs the program's packages; empty for the usual
	// one of its language.
	Install string
	// Answers are the values that the user has pinned because they are not known here.
	Answers planprovider.Answers
	// StandIns records the stand-ins that were used; nil to discard them.
	StandIns *standin.Log
	// Digest requests a digest of the preview.
	Digest bool
}

// Outcome is what a preview showed.
type Outcome struct {
	// Places are where the program declares the resources.
	Places Places
	// Digest is the preview as `pulumi preview --json` prints it; nil if the Options do
	// not ask for it.
	Digest *Digest
	// Failures describe what kept the preview from being complete.
	Failures []finding.Failure
	// Warnings are the engine's and the providers'.
	Warnings []string
}

// Run previews a program. The error is about the preview itself, for example if ctx has ended; problems of the program
// are among the Outcome's failures.
func Run(ctx context.Context, o Options) (*Outcome, error) {
	program := o.Program
	name, err := tokens.ParseStackName(program.Stack)
	if err != nil {
		return nil, fmt.Errorf("reading the name of the stack: %w", err)
	}
	restore, err := program.usePlainInspect()
	if err != nil {
		return nil, err
	}
	defer restore()
	plugins, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	r := &run{Options: o, plugins: plugins, locator: program.newLocator()}
	if o.Digest {
		r.digest = newDigest()
	}
	if isYAML(program) {
		var broken []finding.Failure
		if r.yaml, broken = source.YAMLProgram(program.Root); len(broken) > 0 {
			return &Outcome{Digest: r.digest, Failures: broken}, nil
		}
		if r.attached, err = serveSchemas(plugins, r.yaml); err != nil {
			return nil, err
		}
		if program.template {
			if err := program.fillTemplate(); err != nil {
				return nil, err
			}
		}
	}
	events := make(chan engine.Event)
	var reading sync.WaitGroup
	reading.Go(func() {
		for event := range events {
			r.event(event)
		}
	})
	cancelContext, canceller := cancel.NewContext(plugins)
	left := make(chan []string, 1)
	uninterrupted := context.AfterFunc(ctx, func() {
		left <- pipeFolders()
		canceller.Cancel()
		canceller.Terminate()
	})
	_, changes, err := engine.Update(engine.UpdateInfo{
		Root:    program.Root,
		Project: program.Project,
		Target: &deploy.Target{
			Name:         name,
			Organization: tokens.Name(program.Organization),
			Config:       program.Config,
			Decrypter:    program.secrets,
		},
	}, &engine.Context{Cancel: cancelContext, Events: events, BackendClient: stacks{o.StandIns, o.Answers}}, engine.UpdateOptions{
		Parallel: parallel,
		// The host below serves whatever is asked for, so there is nothing to install.
		SkipPluginPreInstall: true,
		LocalPolicyPacks:     []engine.LocalPolicyPack{{Path: "pipeguard"}},
		HostFactory: func(ctx context.Context, d, statusD diag.Sink, debug plugin.DebugContext) (plugin.Host, error) {
			return newHost(ctx, r, d, statusD, debug)
		},
	}, true)
	close(events)
	reading.Wait()
	if !uninterrupted() {
		for _, folder := range <-left {
			_ = os.RemoveAll(folder) // the host may have done so
		}
		return nil, ctx.Err()
	}
	r.places = r.locator.all()
	if r.digest != nil {
		r.digest.place(r.places, program.Root)
		r.digest.ChangeSummary = changes
	}
	for _, pkg := range o.Real {
		if !r.packages[pkg] {
			r.warn(fmt.Sprintf("the real provider of the package %s is not needed: the preview met no resource of it", pkg))
		}
	}
	return &Outcome{
		Places:   r.places,
		Digest:   r.digest,
		Failures: r.failures(err),
		Warnings: r.warnings,
	}, nil
}

// run is one preview.
type run struct {
	Options
	// plugins is the context that ends what serves the engine.
	plugins context.Context //nolint:containedctx // it is the lifetime of servers, not of a call

	locator *locator
	places  Places
	digest  *Digest
	output  output
	// yaml is the parsed program, which has information that the YAML host does not provide; nil for a program in
	// another language.
	yaml *yamlprogram.Program
	// attached names the servers of schemas to the YAML host; empty for other hosts.
	attached string

	mu       sync.Mutex
	refused  []finding.Failure
	warnings []string
	warned   map[string]bool
	packages map[string]bool
}

// refuse records what is wrong with a resource's arguments.
func (r *run) refuse(failure finding.Failure) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused = append(r.refused, failure)
}

// isReal reports whether a package's real provider is wanted.
func (r *run) isReal(d workspace.PluginDescriptor) bool { return slices.Contains(r.Real, d.Name) }

// asked records that the program asks for a package.
func (r *run) asked(pkg string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.packages == nil {
		r.packages = map[string]bool{}
	}
	r.packages[pkg] = true
}

// warn records a warning, once.
func (r *run) warn(message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.warned == nil {
		r.warned = map[string]bool{}
	}
	if !r.warned[message] {
		r.warned[message] = true
		r.warnings = append(r.warnings, message)
	}
}

// event handles an event of the engine.
func (r *run) event(event engine.Event) {
	switch payload := event.Payload().(type) {
	case engine.DiagEventPayload:
		r.diagnostic(payload)
	case engine.ResourcePreEventPayload:
		r.locate(payload.Metadata)
		if r.digest != nil {
			r.digest.step(payload.Metadata)
		}
	case engine.ResourceOutputsEventPayload:
		r.locate(payload.Metadata)
		if r.digest != nil {
			r.digest.outputs(payload.Metadata)
		}
	}
}

// locate records the place of a resource that the engine processes.
func (r *run) locate(m engine.StepEventMetadata) {
	if m.New == nil || m.New.State == nil {
		return
	}
	s := m.New.State
	s.Lock.Lock()
	positions := []string{s.SourcePosition}
	for _, frame := range s.StackTrace {
		positions = append(positions, frame.SourcePosition)
	}
	s.Lock.Unlock()
	r.locator.add(m.URN, s.Custom, positions)
}

// failures returns what kept the preview from being complete. err is the engine's error.
func (r *run) failures(err error) []finding.Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	failures := append(r.output.failures(r.Program, err != nil, r.Install), r.refused...)
	for i, f := range failures {
		failures[i].Message = withHint(f.Message, r.Program.standInHint(f.Message))
		if f.Location.File == "" && f.URN != "" {
			failures[i].Location = cmp.Or(r.yaml.Locate(f.URN, ""), r.places[f.URN])
		}
	}
	if err != nil && len(failures) == 0 {
		message := err.Error()
		if errors.Is(err, context.Canceled) {
			message = "the preview was cancelled"
		}
		if failures = yamlErrors(message, r.Program); len(failures) == 0 {
			failures = append(failures, r.Program.failure(message, r.Install))
		}
	}
	finding.SortFailures(failures)
	return failures
}
