package cli

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// addNew adds what rules say of the source, but for what they have said before,
// when the stack itself was registered.
func (c *checked) addNew(more check.Result) {
	known := func(f finding.Finding) bool {
		return slices.ContainsFunc(c.Findings, func(other finding.Finding) bool {
			return other.Rule == f.Rule && other.Location == f.Location && other.Message == f.Message
		})
	}
	more.Findings = slices.DeleteFunc(more.Findings, known)
	more.Waived = slices.DeleteFunc(more.Waived, func(w finding.Waived) bool {
		return slices.ContainsFunc(c.Waived, func(other finding.Waived) bool {
			return other.Rule == w.Rule && other.Location == w.Location
		})
	})
	more.NotEvaluated = slices.DeleteFunc(more.NotEvaluated, func(n finding.NotEvaluated) bool {
		return slices.ContainsFunc(c.NotEvaluated, func(other finding.NotEvaluated) bool {
			return other.Rule == n.Rule && other.Reason == n.Reason
		})
	})
	c.Add(more)
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
