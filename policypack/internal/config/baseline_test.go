package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

func TestReadBaselineReportsWhatIsWrongAndHowToFixIt(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, says string }{
		"truncated":          {"{\n", "line 2: not JSON"},
		"empty":              {"", "line 1: not JSON"},
		"a list":             {"[]", "line 1: want what pipeguard baseline writes, got array"},
		"an earlier version": {`{"version": 1}`, "it is of version 1, not 2"},
		"no fingerprint":     {`{"version": 2, "findings": [{"rule": "s3-versioning"}]}`, "findings[0] has no fingerprint"},
		"text that follows":  {`{"version": 2} x`, "line 1: not JSON"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "known.json")
			require.NoError(t, os.WriteFile(file, []byte(test.text), 0o600))
			_, err := config.ReadBaseline(file)
			require.ErrorContains(t, err, file)
			assert.ErrorContains(t, err, test.says)
			assert.ErrorContains(t, err, "recreate it with pipeguard baseline")
		})
	}
}

func TestABaselineLetsPassAsManyIdenticalDefectsAsItHolds(t *testing.T) {
	t.Parallel()
	// at is the same defect on that line; other is another one.
	at := func(line int) finding.Finding {
		return finding.Finding{
			Rule: "source-runtime-packaging", InSource: true, Snippet: "run(x)", Location: finding.Location{File: "a.py", Line: line},
		}
	}
	other := finding.Finding{Rule: "s3-versioning", URN: "u"}
	identified := func(fs ...finding.Finding) []finding.Finding {
		all := make([]*finding.Finding, len(fs))
		for i := range fs {
			all[i] = &fs[i]
		}
		finding.Identify(all)
		return fs
	}
	lines := func(fs []finding.Finding) []int {
		all := []int{}
		for _, f := range fs {
			all = append(all, f.Location.Line)
		}
		return all
	}
	var record bytes.Buffer
	require.NoError(t, config.WriteBaseline(&record, identified(at(1), at(5))))
	file := filepath.Join(t.TempDir(), "known.json")
	require.NoError(t, os.WriteFile(file, record.Bytes(), 0o600))
	b, err := config.ReadBaseline(file)
	require.NoError(t, err)

	for name, test := range map[string]struct {
		found []finding.Finding
		left  []int
	}{
		"the same":            {identified(at(1), at(5)), []int{}},
		"moved":               {identified(at(11), at(15)), []int{}},
		"the first is fixed":  {identified(at(5)), []int{}},
		"a third":             {identified(at(1), at(5), at(9)), []int{9}},
		"another defect":      {identified(at(1), other), []int{0}},
		"one that is waived":  {identified(at(1), at(3), at(5))[1:], []int{}},
		"nothing is found":    {nil, []int{}},
		"a fourth and others": {identified(at(1), at(5), at(7), at(9), other), []int{7, 9, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left, known := b.Split(test.found)
			assert.Equal(t, test.left, lines(left))
			assert.Len(t, known, len(test.found)-len(left))
			for _, w := range known {
				assert.Equal(t, finding.ByBaseline, w.By)
				assert.Equal(t, "it existed when the baseline was made", w.Reason)
			}
		})
	}
}
