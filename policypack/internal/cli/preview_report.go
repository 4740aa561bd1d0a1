package cli

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/analyzer"
	"github.com/pipeguard/pipeguard/policypack/internal/check"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/preview"
	"github.com/pipeguard/pipeguard/policypack/internal/version"
)

// previewed returns the start of a report on the preview of a program.
func previewed(program *preview.Program) checked {
	return checked{name: program.Project.Name.String() + "/" + program.Stack, dir: program.Root, activity: "preview"}
}

// observe returns an observer of the rules in a preview of the program.
func (a *app) observe(program *preview.Program, checker *check.Checker) (*analyzer.Observer, error) {
	return analyzer.Observe(a.registry, checker, version.Version,
		program.Project.Name.String(), program.Stack, program.Organization)
}

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

// take takes what the rules have seen and said in a preview, and gives it its places in
// the program.
func (c *checked) take(o analyzer.Outcome, places preview.Places) {
	c.Add(o.Result)
	c.graph, c.resources, c.judged = o.Graph, len(o.Graph.Resources), o.Whole
	if !o.Whole {
		c.Notices = append(c.Notices, finding.Notice{
			Message: "the preview failed before all resources were known: rules on the whole stack were not checked",
		})
	}
	at := func(urn resource.URN, l *finding.Location) {
		if l.File == "" {
			*l = places[urn]
		}
	}
	for i := range c.Findings {
		at(c.Findings[i].URN, &c.Findings[i].Location)
	}
	for i := range c.Waived {
		at(c.Waived[i].URN, &c.Waived[i].Location)
	}
	for i := range c.Notices {
		at(c.Notices[i].URN, &c.Notices[i].Location)
	}
	c.Sort()
}
