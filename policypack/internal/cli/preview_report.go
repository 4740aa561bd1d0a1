package cli

import (
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

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
