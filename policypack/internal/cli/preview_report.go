package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pipeguard/pipeguard/policypack/internal/analyzer"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/load"
)

// organization is the one that file backends have.
const organization = "organization"

// runAndReport runs the preview and reports what the rules said in it. The rules
// run in the engine, where they see all there is to see; of pulumi's own output
// come the resources and their places in the source.
func (p *preview) runAndReport(
	ctx context.Context, out *outputOptions, cfg *config.Config, baseline *config.Baseline, forPulumi []string,
) error {
	for _, old := range []string{p.results(), p.events()} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing the results of the last preview: %w", err)
		}
	}
	var stack *load.Stack
	var readErr error
	done := progress(p.stderr, "previewing "+p.dir)
	runErr := p.run(ctx, func(r io.Reader) error {
		stack, readErr = load.Read(r)
		return nil
	}, forPulumi)
	done()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if runErr != nil && !errors.Is(runErr, ErrReported) {
		return runErr
	}
	failed := failures(p.events())
	for _, text := range failed {
		fmt.Fprintln(p.stderr, text)
	}
	if stack == nil {
		if runErr != nil {
			return ErrReported
		}
		return fmt.Errorf("reading what pulumi printed: %w", readErr)
	}
	stack.Graph.Organization = organization
	c := checked{name: stackName(stack.Graph), graph: stack.Graph, resources: len(stack.Graph.Resources), dir: p.dir}
	var whole bool
	var err error
	if c.Result, whole, err = analyzer.ReadResults(p.results()); err != nil {
		return err
	}
	c.locate(stack.Graph)
	c.pass(baseline)
	if !whole {
		c.Notices = append(c.Notices, finding.Notice{
			Message: "the preview failed before all resources were known: what only the whole stack shows was not checked",
		})
	}
	reportErr := p.report(out, cfg, c)
	if reportErr == nil && (!whole || len(failed) > 0) {
		return ErrReported
	}
	return reportErr
}

// locate gives findings and notices the places of their resources.
func (c *checked) locate(g *graph.Graph) {
	at := func(f *finding.Finding) {
		if r := g.ByURN(f.URN); r != nil && f.Location.File == "" {
			f.Location = finding.Location{File: r.File, Line: r.Line, Column: r.Column}
		}
	}
	for i := range c.Findings {
		at(&c.Findings[i])
	}
	for i := range c.Waived {
		at(&c.Waived[i].Finding)
	}
	for i, n := range c.Notices {
		about := finding.Finding{URN: n.URN, Location: n.Location}
		at(&about)
		c.Notices[i].Location = about.Location
	}
	c.Sort()
}

// pass lets the findings pass that are in the baseline.
func (c *checked) pass(baseline *config.Baseline) {
	var left []finding.Finding
	for _, f := range c.Findings {
		if w, ok := baseline.Waive(f); ok {
			c.Waived = append(c.Waived, w)
		} else {
			left = append(left, f)
		}
	}
	c.Findings = left
}
