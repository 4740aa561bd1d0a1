package aws

import (
	"strings"

	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Metric is a CloudWatch metric of resources of one type.
type Metric struct {
	Namespace, Name string
	// Dimension is the dimension that names the resource.
	Dimension string
	of        graph.Type
	// wholeAccount is set if the metric without the dimension is the sum over all such resources.
	wholeAccount bool
}

// The metrics that show failures.
var (
	FunctionErrors = &Metric{"AWS/Lambda", "Errors", "FunctionName", graph.Function, true}
	QueueDepth     = &Metric{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", graph.Queue, false}
)

// Watch is how the alarms of a stack watch a metric of one resource.
type Watch struct {
	// Answer is whether an alarm watches the resource and reaches somebody.
	Answer answer.Answer
	// Alarms are, for No, the alarms that watch the resource but reach nobody.
	Alarms []*Alarm
	// Maybe is, for Unknown, an alarm that may watch the resource. Without one, it is not known whether an alarm
	// reaches anybody.
	Maybe *Alarm
	// Apart is, for No, an alarm that names the resource from another region, where the resource has no metrics, or
	// nil.
	Apart *Alarm
}

// Watch returns how the alarms watch a metric of a resource.
func (s *Stack) Watch(r *graph.Resource, m *Metric) Watch {
	w := s.watchers[m]()
	near, best := answer.No, answer.No
	found := Watch{}
	for _, alarm := range w.each.Linked(r) {
		a := &Alarm{object{alarm, s}}
		best = max(best, a.Reach().Answer)
		found.Alarms = append(found.Alarms, a)
	}
	for _, alarm := range w.all {
		here := alarm.Region().Is(r.Region())
		near = max(near, min(alarm.Reach().Answer, here))
		if here != answer.No {
			found.Alarms = append(found.Alarms, alarm)
		}
	}
	maybe, apart := w.each.Maybe(r), w.each.Apart(r)
	switch {
	case max(near, best) == answer.Yes:
		return Watch{Answer: answer.Yes}
	case maybe != nil:
		return Watch{Maybe: &Alarm{object{maybe, s}}}
	case max(near, best) == answer.Unknown:
		return Watch{}
	case len(apart) > 0:
		found.Apart = &Alarm{object{apart[0], s}}
	}
	found.Answer = answer.No
	return found
}

// watchers are the alarms on one metric, by the resource that they watch, and those that watch all resources at once.
type watchers struct {
	each *graph.Referrers
	all  []*Alarm
}

func (s *Stack) newWatchers(m *Metric) *watchers {
	w := &watchers{}
	for _, alarm := range s.Alarms() {
		for _, q := range alarm.queries() {
			if m.watchedBy(q) == answer.Yes && (q.expression.Known() || m.wholeAccount && q.dimensions.Get(m.Dimension).Absent()) {
				w.all = append(w.all, alarm)
				break
			}
		}
	}
	w.each = s.Referrers(s.All(graph.MetricAlarm), func(alarm *graph.Resource) []graph.Ref {
		var refs []graph.Ref
		for _, q := range (&Alarm{object{alarm, s}}).queries() {
			dimension := q.dimensions.Get(m.Dimension)
			text, _ := dimension.Str()
			_, noName := graph.NameIn(text) // an ARN or a URL is never the value of a dimension
			switch watched := m.watchedBy(q); {
			case watched == answer.No || noName:
			case watched == answer.Unknown && dimension.Absent():
				refs = append(refs, graph.Ref{Value: graph.Unknown})
			default:
				refs = append(refs, graph.Ref{Property: q.property, Value: dimension, Doubtful: watched == answer.Unknown})
			}
		}
		return refs
	}, m.of)
	return w
}

// watchedBy reports whether a query is on the metric. An expression that contains the names of metric and namespace
// (SEARCH or SELECT) is assumed to be.
func (m *Metric) watchedBy(q query) answer.Answer {
	text, known := q.expression.Str()
	switch {
	case known && strings.Contains(text, m.Namespace) && strings.Contains(text, m.Name):
		return answer.Yes
	case known:
		return answer.No
	case q.expression.Unknown():
		return answer.Unknown
	}
	return min(q.namespace.Equals(m.Namespace), q.name.Equals(m.Name))
}
