package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// A stack of n functions, each with a broken alarm of its own and one that
// covers all functions, is judged in time that grows with n alone.
func TestLambdaFailureAlarmsReportEachAlarmOnce(t *testing.T) {
	t.Parallel()
	const n = 2000
	var resources strings.Builder
	for i := range n {
		fmt.Fprintf(&resources, "f%d: {type: aws:lambda:Function}\n", i)
		fmt.Fprintf(&resources, "a%d: {type: aws:cloudwatch:MetricAlarm, properties: {namespace: AWS/Lambda, metricName: Errors}}\n", i)
	}
	g, err := ruletest.Graph(program(resources.String()), ruletest.Preview)
	require.NoError(t, err)
	res := checkGraph(t, g, only("lambda-failure-alarms"))
	assert.Len(t, res.Findings, n)
	assert.Len(t, g.All(graph.MetricAlarm), n)
}
