// Package check runs rules: each under the configuration in force, and each on
// its own, so that one that fails does not take the others down.
package check

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

// Result is what the rules said, in a stable order.
type Result struct {
	Findings     []finding.Finding
	NotEvaluated []finding.NotEvaluated
}

// Checker runs the rules of a registry under a configuration.
type Checker struct {
	// Dir is the program's folder, if it is known; see rule.Pass.
	Dir string

	// byType are the rules that judge a single resource of the type.
	byType map[graph.Type][]*rule.Rule
	stack  []*rule.Rule
	config *config.Config
}

// New is a Checker for the rules that the configuration does not disable.
func New(reg *rule.Registry, cfg *config.Config) *Checker {
	c := &Checker{byType: map[graph.Type][]*rule.Rule{}, config: cfg}
	for _, r := range reg.Rules() {
		if cfg.Level(r.ID) == apitype.Disabled {
			continue
		}
		if r.CheckResource != nil {
			for _, t := range r.Types {
				c.byType[t] = append(c.byType[t], r)
			}
		}
		if r.CheckStack != nil {
			c.stack = append(c.stack, r)
		}
	}
	return c
}

// Resource runs the rules that judge one resource by its own arguments.
func (c *Checker) Resource(r *graph.Resource) Result {
	var res Result
	for _, ru := range c.byType[r.Type] {
		c.run(&res, ru, nil, r, func(p *rule.Pass) { ru.CheckResource(p, r) })
	}
	res.sort()
	return res
}

// Stack runs the rules that judge the stack as a whole.
func (c *Checker) Stack(g *graph.Graph) Result {
	var res Result
	for _, ru := range c.stack {
		c.run(&res, ru, g, nil, ru.CheckStack)
	}
	res.sort()
	return res
}

// All runs every rule: on each managed resource, and on the stack.
func (c *Checker) All(g *graph.Graph) Result {
	res := c.Stack(g)
	for _, r := range g.Resources {
		if r.Managed() {
			one := c.Resource(r)
			res.Findings = append(res.Findings, one.Findings...)
			res.NotEvaluated = append(res.NotEvaluated, one.NotEvaluated...)
		}
	}
	res.sort()
	return res
}

// run gives one rule its pass. A panic becomes a finding, at the rule's own
// level: a rule that cannot finish has not passed.
func (c *Checker) run(res *Result, ru *rule.Rule, g *graph.Graph, on *graph.Resource, body func(*rule.Pass)) {
	level := c.config.Level(ru.ID)
	violation := func(f finding.Finding) {
		f.Level = level
		res.Findings = append(res.Findings, f)
	}
	undecided := func(n finding.NotEvaluated) { res.NotEvaluated = append(res.NotEvaluated, n) }
	pass := rule.NewPass(ru, c.config.Params(ru.ID), violation, undecided)
	pass.Graph, pass.Dir = g, c.Dir
	defer func() {
		if cause := recover(); cause != nil {
			// The cause may quote a property, and so a secret: only its place
			// in the code is told.
			pass.Report(on, "", fmt.Sprintf("rule %s failed inside pipeguard (%s)", ru.ID, panicPlace()),
				"please report this; set the rule to \"disabled\" in the policy configuration to go on without it")
		}
	}()
	body(pass)
}

func (r *Result) sort() {
	finding.Sort(r.Findings)
	finding.SortNotEvaluated(r.NotEvaluated)
}
