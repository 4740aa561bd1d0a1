package finding_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

func TestLocationPrintsWhatIsKnown(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]finding.Location{
		"":             {Line: 3, Column: 4},
		"main.go":      {File: "main.go", Column: 4},
		"main.go:3":    {File: "main.go", Line: 3},
		"main.go:3:14": {File: "main.go", Line: 3, Column: 14},
	} {
		assert.Equal(t, want, l.String())
	}
}

func TestTextBeginsWithThePlaceInTheSource(t *testing.T) {
	t.Parallel()
	f := finding.Finding{
		Message: "It is wrong.", Fix: "do this", Snippet: "run()",
		Location: finding.Location{File: "lib/a.py", Line: 3, Column: 5},
	}
	assert.Equal(t, "lib/a.py:3:5: It is wrong.\n    run()\n  fix: do this", f.Text())
	f.Snippet = ""
	assert.Equal(t, "It is wrong.\n  fix: do this", f.Text(), "a resource's place is not the finding's own")
}

func TestTextAddsTheFix(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "It is wrong.", finding.Finding{Message: "It is wrong."}.Text())
	assert.Equal(t, "It is wrong.\n  fix: do this",
		finding.Finding{Message: "It is wrong.", Fix: "do this"}.Text())
}

func TestSortGivesOneOrderWhateverCameFirst(t *testing.T) {
	t.Parallel()
	findings := []finding.Finding{
		{URN: "", Rule: "z"},
		{URN: "a", Rule: "r", Property: "p", Message: "m"},
		{URN: "a", Rule: "r", Property: "p", Message: "n"},
		{URN: "a", Rule: "r", Property: "q", Message: "a"},
		{URN: "a", Rule: "s", Property: "a"},
		{URN: "b", Rule: "a"},
	}
	undecided := []finding.NotEvaluated{
		{Rule: "r", URN: "a", Reason: "m"},
		{Rule: "r", URN: "a", Reason: "n"},
		{Rule: "r", URN: "b", Reason: "a"},
		{Rule: "s", URN: "a", Reason: "a"},
	}
	rapid.Check(t, func(t *rapid.T) {
		fs := rapid.Permutation(slices.Clone(findings)).Draw(t, "findings")
		finding.Sort(fs)
		require.Equal(t, findings, fs)
		ns := rapid.Permutation(slices.Clone(undecided)).Draw(t, "not evaluated")
		finding.SortNotEvaluated(ns)
		require.Equal(t, undecided, ns)
	})
}
