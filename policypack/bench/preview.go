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

// measurePreview measures what the pack adds to a preview of the program in a
// folder: each preview with it is compared with one without it that ran just
// before or after. Then the command that does all of it is compared with those.
func measurePreview(ctx context.Context, t *table, temporary, pipeguard, program string) error {
	p, err := newPreview(ctx, temporary, pipeguard, program)
	if err != nil {
		return err
	}
	var with, without, added samples
	for i := range previewPairs {
		// Which of a pair comes first changes, lest the second always gain.
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
	var command checks
	for range checkRounds + 1 {
		if err := command.measure(ctx, p.env, pipeguard, "preview", program); err != nil {
			return err
		}
	}
	warm := command.time[1:]
	t.add(figure{
		name: "preview of " + program + ", pipeguard/pulumi with the pack", measured: warm.median() / with.median(), bar: 0.8, unit: "×",
		from: fmt.Sprintf("pipeguard %s, pulumi %s", warm.seconds(), with.seconds()),
	})
	return measureSize(t, pipeguard)
}

// megabyte is what sizes are counted in.
const megabyte = 1 << 20

// measureSize measures the binary.
func measureSize(t *table, pipeguard string) error {
	info, err := os.Stat(pipeguard)
	if err != nil {
		return fmt.Errorf("measuring the binary: %w", err)
	}
	t.add(figure{name: "size of the binary", measured: float64(info.Size()) / megabyte, bar: 45, unit: "MB", from: pipeguard})
	return nil
}

// preview runs `pulumi preview` on a file backend, with the plan provider.
type preview struct {
	pulumi, pack, program, settings string
	env                             []string
}

const previewStack = "dev"

// newPreview makes the stack and puts the plan provider in place, as the
// command `pipeguard preview` does, and compiles the program.
func newPreview(ctx context.Context, dir, pack, program string) (*preview, error) {
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
	bin, state, elsewhere := filepath.Join(dir, "bin"), filepath.Join(dir, "state"), filepath.Join(dir, "project")
	p := &preview{
		pulumi: pulumi, pack: pack, program: program,
		settings: filepath.Join(dir, "Pulumi."+previewStack+".yaml"),
		env: append(os.Environ(),
			"PULUMI_BACKEND_URL=file://"+filepath.ToSlash(state),
			"PULUMI_CONFIG_PASSPHRASE=",
			"PULUMI_SKIP_UPDATE_CHECK=true",
			"PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH")),
	}
	project := fmt.Sprintf("name: %q\nruntime: go\n", declared.Name)
	err = errors.Join(
		os.Mkdir(bin, 0o700), os.Mkdir(state, 0o700), os.Mkdir(elsewhere, 0o700),
		os.Symlink(pack, filepath.Join(bin, "pulumi-resource-aws")),
		os.WriteFile(p.settings, settings, 0o600), //nolint:gosec // a copy in a folder of our own
		os.WriteFile(filepath.Join(elsewhere, "Pulumi.yaml"), []byte(project), 0o600),
	)
	if err != nil {
		return nil, fmt.Errorf("preparing the preview: %w", err)
	}
	if err := precompile(ctx, dir, bin, program); err != nil {
		return nil, err
	}
	return p, p.command(ctx, "stack", "select", "--create", previewStack, "--cwd", elsewhere)
}

// precompile compiles the program and puts a Go command in bin that hands it to
// Pulumi's language host instead of compiling it again. Compiling takes most of
// a preview's time and varies by more than all that the pack adds.
func precompile(ctx context.Context, dir, bin, program string) error {
	compiler, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("finding the Go command: %w", err)
	}
	compiled := filepath.Join(dir, "program")
	cmd := exec.CommandContext(ctx, compiler, "build", "-o", compiled)
	cmd.Dir = program
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compiling the program in %s: %w\n%s", program, err, out)
	}
	script := fmt.Sprintf("#!/bin/sh\nif [ \"$1 $2\" = \"build -o\" ]; then exec ln -sf '%s' \"$3\"; fi\nexec '%s' \"$@\"\n",
		compiled, compiler)
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o700); err != nil { //nolint:gosec // it is a program
		return fmt.Errorf("putting the compiled program in place: %w", err)
	}
	return nil
}

// run previews once, and says how many seconds that took.
func (p *preview) run(ctx context.Context, packed bool) (float64, error) {
	args := []string{"preview", "--cwd", p.program, "--stack", previewStack, "--config-file", p.settings}
	if packed {
		args = append(args, "--policy-pack", p.pack)
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
