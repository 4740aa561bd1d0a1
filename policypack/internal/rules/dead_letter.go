package rules

import (
	"regexp"
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// deadLetterReferrers are the resources that send what failed to a queue: by
// deadLetterConfig, an onFailure destination or a redrive policy.
func deadLetterReferrers(g *graph.Graph) *graph.Referrers {
	senders := g.All(
		graph.EventBus, graph.Function, graph.FunctionEventInvokeConfig, graph.EventSourceMapping, graph.EventTarget,
		graph.Queue, graph.RedrivePolicy, graph.Schedule, graph.TopicSubscription,
	)
	return g.Referrers(senders, func(r *graph.Resource) []graph.Ref {
		switch r.Type {
		case graph.Function:
			return deadLetterArg(r)
		case graph.FunctionEventInvokeConfig:
			return onFailureArg(r)
		case graph.EventSourceMapping:
			return graph.Arg("destinationConfig", "onFailure", "destinationArn")(r)
		case graph.EventBus, graph.EventTarget:
			return graph.Arg("deadLetterConfig", "arn")(r)
		case graph.Schedule:
			return graph.Arg("target", "deadLetterConfig", "arn")(r)
		default:
			return redriveArg(r)
		}
	}, graph.Queue)
}

var deadLetterArg = graph.Arg("deadLetterConfig", "targetArn")

// onFailureArg is where a FunctionEventInvokeConfig sends failures. While the
// onSuccess destination is unknown too, either may be what the dependencies of
// both mean.
func onFailureArg(config *graph.Resource) []graph.Ref {
	refs := graph.Arg("destinationConfig", "onFailure", "destination")(config)
	onSuccess := graph.Arg("destinationConfig", "onSuccess", "destination")(config)[0]
	refs[0].Doubtful = refs[0].Value.Unknown() && onSuccess.Value.Unknown()
	return refs
}

// redriveArg is the dead-letter queue in a redrive policy, which is JSON.
func redriveArg(r *graph.Resource) []graph.Ref {
	policy, ok := setting(r, "redrivePolicy").JSON()
	if !ok {
		return nil
	}
	return []graph.Ref{{Property: "redrivePolicy", Value: policy.Get("deadLetterTargetArn")}}
}

// triggers finds what invokes functions asynchronously.
type triggers struct {
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

// invokes are the functions that a resource invokes asynchronously.
func invokes(r *graph.Resource) []graph.Ref {
	switch r.Type {
	case graph.BucketNotification:
		list := r.Arg("lambdaFunctions")
		if list.Unknown() {
			return []graph.Ref{{Property: "lambdaFunctions", Value: list}}
		}
		var refs []graph.Ref
		for _, e := range entries(r) {
			if e.kind.list == "lambdaFunctions" {
				refs = append(refs, graph.Ref{Property: "lambdaFunctions", Value: e.get("lambdaFunctionArn")})
			}
		}
		return refs
	case graph.TopicSubscription:
		return when(equals(setting(r, "protocol"), "lambda"), graph.Arg("endpoint")(r))
	case graph.EventTarget:
		return graph.Arg("arn")(r)
	case graph.Schedule:
		return graph.Arg("target", "arn")(r)
	default: // graph.Permission
		principal := setting(r, "principal")
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
