// Package check runs rules under the configuration in force. Each rule is isolated, so that one that fails does not
// take the others down.
package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
	"github.com/pipeguard/pipeguard/policypack/internal/source/yamlprogram"
)

// Result holds the rules' results, in a stable order.
type Result struct {
	Findings     []finding.Finding
	Waived       []finding.Waived
	NotEvaluated []finding.NotEvaluated
	// Notices come with the stack's result.
	Notices []finding.Notice
	// Failures describe what kept the rules from seeing everything, such as source that cannot be parsed. They come
	// with the stack's result.
	Failures []finding.Failure
}

// Checker runs the rules of a registry under a configuration.
type Checker struct {
	// Dir is the program's folder, if known; see rule.Pass.
	Dir string
	// Baseline holds the known findings, which are waived; nil for none.
	Baseline *config.Baseline
	// Now is the time that waivers are judged at.
	Now time.Time

	// byType holds the rules that judge a single resource of a type.
	byType map[graph.Type][]*rule.Rule
	// fixing holds the rules that change such resources; see Remediate.
	fixing   map[graph.Type][]*rule.Rule
	stack    []*rule.Rule
	config   *config.Config
	registry *rule.Registry

	// work is the folder that the program runs in, language what it is written in, and yaml its text if that is YAML.
	// They are found once.
	work     string
	language fix.Language
	yaml     *yamlprogram.Program
	workOnce sync.Once

	// mu guards sources: the rules that look at source share it and take turns.
	mu      sync.Mutex
	sources map[tree.Budget]*source.Source

	// seenMu guards seen: the defects that rules over source have found, with their levels.
	seenMu sync.Mutex
	seen   map[defect]apitype.EnforcementLevel

	// usedMu guards used: the configuration's waivers that a finding has matched, by index.
	usedMu sync.Mutex
	used   map[int]bool
}

// New returns a Checker for the rules that the configuration does not disable.
func New(reg *rule.Registry, cfg *config.Config) *Checker {
	c := &Checker{
		Now:    time.Now(),
		byType: map[graph.Type][]*rule.Rule{}, fixing: map[graph.Type][]*rule.Rule{}, config: cfg, registry: reg, used: map[int]bool{},
		seen:    map[defect]apitype.EnforcementLevel{},
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
func (c *Checker) Resource(r *graph.Resource) Result { return c.finish(c.resource(r)) }

func (c *Checker) resource(r *graph.Resource) Result {
	res := c.each(c.byType[graph.AnyType], r.Declared())
	res.Add(c.each(c.byType[r.Type], r))
	for _, part := range r.Parts {
		res.Add(c.each(c.byType[part.Type], part))
	}
	return res
}

// finish sorts a result and waives the findings in the baseline: only the complete result shows how often each of them
// occurs.
func (c *Checker) finish(res Result) Result {
	c.dropSeen(&res)
	res.Sort()
	if c.Baseline != nil {
		left, known := c.Baseline.Split(res.Findings)
		res.Findings, res.Waived = left, append(res.Waived, known...)
		res.Sort()
	}
	return res
}

// each runs rules that judge one resource on it.
func (c *Checker) each(rules []*rule.Rule, r *graph.Resource) Result {
	var res Result
	for _, ru := range rules {
		c.run(&res, ru, nil, r, func(p *rule.Pass) { ru.CheckResource(p, r) })
	}
	return res
}

// Stack concurrently runs the rules that judge the stack as a whole. If ctx ends first, it returns at once with its
// error: no more rules start, and the results of those that are running are dropped.
func (c *Checker) Stack(ctx context.Context, g *graph.Graph) (Result, error) {
	res, err := c.whole(ctx, g)
	return c.finish(res), err
}

func (c *Checker) whole(ctx context.Context, g *graph.Graph) (Result, error) {
	said := make([]Result, len(c.stack))
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.together(ctx, c.stack, g, said)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("judging the stack: %w", err)
	}
	return c.joined(g, said), nil
}

// Source runs the rules that only look at source code, for use when the stack is unknown.
func (c *Checker) Source() Result {
	stack := &graph.Resource{Type: graph.StackType, Inputs: resource.PropertyMap{}}
	onlySource := func(rules []*rule.Rule) []*rule.Rule {
		return slices.DeleteFunc(slices.Clone(rules), func(r *rule.Rule) bool { return !r.Scope.Code() })
	}
	res := c.each(onlySource(c.byType[stack.Type]), stack)
	rules := onlySource(c.stack)
	said := make([]Result, len(rules))
	g := graph.New("", "", "", []*graph.Resource{stack})
	c.together(context.Background(), rules, g, said)
	res.Add(c.joined(g, said))
	return c.finish(res)
}

// together runs rules for the stack concurrently until ctx ends. Each stores its result in its own element of said.
func (c *Checker) together(ctx context.Context, rules []*rule.Rule, g *graph.Graph, said []Result) {
	stack := aws.NewStack(g)
	var running sync.WaitGroup
	for i, ru := range rules {
		running.Go(func() {
			if ctx.Err() == nil {
				c.run(&said[i], ru, stack, nil, ru.CheckStack)
			}
		})
	}
	running.Wait()
}

// joined returns the results of the rules for a stack, with what is only known after all of them have run.
func (c *Checker) joined(g *graph.Graph, said []Result) Result {
	var res Result
	for _, one := range said {
		res.Add(one)
	}
	res.Notices = append(c.notices(), unjudged(g)...)
	res.Failures = c.parseErrors()
	return res
}

// All runs every rule: on each managed resource, and on the stack.
func (c *Checker) All(g *graph.Graph) Result {
	var res Result
	for _, r := range g.Resources {
		if r.Managed() {
			res.Add(c.resource(r))
		}
	}
	// The stack comes last, as in the engine: only then is it known which
	// waivers were not used.
	whole, _ := c.whole(context.Background(), g) // which never ends
	res.Add(whole)
	return c.finish(res)
}

// run runs one rule. A panic becomes a finding at the rule's own level: a rule that cannot finish has not passed.
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
	pass.Dir, pass.Language = c.workingFolder(), c.language
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

// workingFolder returns the folder that the program runs in and that its paths are relative to.
func (c *Checker) workingFolder() string {
	c.workOnce.Do(func() {
		if c.Dir != "" {
			_, c.work = source.Locate(c.Dir)
			c.language = fix.Language(source.Runtime(c.Dir))
			// Its errors are among the rules' failures, and in another language it declares nothing.
			c.yaml, _ = source.YAMLProgram(c.Dir)
		}
	})
	return c.work
}

// source returns the program's source under the budget of the pass's rule. Rules with
// the same budget share it.
func (c *Checker) source(p *rule.Pass) *source.Source {
	budget := tree.Budget{
		Files: p.Number(rule.MaxFiles),
		Bytes: int64(p.Number(rule.MaxMegabytes)) << 20,
		Time:  time.Duration(p.Number(rule.MaxSeconds)) * time.Second,
	}
	if c.sources[budget] == nil {
		c.sources[budget] = source.New(c.Dir, budget, c.registry.Keywords())
	}
	return c.sources[budget]
}

// waived returns the finding with the reason why it is waived, if it is: by a comment in
// the source or by the configuration. The baseline comes last: see finish.
func (c *Checker) waived(ru *rule.Rule, f finding.Finding, stack *aws.Stack) (finding.Waived, bool) {
	if ru.Scope.Code() && f.Location.Line > 0 {
		// run already holds the lock on the sources.
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
	return finding.Waived{}, false
}

func (c *Checker) use(waiver int) {
	c.usedMu.Lock()
	defer c.usedMu.Unlock()
	c.used[waiver] = true
}

// stackURN returns the URN of the stack itself, or "".
func stackURN(stack *aws.Stack) string {
	if stack != nil {
		for _, r := range stack.All(graph.StackType) {
			return string(r.URN)
		}
	}
	return ""
}

// unknownAsFinding returns what could not be judged as a violation, where the
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

// notices returns notices of the waivers that have no effect, or none any more.
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

// parseErrors returns the places in the source that cannot be parsed.
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

// Add adds more of the rules' results.
func (r *Result) Add(more Result) {
	r.Findings = append(r.Findings, more.Findings...)
	r.Waived = append(r.Waived, more.Waived...)
	r.NotEvaluated = append(r.NotEvaluated, more.NotEvaluated...)
	r.Notices = append(r.Notices, more.Notices...)
	r.Failures = append(r.Failures, more.Failures...)
}

// Empty reports whether there are no results.
func (r *Result) Empty() bool {
	return len(r.Findings)+len(r.Waived)+len(r.NotEvaluated)+len(r.Notices)+len(r.Failures) == 0
}

// Sort sorts the result and sets the fingerprints of the findings. Fingerprints are numbered including waived findings,
// so that waiving one of two identical findings changes neither fingerprint.
func (r *Result) Sort() {
	all := make([]*finding.Finding, 0, len(r.Findings)+len(r.Waived))
	for i := range r.Findings {
		all = append(all, &r.Findings[i])
	}
	for i := range r.Waived {
		all = append(all, &r.Waived[i].Finding)
	}
	finding.Identify(all)
	finding.Sort(r.Findings)
	slices.SortFunc(r.Waived, func(a, b finding.Waived) int { return finding.Compare(a.Finding, b.Finding) })
	slices.SortFunc(r.Notices, func(a, b finding.Notice) int {
		return cmp.Or(cmp.Compare(a.Location.File, b.Location.File), cmp.Compare(a.Location.Line, b.Location.Line), cmp.Compare(a.Message, b.Message))
	})
	finding.SortNotEvaluated(r.NotEvaluated)
	finding.SortFailures(r.Failures)
}
