package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// previewPairs is how many previews with the pack, and as many without it, are
// run. The first pair, which fills caches, is not counted.
const previewPairs = 21

// measurePreview measures what the pack adds to a preview of the Go program in a
// folder: each preview with the pack is compared with one without it that ran
// just before or after. Then it compares the command that does both with those.
func measurePreview(ctx context.Context, t *table, temporary, pipeguard, provider, program string) error {
	p, err := newPreview(ctx, temporary, pipeguard, provider, program)
	if err != nil {
		return err
	}
	if err := p.precompile(ctx); err != nil {
		return err
	}
	var with, without, added samples
	for i := range previewPairs {
		// The order within a pair alternates, so that the second place benefits neither.
		var seconds [2]float64
		for _, packed := range []int{i % 2, 1 - i%2} {
			seconds[packed], err = p.run(ctx, packed == 1)
			if err != nil {
				return err
			}
		}
		if i > 0 {
			without, with = append(without, seconds[0]), append(with, seconds[1])
			added = append(added, seconds[1]-seconds[0])
		}
	}
	t.add(figure{
		name: "added to a preview of " + program, measured: added.median(), bar: 0.3, unit: "s",
		from: fmt.Sprintf("differences %s, with %s, without %s", added.seconds(), with.seconds(), without.seconds()),
	})
	return p.compare(ctx, t, program)
}

// comparedPairs is how many previews by pipeguard, and as many by the Pulumi CLI
// with the pack, are compared. The first pair, which fills caches, is not counted.
const comparedPairs = 8

// compare compares `pipeguard preview` with a preview by the Pulumi CLI with the
// pack and a provider that does nothing.
func (p *preview) compare(ctx context.Context, t *table, name string) error {
	var own checks
	var pulumi samples
	for range comparedPairs {
		seconds, err := p.run(ctx, true)
		if err != nil {
			return err
		}
		pulumi = append(pulumi, seconds)
		if err := own.measure(ctx, p.env, p.pack, "preview", p.program, "--stack", previewStack, "--config", p.policy); err != nil {
			return err
		}
	}
	t.ratio("preview of "+name+", pipeguard/pulumi with the pack", own.time[1:], pulumi[1:], 0.8, "pipeguard", "pulumi")
	return nil
}

// megabyte is the unit of sizes.
const megabyte = 1 << 20

// measureSize measures the size of the binary and, for comparison, that of Pulumi's engine alone.
func measureSize(t *table, b binaries) error {
	for _, f := range []figure{
		{name: "size of the binary", bar: 45, from: b.pipeguard},
		{name: "size of an empty analyzer with the engine linked in", from: b.emptyWithEngine},
	} {
		info, err := os.Stat(f.from)
		if err != nil {
			return fmt.Errorf("measuring the binary: %w", err)
		}
		f.measured, f.unit = float64(info.Size())/megabyte, "MB"
		t.add(f)
	}
	return nil
}

// preview runs `pulumi preview` on a file backend, with a provider that does
// nothing.
type preview struct {
	pulumi, pack, program string
	// settings are the stack's, and policy configures the pack: all rules are
	// advisory, as the Pulumi CLI would treat a violation as a failed preview.
	settings, policy string
	// dir holds what the previews need; its folder bin comes first in PATH.
	dir, bin string
	env      []string
}

const previewStack = "dev"

// newPreview makes the stack, in a new folder in temporary, and puts the provider
// in place.
func newPreview(ctx context.Context, temporary, pack, provider, program string) (*preview, error) {
	pulumi, err := exec.LookPath("pulumi")
	if err != nil {
		return nil, fmt.Errorf("finding the Pulumi CLI: %w", err)
	}
	declared, err := workspace.LoadProject(filepath.Join(program, "Pulumi.yaml"))
	if err != nil {
		return nil, fmt.Errorf("reading the program in %s: %w", program, err)
	}
	settings, err := os.ReadFile(filepath.Join(program, "Pulumi."+previewStack+".yaml"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading the stack's settings: %w", err)
	}
	dir, err := os.MkdirTemp(temporary, "preview-")
	if err != nil {
		return nil, fmt.Errorf("preparing the preview: %w", err)
	}
	bin, state, elsewhere := filepath.Join(dir, "bin"), filepath.Join(dir, "state"), filepath.Join(dir, "project")
	p := &preview{
		pulumi: pulumi, pack: pack, program: program, dir: dir, bin: bin,
		settings: filepath.Join(dir, "Pulumi."+previewStack+".yaml"),
		policy:   filepath.Join(dir, "policy.json"),
		env: append(os.Environ(),
			"PULUMI_BACKEND_URL=file://"+filepath.ToSlash(state),
			"PULUMI_CONFIG_PASSPHRASE=",
			"PULUMI_SKIP_UPDATE_CHECK=true",
			"PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH")),
	}
	project := fmt.Sprintf("name: %q\nruntime: go\n", declared.Name)
	err = errors.Join(
		os.Mkdir(bin, 0o700), os.Mkdir(state, 0o700), os.Mkdir(elsewhere, 0o700),
		os.Symlink(provider, filepath.Join(bin, "pulumi-resource-aws")),
		os.WriteFile(p.settings, settings, 0o600), //nolint:gosec // a copy in a folder of our own
		os.WriteFile(p.policy, []byte(`{"all": "advisory"}`), 0o600),
		os.WriteFile(filepath.Join(elsewhere, "Pulumi.yaml"), []byte(project), 0o600),
	)
	if err != nil {
		return nil, fmt.Errorf("preparing the preview: %w", err)
	}
	return p, p.command(ctx, "stack", "select", "--create", previewStack, "--cwd", elsewhere)
}

// precompile compiles the program and puts a Go command in bin that passes it
// to Pulumi's language host instead of compiling it again. Compiling takes most
// of a preview's time and varies by more than the pack adds.
func (p *preview) precompile(ctx context.Context) error {
	compiler, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("finding the Go command: %w", err)
	}
	compiled := filepath.Join(p.dir, "program")
	cmd := exec.CommandContext(ctx, compiler, "build", "-o", compiled)
	cmd.Dir = p.program
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compiling the program in %s: %w\n%s", p.program, err, out)
	}
	script := fmt.Sprintf("#!/bin/sh\nif [ \"$1 $2\" = \"build -o\" ]; then exec ln -sf '%s' \"$3\"; fi\nexec '%s' \"$@\"\n",
		compiled, compiler)
	if err := os.WriteFile(filepath.Join(p.bin, "go"), []byte(script), 0o700); err != nil { //nolint:gosec // it is a program
		return fmt.Errorf("putting the compiled program in place: %w", err)
	}
	return nil
}

// run runs one preview and returns how many seconds it took.
func (p *preview) run(ctx context.Context, packed bool) (float64, error) {
	args := []string{"preview", "--cwd", p.program, "--stack", previewStack, "--config-file", p.settings}
	if packed {
		args = append(args, "--policy-pack", p.pack, "--policy-pack-config", p.policy)
	}
	begin := time.Now()
	err := p.command(ctx, args...)
	return time.Since(begin).Seconds(), err
}

func (p *preview) command(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, p.pulumi, append(args, "--non-interactive")...)
	cmd.Env = p.env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running pulumi %s: %w\n%s", args[0], err, out)
	}
	return nil
}
