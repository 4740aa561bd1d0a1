package rules

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

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

// onFailureArg is where a FunctionEventInvokeConfig sends failures. While it
// is unknown, one of the dependencies that the two share may be the onSuccess
// destination.
func onFailureArg(config *graph.Resource) []graph.Ref {
	refs := graph.Arg("destinationConfig", "onFailure", "destination")(config)
	onSuccess := graph.Arg("destinationConfig", "onSuccess", "destination")(config)[0]
	shared := onSuccess.Value.Unknown() || onSuccess.Value.Known() && len(config.PropertyDependencies["destinationConfig"]) > 1
	refs[0].Doubtful = refs[0].Value.Unknown() && shared
	return refs
}

// redriveArg is the dead-letter queue in a redrive policy, which is JSON.
func redriveArg(r *graph.Resource) []graph.Ref {
	policy, ok := r.Setting("redrivePolicy").JSON()
	if !ok {
		return nil
	}
	return []graph.Ref{{Property: "redrivePolicy", Value: policy.Get("deadLetterTargetArn")}}
}
