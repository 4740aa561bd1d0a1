package check

import (
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// defect is a fault in an argument of a resource that a rule over source has found.
type defect struct {
	rule string
	in   finding.Argument
}

// dropSeen drops the findings that a rule over source also has, with the line: one defect is one finding. The engine
// asks about the stack's lines and about a resource before it asks about the stack as a whole.
func (c *Checker) dropSeen(res *Result) {
	c.seenMu.Lock()
	defer c.seenMu.Unlock()
	note := func(f finding.Finding) {
		for _, argument := range f.Arguments {
			c.seen[defect{f.Rule, argument}] = f.Level
		}
	}
	for _, f := range res.Findings {
		note(f)
	}
	for _, w := range res.Waived {
		note(w.Finding) // what is let pass in the source is let pass as the other rule sees it, too
	}
	res.Findings = slices.DeleteFunc(res.Findings, c.isSeen)
	res.Waived = slices.DeleteFunc(res.Waived, func(w finding.Waived) bool { return c.isSeen(w.Finding) })
}

var index = regexp.MustCompile(`\[\d+\]`)

// isSeen reports whether a rule over source has found the defect, at a level that is at least as strict.
func (c *Checker) isSeen(f finding.Finding) bool {
	ru := c.registry.Rule(f.Rule)
	if ru == nil || ru.SeenInSource == "" || !f.URN.IsValid() {
		return false
	}
	level, seen := c.seen[defect{ru.SeenInSource, finding.Argument{
		Type: string(graph.Canonical(string(f.URN.Type()))), Name: f.URN.Name(), Path: index.ReplaceAllString(f.Property, ""),
	}}]
	return seen && (level == apitype.Mandatory || f.Level != apitype.Mandatory)
}
