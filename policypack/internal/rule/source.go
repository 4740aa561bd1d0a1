package rule

import (
	"slices"
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
)

// SourceVerdict is what a rule says of a call in the source, before it is known which resource of the stack that
// concerns.
type SourceVerdict struct {
	Verdict

	Call *fact.Call
	// Type and Name are those of the resource that the call declares; Name is empty when it is not known, or when the
	// declaration fails.
	Type graph.Type
	Name string
}

// OfProgram completes a rule on the source of the program, whose one check is JudgeSource.
//
// A verdict goes to the resource it concerns when the engine asks about that one, and everything else to the stack, which
// the engine asks about first: so it is said before anything is created, and also when the program then fails.
func OfProgram(r *Rule) *Rule {
	r.Scope, r.Params = SourceScope, append(r.Params, BudgetParams()...)
	r.Types = append([]graph.Type{graph.StackType}, r.Types...)
	r.CheckResource = func(p *Pass, on *graph.Resource) {
		if p.Source == nil {
			return
		}
		program := p.Source.Program()
		if gaps := program.Unread(); gaps != "" && on.Type == graph.StackType {
			p.report(on, NotEvaluated(on, "not all of the source was read: "+gaps))
		}
		for _, v := range r.verdicts(program) {
			if on.Type == graph.StackType && v.Name == "" || on.Type == v.Type && on.Name == v.Name {
				p.reportSource(on, v, program)
			}
		}
	}
	r.CheckStack = func(p *Pass) {
		if p.Source == nil {
			return
		}
		program := p.Source.Program()
		for _, v := range r.verdicts(program) {
			isDeclared := func(r *graph.Resource) bool { return r.Name == v.Name && r.Managed() }
			if v.Name != "" && !slices.ContainsFunc(p.Graph.All(v.Type), isDeclared) {
				p.reportSource(nil, v, program) // the stack turned out not to have it
			}
		}
	}
	return r
}

// verdicts returns what the rule says of a program, without what stands in functions that nothing calls.
func (r *Rule) verdicts(program *fact.Facts) []SourceVerdict {
	return slices.DeleteFunc(r.JudgeSource(program), func(v SourceVerdict) bool { return v.Call.Uncalled })
}

// OfHandlers completes a rule on the source of functions' handlers, whose one check is JudgeSource. Handlers that no
// function of the stack names are judged with the stack.
func OfHandlers(r *Rule) *Rule {
	r.Scope, r.Params, r.Types = HandlerScope, append(r.Params, BudgetParams()...), []graph.Type{graph.Function}
	r.CheckResource = func(p *Pass, function *graph.Resource) {
		for _, handler := range p.handlers(function) {
			p.judgeHandler(function, handler)
		}
	}
	r.CheckStack = func(p *Pass) {
		if p.Source == nil {
			return
		}
		named := map[string]bool{}
		for _, function := range p.Graph.Managed(graph.Function) {
			for _, handler := range p.handlers(function) {
				for _, file := range handler.Files {
					named[file] = true
				}
			}
		}
		for _, handler := range p.Source.Handlers() {
			if !named[handler.Entry] {
				p.judgeHandler(nil, handler)
			}
		}
	}
	return r
}

// handlers returns the handlers whose source the function's code names.
func (p *Pass) handlers(function *graph.Resource) []fact.Handler {
	if p.Source == nil {
		return nil
	}
	var handlers []fact.Handler
	for _, file := range aws.FunctionOf(function).HandlerFiles() {
		if h, ok := p.Source.HandlerAt(file.Dir, file.Name); ok {
			handlers = append(handlers, h)
		}
	}
	return handlers
}

func (p *Pass) judgeHandler(function *graph.Resource, handler fact.Handler) {
	if gaps := handler.Unread(); gaps != "" {
		p.report(function, NotEvaluated(function, "not all of the handler "+handler.Entry+" was read: "+gaps))
	}
	for _, v := range p.rule.JudgeSource(&handler.Facts) {
		if function != nil {
			v.Message = "in the handler of " + function.String() + ", " + v.Message
		}
		p.reportSource(function, v, &handler.Facts)
	}
}

// reportSource reports a verdict on a call, which is among the facts.
func (p *Pass) reportSource(r *graph.Resource, v SourceVerdict, facts *fact.Facts) {
	v.Resource, v.Place, v.Snippet = r, v.Call.Location, v.Call.Snippet
	v.Reason = v.Call.Location.String() + ": " + v.Reason
	v.Message += CalledFrom(facts, v.Call)
	p.report(r, v.Verdict)
}

// CalledFrom returns the way from the program to a call in one of its functions, as a sentence after others.
func CalledFrom(facts *fact.Facts, c *fact.Call) string {
	var places []string
	for _, caller := range facts.CalledFrom(c) {
		places = append(places, caller.Location.String())
	}
	if len(places) == 0 {
		return ""
	}
	return " It is called from " + strings.Join(places, ", which is called from ") + "."
}
