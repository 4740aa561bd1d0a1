package rules

import (
	"regexp"
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// triggers finds what invokes functions asynchronously.
type triggers struct {
	g                *graph.Graph
	direct, viaAlias *graph.Referrers
	aliasOf          map[*graph.Resource][]*graph.Resource
}

// asynchronousServices are the principals whose permission to invoke a function
// means that they do so asynchronously, among them CloudWatch Logs, which names
// its region. SES does unless its receipt rule says otherwise.
var asynchronousServices = regexp.MustCompile(
	`^(?:codecommit|config|events|iot|lambda\.alarms\.cloudwatch|logs(?:\.[a-z0-9-]+)?|s3|scheduler|sns)\.amazonaws\.com(?:\.cn)?$`)

const maybeAsynchronousService = "ses.amazonaws.com"

func asynchronousTriggers(g *graph.Graph) triggers { return graph.Derived(g, newTriggers) }

func newTriggers(g *graph.Graph) triggers {
	sources := g.All(graph.BucketNotification, graph.TopicSubscription, graph.EventTarget, graph.Schedule, graph.Permission)
	t := triggers{
		g:        g,
		direct:   g.Referrers(sources, invokes, graph.Function),
		viaAlias: g.Referrers(sources, invokes, graph.FunctionAlias),
		aliasOf:  map[*graph.Resource][]*graph.Resource{},
	}
	for _, alias := range g.All(graph.FunctionAlias) {
		for _, ref := range graph.Arg("functionName")(alias) {
			for _, function := range g.Resolve(alias, ref, graph.Function).Linked() {
				t.aliasOf[function] = append(t.aliasOf[function], alias)
			}
		}
	}
	return t
}

// of are the triggers of a function, or of an alias of it.
func (t triggers) of(function *graph.Resource) []*graph.Resource {
	found := slices.Clone(t.direct.Linked(function))
	for _, alias := range t.aliasOf[function] {
		found = append(found, t.viaAlias.Linked(alias)...)
	}
	return found
}

// maybe is a resource that may trigger a function, though nothing proves it, or
// nil.
func (t triggers) maybe(function *graph.Resource) *graph.Resource {
	if r := t.direct.Maybe(function); r != nil {
		return r
	}
	for _, alias := range t.aliasOf[function] {
		if r := t.viaAlias.Maybe(alias); r != nil {
			return r
		}
	}
	return nil
}

// configured says whether each trigger of a function finds, in a
// FunctionEventInvokeConfig for what it invokes, what gives looks for: a
// function, its versions and its aliases are configured apart. If that is less
// than the configurations give when all of them count, it names the trigger that
// finds least.
func (t triggers) configured(
	function *graph.Resource, configs []*graph.Resource, gives func(config *graph.Resource) answer.Answer,
) (found answer.Answer, by *graph.Resource) {
	most := func(counts func(config *graph.Resource) answer.Answer) answer.Answer {
		best := answer.No
		for _, config := range configs {
			best = max(best, min(gives(config), counts(config)))
		}
		return best
	}
	found = most(func(*graph.Resource) answer.Answer { return answer.Yes })
	for _, trigger := range t.of(function) {
		for _, invoked := range t.invoked(trigger, function) {
			one := most(func(config *graph.Resource) answer.Answer { return qualifierOf(t.g, config).isFor(invoked) })
			if one < found {
				found, by = one, trigger
			}
		}
	}
	return found, by
}

// invoked is what a trigger invokes of a function: itself, a version or an
// alias. A permission says who may invoke it, which is no more than a hint.
func (t triggers) invoked(trigger, function *graph.Resource) []qualifier {
	if trigger.Type == graph.Permission {
		return nil
	}
	var found []qualifier
	for _, ref := range invokes(trigger) {
		linked := t.g.Resolve(trigger, ref, graph.Function, graph.FunctionAlias).Linked()
		alias := slices.IndexFunc(linked, func(r *graph.Resource) bool { return slices.Contains(t.aliasOf[function], r) })
		switch arn, known := ref.Value.Str(); {
		case alias < 0 && !slices.Contains(linked, function):
		case known:
			found = append(found, qualified(qualifierIn(arn)))
		case alias >= 0:
			found = append(found, qualifierByAlias(linked[alias]))
		default:
			found = append(found, qualifier{}) // its ARN, or that of a version
		}
	}
	return found
}

// invokes are the functions that a resource invokes asynchronously.
func invokes(r *graph.Resource) []graph.Ref {
	switch r.Type {
	case graph.BucketNotification:
		list := r.Arg("lambdaFunctions")
		if list.Unknown() {
			return []graph.Ref{{Property: "lambdaFunctions", Value: list}}
		}
		var refs []graph.Ref
		for _, e := range aws.NotificationOf(r).Entries() {
			if e.Kind.List == "lambdaFunctions" {
				refs = append(refs, e.Target())
			}
		}
		return refs
	case graph.TopicSubscription:
		return when(r.Setting("protocol").Equals("lambda"), graph.Arg("endpoint")(r))
	case graph.EventTarget:
		return graph.Arg("arn")(r)
	case graph.Schedule:
		return graph.Arg("target", "arn")(r)
	default: // graph.Permission
		principal := r.Setting("principal")
		asynchronous := answer.No
		if service, _ := principal.Str(); asynchronousServices.MatchString(service) {
			asynchronous = answer.Yes
		} else if principal.Unknown() || service == maybeAsynchronousService {
			asynchronous = answer.Unknown
		}
		return when(asynchronous, graph.Arg("function")(r))
	}
}

// when keeps refs unless the answer is no; if nobody can tell, they are in
// doubt.
func when(a answer.Answer, refs []graph.Ref) []graph.Ref {
	if a == answer.No {
		return nil
	}
	for i := range refs {
		refs[i].Doubtful = a == answer.Unknown
	}
	return refs
}
