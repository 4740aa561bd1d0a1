package aws

import "github.com/pipeguard/pipeguard/policypack/internal/graph"

// defaultVisibility is for how many seconds SQS hides a message that somebody works on when a program says nothing.
const defaultVisibility = 30

// Visibility returns for how many seconds a queue hides a message that somebody works on; false while it is not known.
func Visibility(queue *graph.Resource) (seconds float64, known bool) {
	return queue.Setting("visibilityTimeoutSeconds").NumberOr(defaultVisibility)
}
