package rule_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/fix"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

func TestAVerdictIsReportedOnceOnItsResourceOrOnTheStack(t *testing.T) {
	t.Parallel()
	var findings []finding.Finding
	var undecided []finding.NotEvaluated
	p := rule.NewPass(valid("s3-a"), nil,
		func(f finding.Finding) { findings = append(findings, f) },
		func(n finding.NotEvaluated) { undecided = append(undecided, n) })
	p.Graph = graph.New("images", "dev", "", nil)
	bucket := &graph.Resource{URN: "u", Type: graph.Bucket, Name: "b", File: "main.go", Line: 7, Column: 3}

	once := rule.Violation(bucket, "bucket", "it is wrong.", fix.Advise("put it right"))
	rule.EachResource(func(*rule.Pass, *graph.Resource) []rule.Verdict {
		return []rule.Verdict{once, once, rule.OK, rule.NotEvaluated(nil, "half of it is known")}
	})(p, bucket)
	rule.OfStack(func(*rule.Pass, *graph.Resource) rule.Verdict { return rule.NotEvaluated(nil, "no stack") })(p)
	p.Report(nil, "", "all is wrong.", "")

	assert.Equal(t, []finding.Finding{
		{
			Rule: "s3-a", Severity: apitype.PolicySeverityHigh, URN: "u", Property: "bucket",
			Message: "it is wrong.", Fix: "put it right", Edits: fix.Advise("put it right"), Location: finding.Location{File: "main.go", Line: 7, Column: 3},
		},
		{Rule: "s3-a", Severity: apitype.PolicySeverityHigh, Message: "all is wrong."},
	}, findings)
	assert.Equal(t, []finding.NotEvaluated{
		{Rule: "s3-a", URN: "u", Reason: "half of it is known"},
		{Rule: "s3-a", Reason: "no stack"},
	}, undecided)
}

func TestPassReadsParametersOrTheirDefaults(t *testing.T) {
	t.Parallel()
	r := valid("s3-a")
	r.Params = []rule.Param{
		{Name: "on", Type: rule.Boolean, Default: true},
		{Name: "off", Type: rule.Boolean, Default: false},
		{Name: "names", Type: rule.Strings, Default: []string{"a"}},
	}
	tests := map[string]struct {
		params  map[string]any
		on, off bool
		names   []string
	}{
		"defaults":              {nil, true, false, []string{"a"}},
		"others are set":        {map[string]any{"other": 1.0}, true, false, []string{"a"}},
		"flags the other way":   {map[string]any{"on": false, "off": true}, false, true, []string{"a"}},
		"a list from JSON":      {map[string]any{"names": []any{"b", "c"}}, true, false, []string{"b", "c"}},
		"a Go list":             {map[string]any{"names": []string{"b"}}, true, false, []string{"b"}},
		"a list set to nothing": {map[string]any{"names": []any{}}, true, false, []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := rule.NewPass(r, test.params, nil, nil)
			assert.Equal(t, test.on, p.Flag("on"))
			assert.Equal(t, test.off, p.Flag("off"))
			assert.Equal(t, test.names, p.List("names"))
			assert.False(t, p.Flag("undeclared"))
			assert.Nil(t, p.List("undeclared"))
		})
	}
}
