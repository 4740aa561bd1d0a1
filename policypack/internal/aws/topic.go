package aws

import (
	"slices"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Topic is an SNS topic.
type Topic struct{ object }

// Topics returns the topics, managed or not.
func (s *Stack) Topics() []*Topic { return s.topics() }

// Alarms returns the alarms that send to the topic in any state, and one that may do so, or nil.
func (t *Topic) Alarms() (alarms []*graph.Resource, maybe *graph.Resource) {
	index := t.stack.alarmed()
	return index.Linked(t.Resource), index.Maybe(t.Resource)
}

// newAlarmed returns which alarms send to which topic.
func (s *Stack) newAlarmed() *graph.Referrers {
	return s.Referrers(s.All(graph.MetricAlarm, graph.CompositeAlarm), alarmActions, graph.Topic)
}

// alarmActions returns what an alarm sends to in any state.
func alarmActions(alarm *graph.Resource) []graph.Ref {
	return slices.Concat(alarm.Refs("alarmActions"), alarm.Refs("okActions"), alarm.Refs("insufficientDataActions"))
}
