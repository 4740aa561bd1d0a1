package rules

import (
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// metric is a CloudWatch metric, and the dimension that says whose it is.
type metric struct {
	namespace, name, dimension string
	// of is the type of the resource the dimension names.
	of graph.Type
	// wholeAccount says that the metric without the dimension is the sum over
	// all such resources.
	wholeAccount bool
}

var (
	functionErrors = metric{"AWS/Lambda", "Errors", "FunctionName", graph.Function, true}
	queueDepth     = metric{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", graph.Queue, false}
)

// alarmIndex tells which alarms watch a metric of which resource, and which
// alarms reach anybody.
type alarmIndex struct {
	g             *graph.Graph
	subscriptions *graph.Referrers
	composites    *graph.Referrers
	verdicts      map[*graph.Resource]delivery
}

// delivery says whether an alarm on too much of something reaches anybody and, if
// not, why and how to fix it.
type delivery struct {
	answer             answer.Answer
	property, why, fix string
}

func newAlarmIndex(g *graph.Graph) *alarmIndex {
	listeners := g.All(graph.TopicSubscription, graph.SlackChannelConfiguration, graph.TeamsChannelConfiguration)
	return &alarmIndex{
		g:             g,
		subscriptions: g.Referrers(listeners, subscribedTopics, graph.Topic),
		composites:    g.Referrers(g.All(graph.CompositeAlarm), namedAlarms, graph.MetricAlarm, graph.CompositeAlarm),
		verdicts:      map[*graph.Resource]delivery{},
	}
}

// subscribedTopics are the topics that a resource listens to. A chat channel
// makes its subscriptions itself.
func subscribedTopics(r *graph.Resource) []graph.Ref {
	if r.Type == graph.TopicSubscription {
		return graph.Arg("topic")(r)
	}
	topics := r.Setting("snsTopicArns")
	if topics.Unknown() {
		return []graph.Ref{{Property: "snsTopicArns", Value: topics}}
	}
	var refs []graph.Ref
	for _, topic := range topics.Items() {
		refs = append(refs, graph.Ref{Property: "snsTopicArns", Value: topic})
	}
	return refs
}

// watchers are the alarms on a metric: by the resource that they watch, and
// those that watch all of them.
func (x *alarmIndex) watchers(m metric) (each *graph.Referrers, all []*graph.Resource) {
	alarms := x.g.All(graph.MetricAlarm)
	for _, alarm := range alarms {
		for _, q := range queries(alarm) {
			if m.watchedBy(q) == answer.Yes && (q.expression.Known() || m.wholeAccount && q.dimension(m).Absent()) {
				all = append(all, alarm)
				break
			}
		}
	}
	refs := func(alarm *graph.Resource) []graph.Ref {
		var refs []graph.Ref
		for _, q := range queries(alarm) {
			dimension := q.dimension(m)
			text, _ := dimension.Str()
			_, noName := graph.NameIn(text) // an ARN or a URL is in no metric
			switch watched := m.watchedBy(q); {
			case watched == answer.No || noName:
			case watched == answer.Unknown && dimension.Absent():
				refs = append(refs, graph.Ref{Value: graph.Unknown})
			default:
				refs = append(refs, graph.Ref{Property: q.property, Value: dimension, Doubtful: watched == answer.Unknown})
			}
		}
		return refs
	}
	return x.g.Referrers(alarms, refs, m.of), all
}

// query is one metric, or expression over metrics, that an alarm watches.
type query struct {
	property                                string
	namespace, name, dimensions, expression graph.Value
}

func queries(alarm *graph.Resource) []query {
	qs := []query{{
		property: "dimensions", namespace: alarm.Setting("namespace"), name: alarm.Setting("metricName"),
		dimensions: alarm.Setting("dimensions"),
	}}
	list := alarm.Setting("metricQueries")
	if list.Unknown() {
		return append(qs, query{property: "metricQueries", namespace: list, name: list, expression: list})
	}
	for _, item := range list.Items() {
		of := item.Get("metric")
		qs = append(qs, query{
			property: "metricQueries", namespace: of.Get("namespace"), name: of.Get("metricName"),
			dimensions: of.Get("dimensions"), expression: item.Get("expression"),
		})
	}
	return qs
}

func (q query) dimension(m metric) graph.Value { return q.dimensions.Get(m.dimension) }

// watchedBy says whether a query is on the metric. An expression that names
// metric and namespace (a SEARCH or SELECT over them) is taken to be.
func (m metric) watchedBy(q query) answer.Answer {
	if text, known := q.expression.Str(); known {
		if strings.Contains(text, m.namespace) && strings.Contains(text, m.name) {
			return answer.Yes
		}
		return answer.No
	}
	if q.expression.Unknown() {
		return answer.Unknown
	}
	return min(q.namespace.Equals(m.namespace), q.name.Equals(m.name))
}

// firesBelow says whether an alarm fires when there is too little of something.
func firesBelow(alarm *graph.Resource) answer.Answer {
	operator := alarm.Setting("comparisonOperator")
	return max(operator.Equals("LessThanThreshold"), operator.Equals("LessThanOrEqualToThreshold"),
		operator.Equals("LessThanLowerThreshold"))
}

var alarmState = regexp.MustCompile(`ALARM\s*\(\s*(?:"([^"]+)"|([^")]+?))\s*\)`)

// namedAlarms are the alarms that a composite alarm fires on: those inside
// ALARM(…) in its rule, by name or ARN. Wildcards and AT_LEAST, which takes a
// list, may mean any.
func namedAlarms(composite *graph.Resource) []graph.Ref {
	rule := composite.Setting("alarmRule")
	text, known := rule.Str()
	if !known {
		return []graph.Ref{{Property: "alarmRule", Value: rule}}
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

// delivers says whether an alarm reaches anybody: by an action of its own, or
// of a composite alarm that fires on it.
func (x *alarmIndex) delivers(alarm *graph.Resource) delivery {
	if d, ok := x.verdicts[alarm]; ok {
		return d
	}
	d, most := x.ownDelivery(alarm), answer.Yes
	switch firesBackwards(alarm) {
	case answer.Yes:
		d, most = backwards, answer.Unknown // a composite alarm may turn it round
	case answer.Unknown:
		d.answer = min(d.answer, answer.Unknown)
	case answer.No:
	}
	x.verdicts[alarm] = d // composite alarms may name each other in a circle
	for _, composite := range x.composites.Linked(alarm) {
		d.answer = max(d.answer, min(most, x.delivers(composite).answer))
	}
	if x.composites.Maybe(alarm) != nil {
		d.answer = max(d.answer, answer.Unknown)
	}
	x.verdicts[alarm] = d
	return d
}

// firesBackwards says that an alarm on a metric itself, rather than an expression,
// fires on too little of it. One that acts when it ends may be meant so.
func firesBackwards(alarm *graph.Resource) answer.Answer {
	if !alarm.Managed() || hasItems(alarm.Setting("metricQueries")) || hasItems(alarm.Setting("okActions")) {
		return answer.No
	}
	return firesBelow(alarm)
}

// hasItems says that a list may have items.
func hasItems(list graph.Value) bool { return list.Unknown() || len(list.Items()) > 0 }

var backwards = delivery{
	answer.No, "comparisonOperator", "fires below its threshold: failures end it", "set comparisonOperator: GreaterThanThreshold",
}

var noAction = delivery{
	answer.No, "alarmActions", "has no action: it reaches nobody", "set alarmActions to the ARN of an SNS topic that has a subscription",
}

func (x *alarmIndex) ownDelivery(alarm *graph.Resource) delivery {
	if !alarm.Managed() {
		return delivery{answer: answer.Unknown}
	}
	enabled := alarm.Arg("actionsEnabled")
	if enabled.IsFalse() {
		return delivery{answer.No, "actionsEnabled", "has its actions disabled: it reaches nobody", "remove actionsEnabled, or set it to true"}
	}
	actions := alarm.Arg("alarmActions")
	items := actions.Items()
	if actions.Unknown() {
		items = []graph.Value{actions}
	}
	d := noAction
	for i, action := range items {
		if one := x.reaches(alarm, action); i == 0 || one.answer > d.answer {
			d = one
		}
	}
	if enabled.Unknown() {
		d.answer = min(d.answer, answer.Unknown)
	}
	return d
}

// reaches says whether one action of an alarm reaches anybody. A topic of this
// stack must have a subscription in it and be in the alarm's region; a topic from
// elsewhere may have one.
func (x *alarmIndex) reaches(alarm *graph.Resource, action graph.Value) delivery {
	target := x.g.Resolve(alarm, graph.Ref{Property: "alarmActions", Value: action}, graph.Topic)
	linked := target.Linked()
	if len(linked) == 0 {
		text, known := action.Str()
		switch {
		case target.Absent || known && !arn.IsARN(text):
			return noAction
		case known && !graph.IsARN(text, "sns"):
			return delivery{answer: answer.Yes} // Auto Scaling, EC2, Lambda or Systems Manager acts itself
		}
		return delivery{answer: answer.Unknown}
	}
	d := delivery{answer: answer.No}
	for _, topic := range linked {
		near := alarm.Region().Is(topic.Region())
		switch {
		case near == answer.No:
			d.property, d.why = "alarmActions", "sends to "+topic.String()+" in another region: CloudWatch refuses it"
			d.fix = "set alarmActions to the ARN of an SNS topic in the alarm's own region"
		case near == answer.Unknown:
			d.answer = answer.Unknown
		case len(x.subscriptions.Linked(topic)) > 0:
			return delivery{answer: answer.Yes}
		case !topic.Managed() || x.subscriptions.Maybe(topic) != nil:
			d.answer = answer.Unknown
		default:
			d.property, d.why = "alarmActions", "sends to "+topic.String()+", which has no subscription: it reaches nobody"
			d.fix = "declare an aws.sns.TopicSubscription for " + topic.String()
		}
	}
	return d
}

// notifies are the resources that an alarm sends to, in any of its states.
func notifies(alarm *graph.Resource) []graph.Ref {
	var refs []graph.Ref
	for _, property := range []string{"alarmActions", "okActions", "insufficientDataActions"} {
		actions := alarm.Setting(property)
		if actions.Unknown() {
			refs = append(refs, graph.Ref{Property: property, Value: actions})
		}
		for _, action := range actions.Items() {
			refs = append(refs, graph.Ref{Property: property, Value: action})
		}
	}
	return refs
}
