package aws

import (
	"github.com/pipeguard/pipeguard/policypack/internal/answer"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
)

// Queue is an SQS queue.
type Queue struct{ object }

// Queues returns the queues, managed or not.
func (s *Stack) Queues() []*Queue { return s.queues() }

// QueueOf returns a queue by its own arguments alone, for rules that judge a resource without its stack.
func QueueOf(r *graph.Resource) *Queue { return &Queue{object{Resource: r}} }

// The default time for which SQS hides a message that is being processed, and the default and maximum time for which it
// keeps one, in seconds.
const (
	defaultVisibility = 30
	defaultRetention  = 4 * SecondsPerDay
	longestRetention  = 14 * SecondsPerDay
)

// SecondsPerDay is a day in the unit of SQS's arguments.
const SecondsPerDay = 24 * 60 * 60

// Retention returns for how many seconds the queue keeps a message, if that is known.
func (q *Queue) Retention() (seconds float64, known bool) {
	return q.Setting("messageRetentionSeconds").NumberOr(defaultRetention)
}

// Visibility returns for how many seconds the queue hides a message that is being processed, if that is known.
func (q *Queue) Visibility() (seconds float64, known bool) {
	return q.Setting("visibilityTimeoutSeconds").NumberOr(defaultVisibility)
}

// KeepsLongest reports whether the queue keeps messages for the maximum time.
func (q *Queue) KeepsLongest() bool {
	kept, known := q.Retention()
	return known && kept >= longestRetention
}

// HasManagedEncryption reports whether SQS encrypts the queue with its own keys, as it does by default.
func (q *Queue) HasManagedEncryption() answer.Answer {
	if v := q.Arg("sqsManagedSseEnabled"); !v.Absent() {
		return v.IsTrue()
	}
	return answer.Yes
}

// FailedBy returns the resources that send failed messages to the queue, and one that may do so, or nil.
func (q *Queue) FailedBy() (senders []*graph.Resource, maybe *graph.Resource) {
	index := q.stack.deadLetterSenders()
	return index.Linked(q.Resource), index.Maybe(q.Resource)
}

// LongestSource returns, of the queues whose messages are moved to this one, the queue that keeps messages longest,
// with its retention, and another one whose retention is not known. Both queues may be nil.
func (q *Queue) LongestSource() (longest, unsettled *Queue) {
	senders, _ := q.FailedBy()
	for _, sender := range senders {
		for _, r := range q.stack.redrivenBy(sender) {
			source := &Queue{object{r, q.stack}}
			kept, known := source.Retention()
			if !known {
				unsettled = source
				continue
			}
			if longest != nil {
				if most, _ := longest.Retention(); kept <= most {
					continue
				}
			}
			longest = source
		}
	}
	return longest, unsettled
}

// redrivenBy returns the queues whose messages a sender moves to a dead-letter queue.
func (s *Stack) redrivenBy(sender *graph.Resource) []*graph.Resource {
	switch sender.Type {
	case graph.Queue:
		return []*graph.Resource{sender}
	case graph.RedrivePolicy:
		return s.Resolve(sender, sender.Ref("queueUrl"), graph.Queue).Linked()
	default:
		return nil
	}
}
