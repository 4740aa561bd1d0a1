package finding_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// fingerprints returns the fingerprints that Identify sets, in the order of the findings.
func fingerprints(fs ...finding.Finding) []string {
	all, prints := make([]*finding.Finding, len(fs)), make([]string, len(fs))
	for i := range fs {
		all[i] = &fs[i]
	}
	finding.Identify(all)
	for i, f := range fs {
		prints[i] = f.Fingerprint
	}
	return prints
}

// onResource and inSource are a finding of each kind.
var (
	onResource = finding.Finding{
		Rule: "s3-notification-typed", URN: "u", Property: "lambdaFunctions[1].events", Message: "m",
		Snippet: "Bucket(", Location: finding.Location{File: "a.py", Line: 3},
	}
	inSource = finding.Finding{
		Rule: "source-runtime-packaging", URN: "u", InSource: true, Snippet: "run( x )",
		Location: finding.Location{File: "a.py", Line: 3, Column: 1},
	}
)

func TestAFingerprintStaysThroughUnrelatedEdits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		of     finding.Finding
		change func(*finding.Finding)
	}{
		"other words":                         {onResource, func(f *finding.Finding) { f.Message, f.Fix = "n", "x" }},
		"another level":                       {onResource, func(f *finding.Finding) { f.Level, f.Severity = "advisory", "low" }},
		"the line that declares the resource": {onResource, func(f *finding.Finding) { f.Snippet = "aws.Bucket(" }},
		"no source at hand":                   {onResource, func(f *finding.Finding) { f.Snippet, f.Location = "", finding.Location{} }},
		"an entry above in the list":          {onResource, func(f *finding.Finding) { f.Property = "lambdaFunctions[2].events" }},
		"lines above":                         {inSource, func(f *finding.Finding) { f.Location.Line = 40 }},
		"indented":                            {inSource, func(f *finding.Finding) { f.Location.Column, f.SnippetColumn = 9, 9 }},
		"spaces":                              {inSource, func(f *finding.Finding) { f.Snippet = "run(  x  )" }},
		"the stack is not known":              {inSource, func(f *finding.Finding) { f.URN = "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := test.of
			test.change(&changed)
			assert.Equal(t, fingerprints(test.of), fingerprints(changed))
		})
	}
}

func TestAnotherDefectHasAnotherFingerprint(t *testing.T) {
	t.Parallel()
	seen := map[string]string{fingerprints(onResource)[0]: "itself", fingerprints(inSource)[0]: "itself, in the source"}
	for name, test := range map[string]struct {
		of     finding.Finding
		change func(*finding.Finding)
	}{
		"rule":                 {onResource, func(f *finding.Finding) { f.Rule = "s3-other" }},
		"resource":             {onResource, func(f *finding.Finding) { f.URN = "v" }},
		"argument":             {onResource, func(f *finding.Finding) { f.Property = "queues[1].events" }},
		"parts that run over":  {onResource, func(f *finding.Finding) { f.Property, f.URN = "lambdaFunctions[1].event", "su" }},
		"file":                 {inSource, func(f *finding.Finding) { f.Location.File = "b.py" }},
		"line":                 {inSource, func(f *finding.Finding) { f.Snippet = "run( y )" }},
		"argument in the line": {inSource, func(f *finding.Finding) { f.Property = "x" }},
	} {
		changed := test.of
		test.change(&changed)
		print := fingerprints(changed)[0]
		assert.Empty(t, seen[print], name)
		seen[print] = name
	}
}

func TestIdenticalDefectsAreCountedInTheOrderOfTheirPlaces(t *testing.T) {
	t.Parallel()
	second, third := inSource, inSource
	second.Location.Line, third.Location.Line = 30, 300
	want := fingerprints(inSource, second, third)
	assert.Equal(t, want[0], fingerprints(inSource)[0])
	for i, print := range want {
		assert.Equal(t, finding.Defect(want[0]), finding.Defect(print))
		assert.NotContains(t, want[:i], print)
	}
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.Permutation([]int{0, 1, 2}).Draw(t, "order")
		fs := []finding.Finding{inSource, second, third}
		got := fingerprints(fs[order[0]], fs[order[1]], fs[order[2]])
		require.Equal(t, []string{want[order[0]], want[order[1]], want[order[2]]}, got)
	})
}
