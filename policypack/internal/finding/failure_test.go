package finding_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

func TestFailuresAreSortedByPlaceResourceAndMessage(t *testing.T) {
	t.Parallel()
	at := func(file string, line, column int) finding.Location {
		return finding.Location{File: file, Line: line, Column: column}
	}
	want := []finding.Failure{
		{Message: "the program does not start"},
		{Message: "a", URN: "urn:pulumi:dev::images::aws:sqs/queue:Queue::failed"},
		{Message: "z", Location: at("a.py", 2, 1)},
		{Message: "a", Location: at("a.py", 2, 3)},
		{Message: "b", Location: at("a.py", 2, 3)},
		{Message: "a", Location: at("a.py", 10, 1)},
		{Message: "a", Location: at("b.py", 1, 1)},
	}
	got := []finding.Failure{want[6], want[4], want[1], want[5], want[0], want[3], want[2]}
	finding.SortFailures(got)
	assert.Equal(t, want, got)
}
