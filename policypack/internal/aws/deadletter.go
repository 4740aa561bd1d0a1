package aws

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/aws/iam"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Sink is where a function sends the events that it failed on: its dead-letter target, or an onFailure destination.
type Sink struct {
	Function *Function
	// Holder is the resource whose argument Property names the target: the function or a configuration of it.
	Holder   *graph.Resource
	Property string

	ref graph.Ref
	// actions maps each service that can be the target to the action that the role needs to send there.
	actions map[string]string
}

// DeadLetterTarget returns the target in the function's deadLetterConfig.
func (f *Function) DeadLetterTarget() Sink {
	return Sink{f, f.Resource, "deadLetterConfig.targetArn", f.Ref("deadLetterConfig", "targetArn"), map[string]string{
		"sqs": "sqs:SendMessage", "sns": "sns:Publish",
	}}
}

// OnFailure returns the function's onFailure destination in a configuration of it.
func (f *Function) OnFailure(c *InvokeConfig) Sink {
	return Sink{f, c.Resource, "destinationConfig.onFailure.destination", onFailure(c.Resource), map[string]string{
		"sqs": "sqs:SendMessage", "sns": "sns:Publish",
		"events": "events:PutEvents", "lambda": "lambda:InvokeFunction", "s3": "s3:PutObject",
	}}
}

// Sinks returns where the function sends, or may send, the events that it failed on.
func (f *Function) Sinks() []Sink {
	var given []Sink
	configs, _ := f.InvokeConfigs()
	for _, c := range configs {
		given = append(given, f.OnFailure(c))
	}
	return append([]Sink{f.DeadLetterTarget()}, given...)
}

// IsDeadLetterTarget reports whether the sink is the function's own deadLetterConfig.
func (s Sink) IsDeadLetterTarget() bool { return s.Holder == s.Function.Resource }

// IsGiven reports whether the argument names a target.
func (s Sink) IsGiven() answer.Answer {
	if s.ref.Value.Unknown() && len(s.target().Linked()) > 0 {
		return answer.Yes
	}
	return s.ref.Value.IsGiven()
}

// Value returns the value of the argument.
func (s Sink) Value() graph.Value { return s.ref.Value }

// sinkTypes maps the types of resources that can be a sink to their services as ARNs name them.
var (
	sinkTypes    = []graph.Type{graph.Queue, graph.Topic, graph.EventBus, graph.Function, graph.Bucket}
	sinkServices = map[graph.Type]string{
		graph.Queue: "sqs", graph.Topic: "sns", graph.EventBus: "events", graph.Function: "lambda", graph.Bucket: "s3",
	}
)

func (s Sink) target() graph.Target { return s.Function.stack.Resolve(s.Holder, s.ref, sinkTypes...) }

// Targets returns the resources of the stack that are, or may be, the sink.
func (s Sink) Targets() []*graph.Resource { return s.target().Linked() }

// Accepts reports whether the sink can receive failed events: it must be of one of the accepted services and must not
// be FIFO. The action is the one that is needed to send there.
func (s Sink) Accepts() (accepts answer.Answer, action string) {
	text, known := s.ref.Value.Str()
	if known {
		a, _ := arn.Parse(text)
		if action = s.actions[a.Service]; action == "" || strings.HasSuffix(text, ".fifo") {
			return answer.No, ""
		}
		return answer.Yes, action
	}
	if linked := s.Targets(); len(linked) == 1 && !isFIFO(linked[0]) {
		action = s.actions[sinkServices[linked[0].Type]]
	}
	if action == "" {
		return answer.Unknown, ""
	}
	return answer.Yes, action
}

// isFIFO reports whether a queue or a topic is known to be FIFO.
func isFIFO(r *graph.Resource) bool {
	name, _ := r.PhysicalName().Str()
	byQueue, _ := r.Arg("fifoQueue").Bool()
	byTopic, _ := r.Arg("fifoTopic").Bool()
	return byQueue || byTopic || strings.HasSuffix(name, ".fifo")
}

// Request returns what the function's role must be allowed to do to send there: Lambda sends with the function's own
// role. Its target is nil when that is not in the stack.
func (s Sink) Request() iam.Request {
	_, action := s.Accepts()
	text, _ := s.ref.Value.Str()
	request := iam.Request{Action: action, ARN: text}
	if linked := s.Targets(); len(linked) > 0 {
		request.Target = linked[0]
	}
	return request
}

// newDeadLetterSenders returns which resources of the stack send failed messages to which queue: by deadLetterConfig,
// an onFailure destination or a redrive policy.
func (s *Stack) newDeadLetterSenders() *graph.Referrers {
	senders := s.All(
		graph.EventBus, graph.Function, graph.FunctionEventInvokeConfig, graph.EventSourceMapping, graph.EventTarget,
		graph.Queue, graph.RedrivePolicy, graph.Schedule, graph.TopicSubscription,
	)
	return s.Referrers(senders, func(r *graph.Resource) []graph.Ref {
		switch r.Type {
		case graph.Function:
			return []graph.Ref{r.Ref("deadLetterConfig", "targetArn")}
		case graph.FunctionEventInvokeConfig:
			return []graph.Ref{onFailure(r)}
		case graph.EventSourceMapping:
			return []graph.Ref{r.Ref("destinationConfig", "onFailure", "destinationArn")}
		case graph.EventBus, graph.EventTarget:
			return []graph.Ref{r.Ref("deadLetterConfig", "arn")}
		case graph.Schedule:
			return []graph.Ref{r.Ref("target", "deadLetterConfig", "arn")}
		default:
			return RedriveTarget(r)
		}
	}, graph.Queue)
}

// onFailure returns where a FunctionEventInvokeConfig sends failures. While that is unknown, one of the dependencies of
// its argument may be the onSuccess destination instead.
func onFailure(config *graph.Resource) graph.Ref {
	ref := config.Ref("destinationConfig", "onFailure", "destination")
	onSuccess := config.Ref("destinationConfig", "onSuccess", "destination").Value
	shared := onSuccess.Unknown() || onSuccess.Known() && len(config.PropertyDependencies["destinationConfig"]) > 1
	ref.Doubtful = ref.Value.Unknown() && shared
	return ref
}

// RedriveTarget returns the dead-letter queue in a redrive policy, which is JSON.
func RedriveTarget(r *graph.Resource) []graph.Ref {
	policy, ok := r.Setting("redrivePolicy").JSON()
	if !ok {
		return nil
	}
	return []graph.Ref{{Property: "redrivePolicy", Value: policy.Get("deadLetterTargetArn")}}
}
