package rules_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/finding"
	"github.com/pipeguard/pipeguard/policypack/internal/graph"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
	"github.com/pipeguard/pipeguard/policypack/internal/ruletest"
)

// keyWith returns a program with one key.
func keyWith(args string) string { return "key: {type: aws:kms:Key, properties: {" + args + "}}" }

func TestKMSRotationFixesWhatIsSafeToFix(t *testing.T) {
	t.Parallel()
	r := registry(t).Rule("kms-rotation")
	for name, c := range map[string]struct {
		args  string
		fixes bool
	}{
		"not rotated":                  {"description: images, tags: {team: images}", true},
		"off":                          {"enableKeyRotation: false, deletionWindowInDays: 30", true},
		"an unknown window":            {`deletionWindowInDays: {"fn::unknown": 1}`, true},
		"rotated":                      {"enableKeyRotation: true", false},
		"asymmetric":                   {"customerMasterKeySpec: RSA_2048", false},
		"an unknown kind":              {`customerMasterKeySpec: {"fn::unknown": 1}`, false},
		"an unknown rotation":          {`enableKeyRotation: {"fn::unknown": 1}`, false},
		"a window that is not touched": {"deletionWindowInDays: 7", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := ruletest.Graph(program(keyWith(c.args)), ruletest.Preview)
			require.NoError(t, err)
			key := g.Managed(graph.Key)[0]
			before := key.Inputs.Copy()
			var found []finding.Finding
			pass := rule.NewPass(r, nil, func(f finding.Finding) { found = append(found, f) }, func(finding.NotEvaluated) {})
			fixed := r.Remediate(pass, key)
			assert.Equal(t, before, key.Inputs, "the arguments themselves stay as they are")
			if !c.fixes {
				assert.Nil(t, fixed)
				return
			}
			require.NotNil(t, fixed)
			again := *key
			again.Inputs = fixed
			r.CheckResource(pass, &again)
			assert.Empty(t, found)
			assert.Nil(t, r.Remediate(pass, &again), "there is nothing left to fix")
			delete(before, "enableKeyRotation")
			delete(fixed, "enableKeyRotation")
			assert.Equal(t, before, fixed, "all else is kept")
		})
	}
}
