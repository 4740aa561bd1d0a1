package aws

import (
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Alarm is a CloudWatch alarm: one on a metric or an expression, or a composite alarm.
type Alarm struct{ object }

// Alarms returns the alarms on metrics and expressions, managed or not.
func (s *Stack) Alarms() []*Alarm { return s.alarms() }

// FiresBelow reports whether the alarm fires when a value is too low.
func (a *Alarm) FiresBelow() answer.Answer {
	operator := a.Setting("comparisonOperator")
	return max(operator.Equals("LessThanThreshold"), operator.Equals("LessThanOrEqualToThreshold"),
		operator.Equals("LessThanLowerThreshold"))
}

// HidesMissingData reports whether the alarm keeps its state, or is in the OK state, when there is no data.
func (a *Alarm) HidesMissingData() answer.Answer {
	missing := a.Setting("treatMissingData")
	return max(missing.Equals("notBreaching"), missing.Equals("ignore"))
}

var fillFunction = regexp.MustCompile(`(?i)\bFILL\s*\(`)

// FillsGaps reports whether the alarm watches an expression that has a value where its metrics have none.
func (a *Alarm) FillsGaps() answer.Answer {
	fills := answer.No
	for _, q := range a.queries() {
		text, _ := q.expression.Str()
		switch {
		case fillFunction.MatchString(text):
			return answer.Yes
		case q.expression.Unknown():
			fills = answer.Unknown
		}
	}
	return fills
}

// scalingPolicies matches the actions of alarms that are used to scale in.
var scalingPolicies = []graph.Type{"aws:appautoscaling/policy:Policy", "aws:autoscaling/policy:Policy"}

// OnlyScales reports whether the alarm does nothing but scale something, or stop an instance (automate, swf).
func (a *Alarm) OnlyScales() answer.Answer {
	actions := a.Refs("alarmActions")
	if len(actions) == 0 || actions[0].Value.Absent() {
		return answer.No
	}
	all := answer.Yes
	for _, action := range actions {
		text, known := action.Value.Str()
		switch {
		case graph.IsARN(text, "autoscaling"), graph.IsARN(text, "automate"), graph.IsARN(text, "swf"):
		case known, len(a.stack.Resolve(a.Resource, action, graph.Topic).Linked()) > 0:
			return answer.No
		case len(a.stack.Resolve(a.Resource, action, scalingPolicies...).Linked()) == 0:
			all = answer.Unknown
		}
	}
	return all
}

// query is one metric, or an expression over metrics, that an alarm watches.
type query struct {
	property                                string
	namespace, name, dimensions, expression graph.Value
}

func (a *Alarm) queries() []query {
	all := []query{{
		property: "dimensions", namespace: a.Setting("namespace"), name: a.Setting("metricName"),
		dimensions: a.Setting("dimensions"),
	}}
	list := a.Setting("metricQueries")
	if list.Unknown() {
		return append(all, query{property: "metricQueries", namespace: list, name: list, expression: list})
	}
	for _, item := range list.Items() {
		metric := item.Get("metric")
		all = append(all, query{
			property: "metricQueries", namespace: metric.Get("namespace"), name: metric.Get("metricName"),
			dimensions: metric.Get("dimensions"), expression: item.Get("expression"),
		})
	}
	return all
}

// Silence is the reason why an alarm reaches nobody.
type Silence int

// The reasons for silence.
const (
	NotSilent Silence = iota
	// FiresBackwards means that an alarm on failures fires when there are few of them.
	FiresBackwards
	ActionsDisabled
	NoAction
	// TopicElsewhere means that the alarm sends to a topic in another region, which CloudWatch rejects.
	TopicElsewhere
	TopicWithoutSubscription
)

// Reach is whether an alarm on failures reaches anybody.
type Reach struct {
	Answer answer.Answer
	// Silence is the reason for a No. Topic is the topic that it concerns, or nil.
	Silence Silence
	Topic   *graph.Resource
}

// Reach returns whether the alarm reaches anybody, through an action of its own or of a composite alarm that fires on
// it.
func (a *Alarm) Reach() Reach {
	reach, most := a.ownReach(), answer.Yes
	switch a.firesBackwards() {
	case answer.Yes:
		reach, most = Reach{Answer: answer.No, Silence: FiresBackwards}, answer.Unknown // a composite alarm may invert it
	case answer.Unknown:
		reach.Answer = min(reach.Answer, answer.Unknown)
	case answer.No:
	}
	// Composite alarms may refer to each other in a cycle.
	index, above := a.stack.composites(), []*graph.Resource{a.Resource}
	for i := 0; i < len(above); i++ {
		if i > 0 {
			reach.Answer = max(reach.Answer, min(most, (&Alarm{object{above[i], a.stack}}).ownReach().Answer))
		}
		if index.Maybe(above[i]) != nil {
			reach.Answer = max(reach.Answer, answer.Unknown)
		}
		for _, composite := range index.Linked(above[i]) {
			if !slices.Contains(above, composite) {
				above = append(above, composite)
			}
		}
	}
	return reach
}

// firesBackwards reports whether an alarm on a metric itself, rather than on an expression, fires when the value is too
// low. An alarm that also acts when it ends may be intended that way.
func (a *Alarm) firesBackwards() answer.Answer {
	hasItems := func(list graph.Value) bool { return list.Unknown() || len(list.Items()) > 0 }
	if !a.Managed() || hasItems(a.Setting("metricQueries")) || hasItems(a.Setting("okActions")) {
		return answer.No
	}
	return a.FiresBelow()
}

// ownReach returns whether an action of the alarm itself reaches anybody.
func (a *Alarm) ownReach() Reach {
	enabled := a.Arg("actionsEnabled")
	switch {
	case !a.Managed():
		return Reach{}
	case enabled.IsFalse():
		return Reach{Answer: answer.No, Silence: ActionsDisabled}
	}
	best := Reach{Answer: answer.No, Silence: NoAction}
	for i, action := range a.Refs("alarmActions") {
		if one := a.reachBy(action); i == 0 || one.Answer > best.Answer {
			best = one
		}
	}
	if enabled.Unknown() {
		best.Answer = min(best.Answer, answer.Unknown)
	}
	return best
}

// reachBy returns whether an action reaches anybody. A topic of this stack must have a subscription in it and be in the
// alarm's region; a topic from outside the stack may have one.
func (a *Alarm) reachBy(action graph.Ref) Reach {
	target := a.stack.Resolve(a.Resource, action, graph.Topic)
	text, known := action.Value.Str()
	switch {
	case len(target.Linked()) > 0:
	case target.Absent || known && !arn.IsARN(text):
		return Reach{Answer: answer.No, Silence: NoAction}
	case known && !graph.IsARN(text, "sns"):
		return Reach{Answer: answer.Yes} // Auto Scaling, EC2, Lambda or Systems Manager acts on its own
	default:
		return Reach{}
	}
	best := Reach{Answer: answer.No}
	for _, topic := range target.Linked() {
		subscribed, maybe := a.stack.subscribed(topic)
		switch near := a.Region().Is(topic.Region()); {
		case near == answer.No:
			best.Silence, best.Topic = TopicElsewhere, topic
		case near == answer.Unknown:
			best.Answer = answer.Unknown
		case subscribed:
			return Reach{Answer: answer.Yes}
		case !topic.Managed() || maybe:
			best.Answer = answer.Unknown
		default:
			best.Silence, best.Topic = TopicWithoutSubscription, topic
		}
	}
	return best
}

// subscribed reports whether a topic has a subscriber, or may have one. A chat channel creates its own subscriptions.
func (s *Stack) subscribed(topic *graph.Resource) (yes, maybe bool) {
	for _, listener := range []graph.Type{
		graph.TopicSubscription, graph.SlackChannelConfiguration, graph.TeamsChannelConfiguration,
	} {
		index := s.Attached(listener, graph.Topic)
		yes, maybe = yes || len(index.Linked(topic)) > 0, maybe || index.Maybe(topic) != nil
	}
	return yes, maybe
}

// AlarmTopic returns a topic of the stack through which an alarm on a resource would reach somebody, or nil.
func (s *Stack) AlarmTopic(on *graph.Resource) *graph.Resource {
	for _, topic := range s.Managed(graph.Topic) {
		if subscribed, _ := s.subscribed(topic); subscribed && topic.Region().Is(on.Region()) == answer.Yes {
			return topic
		}
	}
	return nil
}

var alarmState = regexp.MustCompile(`ALARM\s*\(\s*(?:"([^"]+)"|([^")]+?))\s*\)`)

// namedAlarms returns the alarms that a composite alarm fires on: those inside ALARM(…) in its rule, by name or ARN.
// Wildcards, and AT_LEAST with its list, may refer to any alarm.
func namedAlarms(composite *graph.Resource) []graph.Ref {
	rule := composite.Ref("alarmRule")
	text, known := rule.Value.Str()
	if !known {
		return []graph.Ref{rule}
	}
	var refs []graph.Ref
	for _, m := range alarmState.FindAllStringSubmatch(text, -1) {
		refs = append(refs, graph.Ref{Property: "alarmRule", Value: graph.NewValue(resource.NewProperty(m[1] + m[2]))})
	}
	if strings.Contains(text, "*") || strings.Contains(text, "AT_LEAST") {
		refs = append(refs, graph.Ref{Value: graph.Unknown})
	}
	return refs
}
