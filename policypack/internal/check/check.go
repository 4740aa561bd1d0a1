// Package check runs rules: each under the configuration in force, and each on
// its own, so that one that fails does not take the others down.
package check

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// Result is what the rules said, in a stable order.
type Result struct {
	Findings     []finding.Finding
	Waived       []finding.Waived
	NotEvaluated []finding.NotEvaluated
	// Notices come with the stack's result.
	Notices []finding.Notice
	// Failures are what kept the rules from seeing everything, such as source that
	// cannot be parsed. They come with the stack's result.
	Failures []finding.Failure
}

// Checker runs the rules of a registry under a configuration.
type Checker struct {
	// Dir is the program's folder, if it is known; see rule.Pass.
	Dir string
	// Baseline are the findings that are known and let pass; nil for none.
	Baseline *config.Baseline
	// Now is the time that waivers are judged at.
	Now time.Time

	// byType are the rules that judge a single resource of the type.
	byType map[graph.Type][]*rule.Rule
	// fixing are the rules that change such resources: see Remediate.
	fixing   map[graph.Type][]*rule.Rule
	stack    []*rule.Rule
	config   *config.Config
	registry *rule.Registry

	// work is the folder that the program runs in, and yaml its text if it is in YAML.
	// They are found once.
	work     string
	yaml     *yamlprogram.Program
	workOnce sync.Once

	// mu guards sources: the rules that look at source share what was read, and
	// take turns.
	mu      sync.Mutex
	sources map[tree.Budget]*source.Source

	// usedMu guards used: the configuration's waivers that a finding has met, by
	// index.
	usedMu sync.Mutex
	used   map[int]bool
}

// New is a Checker for the rules that the configuration does not disable.
func New(reg *rule.Registry, cfg *config.Config) *Checker {
	c := &Checker{
		Now:    time.Now(),
		byType: map[graph.Type][]*rule.Rule{}, fixing: map[graph.Type][]*rule.Rule{}, config: cfg, registry: reg, used: map[int]bool{},
		sources: map[tree.Budget]*source.Source{},
	}
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
		if r.Remediate != nil && cfg.Level(r.ID) == apitype.Remediate {
			for _, t := range r.Types {
				c.fixing[t] = append(c.fixing[t], r)
			}
		}
	}
	return c
}

// Config returns the configuration in force.
func (c *Checker) Config() *config.Config { return c.config }

// Resource runs the rules that judge one resource by its own arguments, on it and its parts. Those that judge resources
// of any type judge it as the program declares it.
func (c *Checker) Resource(r *graph.Resource) Result {
	res := c.each(c.byType[graph.AnyType], r.Declared())
	res.Add(c.each(c.byType[r.Type], r))
	for _, part := range r.Parts {
		res.Add(c.each(c.byType[part.Type], part))
	}
	res.Sort()
	return res
}

// each runs rules that judge one resource on it.
func (c *Checker) each(rules []*rule.Rule, r *graph.Resource) Result {
	var res Result
	for _, ru := range rules {
		c.run(&res, ru, nil, r, func(p *rule.Pass) { ru.CheckResource(p, r) })
	}
	res.Sort()
	return res
}

// Stack runs the rules that judge the stack as a whole, side by side.
func (c *Checker) Stack(g *graph.Graph) Result { return c.together(c.stack, g) }

// Source runs the rules that look at source code only, for when the stack is not
// known.
func (c *Checker) Source() Result {
	stack := &graph.Resource{Type: graph.StackType, Inputs: resource.PropertyMap{}}
	onlySource := func(rules []*rule.Rule) []*rule.Rule {
		return slices.DeleteFunc(slices.Clone(rules), func(r *rule.Rule) bool { return !r.Scope.Code() })
	}
	res := c.each(onlySource(c.byType[stack.Type]), stack)
	res.Add(c.together(onlySource(c.stack), graph.New("", "", "", []*graph.Resource{stack})))
	res.Sort()
	return res
}

// together runs rules for the stack side by side.
func (c *Checker) together(rules []*rule.Rule, g *graph.Graph) Result {
	said, stack := make([]Result, len(rules)), aws.NewStack(g)
	var running sync.WaitGroup
	for i, ru := range rules {
		running.Go(func() { c.run(&said[i], ru, stack, nil, ru.CheckStack) })
	}
	running.Wait()
	var res Result
	for _, one := range said {
		res.Add(one)
	}
	res.Notices = append(c.notices(), unjudged(g)...)
	res.Failures = c.parseErrors()
	res.Sort()
	return res
}

// All runs every rule: on each managed resource, and on the stack.
func (c *Checker) All(g *graph.Graph) Result {
	var res Result
	for _, r := range g.Resources {
		if r.Managed() {
			res.Add(c.Resource(r))
		}
	}
	// The stack comes last, as in the engine: only then is it known which
	// waivers were not used.
	res.Add(c.Stack(g))
	res.Sort()
	return res
}

// run gives one rule its pass. A panic becomes a finding, at the rule's own
// level: a rule that cannot finish has not passed.
func (c *Checker) run(res *Result, ru *rule.Rule, stack *aws.Stack, on *graph.Resource, body func(*rule.Pass)) {
	level := c.config.Level(ru.ID)
	violation := func(f finding.Finding) {
		f.Level = cmp.Or(f.Level, level)
		if !f.InSource {
			f.Location = cmp.Or(c.yaml.Locate(f.URN, f.Property), f.Location)
		}
		if w, ok := c.waived(ru, f, stack); ok {
			res.Waived = append(res.Waived, w)
			return
		}
		res.Findings = append(res.Findings, f)
	}
	undecided := func(n finding.NotEvaluated) {
		res.NotEvaluated = append(res.NotEvaluated, n)
		if f, ok := c.unknownAsFinding(ru, n); ok {
			violation(f)
		}
	}
	pass := rule.NewPass(ru, c.config.Params(ru.ID), violation, undecided)
	pass.Dir = c.workingFolder()
	if stack != nil {
		pass.Graph, pass.Stack = stack.Graph, stack
	}
	if ru.Scope.Code() && c.Dir != "" {
		c.mu.Lock()
		defer c.mu.Unlock()
		pass.Source = c.source(pass)
	}
	defer func() {
		if cause := recover(); cause != nil {
			// The cause may quote a property, and so a secret: the message has only its
			// place in the code.
			pass.Report(on, "", fmt.Sprintf("rule %s failed inside pipeguard (%s)", ru.ID, panicPlace()),
				"please report this; set the rule to \"disabled\" in the policy configuration to go on without it")
		}
	}()
	body(pass)
}

// workingFolder is the folder that the program runs in, and names files from.
func (c *Checker) workingFolder() string {
	c.workOnce.Do(func() {
		if c.Dir != "" {
			_, c.work = source.Locate(c.Dir)
			// What is wrong with it is among the rules' failures, and in another language it
			// declares nothing.
			c.yaml, _ = source.YAMLProgram(c.Dir)
		}
	})
	return c.work
}

// source is the program's source under the budget of the pass's rule. Rules with
// the same budget share it.
func (c *Checker) source(p *rule.Pass) *source.Source {
	budget := p.Budget()
	if c.sources[budget] == nil {
		c.sources[budget] = source.New(c.Dir, budget, c.registry.Keywords())
	}
	return c.sources[budget]
}

// waived is the finding with the reason why it is let pass, if it is: by a
// comment in the source, by the configuration or by the baseline.
func (c *Checker) waived(ru *rule.Rule, f finding.Finding, stack *aws.Stack) (finding.Waived, bool) {
	if ru.Scope.Code() && f.Location.Line > 0 {
		// The rule's turn with the sources has been taken in run.
		for _, src := range c.sources {
			if reason, ok := src.Waived(ru.ID, f.Location); ok {
				return finding.Waived{Finding: f, Reason: reason, By: finding.ByComment}, true
			}
		}
	}
	urn := string(f.URN)
	if urn == "" {
		urn = stackURN(stack)
	}
	for i, w := range c.config.Waivers {
		if w.Covers(f, urn) {
			c.use(i)
			if !w.Expired(c.Now) {
				return finding.Waived{Finding: f, Reason: w.Reason, By: finding.ByConfig, Expires: w.Expires}, true
			}
		}
	}
	return c.Baseline.Waive(f)
}

func (c *Checker) use(waiver int) {
	c.usedMu.Lock()
	defer c.usedMu.Unlock()
	c.used[waiver] = true
}

// stackURN is the URN of the stack itself, or "".
func stackURN(stack *aws.Stack) string {
	if stack != nil {
		for _, r := range stack.All(graph.StackType) {
			return string(r.URN)
		}
	}
	return ""
}

// unknownAsFinding is what could not be judged as a violation, where the
// configuration asks for that.
func (c *Checker) unknownAsFinding(ru *rule.Rule, n finding.NotEvaluated) (finding.Finding, bool) {
	if c.config.Unknowns == config.Ignore {
		return finding.Finding{}, false
	}
	return finding.Finding{
		Rule: ru.ID, Severity: ru.Severity, Level: apitype.EnforcementLevel(c.config.Unknowns), URN: n.URN,
		Message: "whether this holds is not known: " + n.Reason + ".",
		Fix:     "give the value where the preview can see it, or set \"unknowns\" to \"ignore\" in the policy configuration",
	}, true
}

// notices are the waivers that do nothing, or no more.
func (c *Checker) notices() []finding.Notice {
	c.mu.Lock()
	defer c.mu.Unlock()
	notices := c.configNotices()
	var known, inForce []string
	for _, ru := range c.registry.Rules() {
		if ru.Scope.Code() {
			known = append(known, ru.ID)
			if c.config.Level(ru.ID) != apitype.Disabled {
				inForce = append(inForce, ru.ID)
			}
		}
	}
	told := map[finding.Notice]bool{}
	for _, src := range c.sources {
		for _, w := range src.WaiverProblems(known, inForce) {
			n := finding.Notice{Rule: w.Rule, Location: w.Location, Message: "the waiver " + w.Problem}
			if !told[n] {
				told[n] = true
				notices = append(notices, n)
			}
		}
	}
	return notices
}

// parseErrors are the places in the source that cannot be parsed.
func (c *Checker) parseErrors() []finding.Failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	var failures []finding.Failure
	for _, src := range c.sources {
		for _, f := range src.ParseErrors() {
			if !slices.Contains(failures, f) {
				failures = append(failures, f)
			}
		}
	}
	return failures
}

func (c *Checker) configNotices() []finding.Notice {
	c.usedMu.Lock()
	defer c.usedMu.Unlock()
	var notices []finding.Notice
	for i, w := range c.config.Waivers {
		said := fmt.Sprintf("the waiver of %s for %s in the policy configuration ", w.Rule, w.URN)
		switch {
		case w.Expired(c.Now):
			said += "expired on " + w.Expires + ": fix what it waives, or give it a new day"
		case !c.used[i] && c.config.Level(w.Rule) != apitype.Disabled:
			said += "is not used: nothing that it names violates the rule; remove it"
		default:
			continue
		}
		notices = append(notices, finding.Notice{Rule: w.Rule, Message: said})
	}
	return notices
}

// Add joins more of what the rules said.
func (r *Result) Add(more Result) {
	r.Findings = append(r.Findings, more.Findings...)
	r.Waived = append(r.Waived, more.Waived...)
	r.NotEvaluated = append(r.NotEvaluated, more.NotEvaluated...)
	r.Notices = append(r.Notices, more.Notices...)
	r.Failures = append(r.Failures, more.Failures...)
}

// Empty says that the rules said nothing.
func (r *Result) Empty() bool {
	return len(r.Findings)+len(r.Waived)+len(r.NotEvaluated)+len(r.Notices)+len(r.Failures) == 0
}

// Sort puts the result into its stable order.
func (r *Result) Sort() {
	finding.Sort(r.Findings)
	slices.SortFunc(r.Waived, func(a, b finding.Waived) int { return finding.Compare(a.Finding, b.Finding) })
	slices.SortFunc(r.Notices, func(a, b finding.Notice) int {
		return cmp.Or(cmp.Compare(a.Location.File, b.Location.File), cmp.Compare(a.Location.Line, b.Location.Line), cmp.Compare(a.Message, b.Message))
	})
	finding.SortNotEvaluated(r.NotEvaluated)
	finding.SortFailures(r.Failures)
}
