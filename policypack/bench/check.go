package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// checkRounds is how often each export and each program is checked.
const checkRounds = 5

// measureCheck measures `pipeguard check` of what `pulumi stack export` prints.
func measureCheck(ctx context.Context, t *table, pipeguard, temporary string) error {
	normal, large := filepath.Join(temporary, "export.json"), filepath.Join(temporary, "large-export.json")
	if err := errors.Join(writeExport(normal, normalSize), writeExport(large, largeSize)); err != nil {
		return err
	}
	var ours, oursLarge checks
	for range checkRounds {
		if err := errors.Join(
			ours.measure(ctx, nil, pipeguard, "check", normal),
			oursLarge.measure(ctx, nil, pipeguard, "check", large),
		); err != nil {
			return err
		}
	}
	t.add(figure{name: "check of an export of 10,000", measured: ours.time.median(), bar: 1, unit: "s", from: ours.time.seconds()})
	t.add(figure{
		name: "its peak memory", measured: ours.memory.median(), bar: 300, unit: "MB",
		from: fmt.Sprintf("of 100,000 resources: %.0f MB", oursLarge.memory.median()),
	})
	t.ratio("check of exports of 100,000/10,000", oursLarge.time, ours.time, 12, "100,000", "10,000")
	return nil
}

// checks are the costs of runs of the command line: seconds, and peak memory in MB.
type checks struct{ time, memory samples }

// measure runs pipeguard once. Findings are not an error: the measurement
// includes reporting them.
func (c *checks) measure(ctx context.Context, env []string, pipeguard string, args ...string) error {
	cmd := exec.CommandContext(ctx, pipeguard, args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting pipeguard: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	peak, err := watchMemory(cmd.Process.Pid, ended)
	took := time.Since(begin).Seconds()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitViolations) {
		return fmt.Errorf("running pipeguard %s: %w\n%s", args[0], err, stderr.String())
	}
	c.time = append(c.time, took)
	c.memory = append(c.memory, peak)
	return nil
}

// watchMemory watches a process until it has ended and returns its peak memory
// in MB, and how it ended. What the kernel reports afterwards (ru_maxrss) is of
// no use: it includes the memory of this process, from which the other one was
// forked.
func watchMemory(pid int, ended <-chan error) (float64, error) {
	peak := 0.0
	for {
		select {
		case err := <-ended:
			return peak, err
		case <-time.After(5 * time.Millisecond):
			// A process that has just ended has no memory to measure.
			if mib, err := peakMemory(pid); err == nil {
				peak = max(peak, mib*1.048576)
			}
		}
	}
}

// exitViolations is pipeguard's exit code when a rule is violated.
const exitViolations = 3

// writeExport writes the deployed stack of that size as `pulumi stack export`
// prints it.
func writeExport(file string, size int) error {
	var state apitype.DeploymentV3
	for _, d := range newStack(size, deployed) {
		r := apitype.ResourceV3{
			URN: d.urn, Type: tokens.Type(d.token), Custom: d.custom(), Parent: d.parent,
			Inputs: plain(d.inputs), Outputs: plain(d.outputs),
			Dependencies: d.dependencies, PropertyDependencies: d.propertyDependencies,
		}
		if r.Custom {
			r.ID = resource.ID(d.name)
		}
		state.Resources = append(state.Resources, r)
	}
	deployment, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encoding an export: %w", err)
	}
	export, err := json.MarshalIndent(apitype.UntypedDeployment{Version: 3, Deployment: deployment}, "", "    ")
	if err != nil {
		return fmt.Errorf("encoding an export: %w", err)
	}
	if err := os.WriteFile(file, export, 0o600); err != nil {
		return fmt.Errorf("writing an export: %w", err)
	}
	return nil
}

// plain returns properties as JSON has them. It leaves out the archives, of
// which an export contains only a checksum.
func plain(properties resource.PropertyMap) map[string]any {
	return properties.MapRepl(nil, func(v resource.PropertyValue) (any, bool) { return nil, v.IsArchive() })
}
