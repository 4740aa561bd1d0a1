package aws

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// InvokeConfig is a FunctionEventInvokeConfig: how Lambda handles asynchronous invocations of one function, version or
// alias.
type InvokeConfig struct{ object }

// InvokeConfigs returns the configurations of the function, its versions and its aliases, and a resource that may be
// another one, or nil.
func (f *Function) InvokeConfigs() (configs []*InvokeConfig, maybe *graph.Resource) {
	index := f.stack.Attached(graph.FunctionEventInvokeConfig, graph.Function)
	for _, config := range index.Linked(f.Resource) {
		configs = append(configs, &InvokeConfig{object{config, f.stack}})
	}
	return configs, index.Maybe(f.Resource)
}

// Limits returns the limits on the number of retries and the age of an event. For a configuration that the program only
// reads, every value counts as given.
func (c *InvokeConfig) Limits() []Limit {
	if !c.Managed() {
		return nil
	}
	return []Limit{
		{"maximumRetryAttempts", c.gives("maximumRetryAttempts")},
		{"maximumEventAgeInSeconds", c.Arg("maximumEventAgeInSeconds").AtLeast(1)},
	}
}

// LimitsRetries reports whether all of the limits are given.
func (c *InvokeConfig) LimitsRetries() answer.Answer {
	all := answer.Yes
	for _, limit := range c.Limits() {
		all = min(all, limit.Chosen)
	}
	return all
}

// qualifier returns what the configuration is for. Its functionName may be an ARN that ends in the qualifier.
func (c *InvokeConfig) qualifier() Qualifier {
	ref := c.Ref("qualifier")
	if ref.Value.Absent() {
		function, _ := c.Setting("functionName").Str()
		return qualified(qualifierIn(function))
	}
	if text, known := ref.Value.Str(); known {
		return qualified(text)
	}
	if alias := c.stack.resolveOne(c.Resource, ref, graph.FunctionAlias); alias != nil {
		return qualifierByAlias(alias)
	}
	return Qualifier{}
}

// triggers are the resources that invoke the functions of a stack, or their aliases, asynchronously.
type triggers struct{ direct, viaAlias *graph.Referrers }

func (s *Stack) newTriggers() triggers {
	sources := s.All(graph.BucketNotification, graph.TopicSubscription, graph.EventTarget, graph.Schedule, graph.Permission)
	return triggers{s.Referrers(sources, invokes, graph.Function), s.Referrers(sources, invokes, graph.FunctionAlias)}
}

// Triggers returns the resources that invoke the function, or an alias of it, asynchronously, and one that may do so,
// or nil.
func (f *Function) Triggers() (found []*graph.Resource, maybe *graph.Resource) {
	t := f.stack.triggers()
	found, maybe = t.direct.Linked(f.Resource), t.direct.Maybe(f.Resource)
	for _, alias := range f.aliases() {
		found, maybe = append(found, t.viaAlias.Linked(alias)...), cmp.Or(maybe, t.viaAlias.Maybe(alias))
	}
	return found, maybe
}

// asynchronousServices matches the principals whose permission to invoke a function means that they do so
// asynchronously, including CloudWatch Logs, whose principal contains a region. SES does so unless its receipt rule
// says otherwise.
var asynchronousServices = regexp.MustCompile(
	`^(?:codecommit|config|events|iot|lambda\.alarms\.cloudwatch|logs(?:\.[a-z0-9-]+)?|s3|scheduler|sns)\.amazonaws\.com(?:\.cn)?$`)

const maybeAsynchronousService = "ses.amazonaws.com"

// invokes returns the functions that a resource invokes asynchronously.
func invokes(r *graph.Resource) []graph.Ref {
	var refs []graph.Ref
	var asynchronous answer.Answer
	switch r.Type {
	case graph.BucketNotification:
		return notifiedFunctions(r)
	case graph.EventTarget:
		return r.Refs("arn")
	case graph.Schedule:
		return []graph.Ref{r.Ref("target", "arn")}
	case graph.TopicSubscription:
		refs, asynchronous = r.Refs("endpoint"), r.Setting("protocol").Equals("lambda")
	default: // graph.Permission
		principal := r.Setting("principal")
		service, _ := principal.Str()
		refs, asynchronous = r.Refs("function"), answer.No
		switch {
		case asynchronousServices.MatchString(service):
			asynchronous = answer.Yes
		case principal.Unknown() || service == maybeAsynchronousService:
			asynchronous = answer.Unknown
		}
	}
	if asynchronous == answer.No {
		return nil
	}
	for i := range refs {
		refs[i].Doubtful = asynchronous == answer.Unknown
	}
	return refs
}

// invoked returns what a trigger invokes: the function itself, a version or an alias. A permission only shows who may
// invoke it, which is no more than a hint.
func (f *Function) invoked(trigger *graph.Resource) []Qualifier {
	if trigger.Type == graph.Permission {
		return nil
	}
	var found []Qualifier
	aliases := f.aliases()
	for _, ref := range invokes(trigger) {
		linked := f.stack.Resolve(trigger, ref, graph.Function, graph.FunctionAlias).Linked()
		alias := slices.IndexFunc(linked, func(r *graph.Resource) bool { return slices.Contains(aliases, r) })
		switch arn, known := ref.Value.Str(); {
		case alias < 0 && !slices.Contains(linked, f.Resource):
		case known:
			found = append(found, qualified(qualifierIn(arn)))
		case alias >= 0:
			found = append(found, qualifierByAlias(linked[alias]))
		default:
			found = append(found, Qualifier{}) // its ARN, or that of a version
		}
	}
	return found
}

// AsyncState is what is known about a setting for asynchronous invocations.
type AsyncState int

// The states.
const (
	// AsyncGiven means that the setting applies to each trigger; AsyncNotInvoked that nothing invokes the function
	// asynchronously.
	AsyncGiven AsyncState = iota
	AsyncNotInvoked
	// AsyncMissing means that the function does not have the setting, AsyncOfAnotherQualifier that it has it, but not
	// for the version or alias that Trigger invokes.
	AsyncMissing
	AsyncOfAnotherQualifier
	// In these states it is not known whether the setting is for what Trigger invokes, whether it is given, whether
	// Config is for the function, or whether Trigger invokes the function asynchronously.
	AsyncQualifierUnknown
	AsyncValueUnknown
	AsyncConfigUnknown
	AsyncTriggerUnknown
)

// Async is what is known about a function's setting for asynchronous invocations.
type Async struct {
	State AsyncState
	// Trigger is the resource that invokes the function, or may do so; nil if there is none. Invoked is the version or
	// alias that it invokes.
	Trigger *graph.Resource
	Invoked Qualifier
	// Config is the best configuration with the setting, or one that may be for the function; nil if there is none.
	Config *InvokeConfig
}

// Async returns whether a function has a setting for asynchronous invocations. Either the function itself or its
// configurations may contain it. Each configuration is for one function, version or alias, and the setting must apply
// to whatever each trigger invokes.
func (f *Function) Async(own answer.Answer, gives func(*InvokeConfig) answer.Answer) Async {
	configs, maybeConfig := f.InvokeConfigs()
	best := func(counts func(*InvokeConfig) answer.Answer) (found answer.Answer, config *InvokeConfig) {
		found = answer.No
		for i, c := range configs {
			if one := min(gives(c), counts(c)); i == 0 || one > found {
				found, config = one, c
			}
		}
		return found, config
	}
	found, config := best(func(*InvokeConfig) answer.Answer { return answer.Yes })
	invokedBy, maybeBy := f.Triggers()
	// lacking is the answer for the trigger that is covered worst.
	lacking := Async{Config: config}
	for _, trigger := range invokedBy {
		for _, invoked := range f.invoked(trigger) {
			if one, _ := best(func(c *InvokeConfig) answer.Answer { return c.qualifier().appliesTo(invoked) }); one < found {
				found, lacking.Trigger, lacking.Invoked = one, trigger, invoked
			}
		}
	}
	switch found = max(found, own); {
	case found == answer.Yes:
		return Async{State: AsyncGiven}
	case len(invokedBy) == 0 && maybeBy == nil:
		return Async{State: AsyncNotInvoked}
	case found == answer.Unknown && lacking.Trigger != nil && own == answer.No:
		lacking.State = AsyncQualifierUnknown
	case found == answer.Unknown:
		lacking.State = AsyncValueUnknown
	case maybeConfig != nil:
		return Async{State: AsyncConfigUnknown, Config: &InvokeConfig{object{maybeConfig, f.stack}}}
	case len(invokedBy) == 0:
		return Async{State: AsyncTriggerUnknown, Trigger: maybeBy}
	case lacking.Trigger != nil:
		lacking.State = AsyncOfAnotherQualifier
	default:
		lacking.State, lacking.Trigger = AsyncMissing, invokedBy[0]
		if invoked := f.invoked(invokedBy[0]); len(invoked) > 0 {
			lacking.Invoked = invoked[0]
		}
	}
	return lacking
}

// notifiedFunctions returns the functions that a bucket's notification invokes.
func notifiedFunctions(notification *graph.Resource) []graph.Ref {
	if list := notification.Ref("lambdaFunctions"); list.Value.Unknown() {
		return []graph.Ref{list}
	}
	var refs []graph.Ref
	for _, e := range NotificationOf(notification).Entries("lambdaFunctions") {
		refs = append(refs, e.Target())
	}
	return refs
}
