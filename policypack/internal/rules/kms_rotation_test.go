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

// keyWith is a program with one key.
func keyWith(args string) string { return "key: {type: aws:kms:Key, properties: {" + args + "}}" }

func TestKMSRotation(t *testing.T) {
	t.Parallel()
	week := map[string]any{"minimumDeletionDays": 7}
	const rotated = "enableKeyRotation: true"
	testRule(t, "kms-rotation", []ruleCase{
		{name: "nothing said", resources: keyWith(""), want: fires("key enableKeyRotation"), says: "Key 'key' is not rotated."},
		{name: "off", resources: keyWith("enableKeyRotation: false"), want: fires("key enableKeyRotation")},
		{name: "on", resources: keyWith(rotated), want: clean},
		{name: "on, as a string", resources: keyWith(`enableKeyRotation: "true"`), want: clean},
		{name: "symmetric, said so", resources: keyWith("keyUsage: ENCRYPT_DECRYPT, customerMasterKeySpec: SYMMETRIC_DEFAULT"), want: fires("key enableKeyRotation")},
		{name: "asymmetric", resources: keyWith("keyUsage: SIGN_VERIFY, customerMasterKeySpec: RSA_2048, deletionWindowInDays: 7"), want: clean},
		{name: "asymmetric, to encrypt", resources: keyWith("customerMasterKeySpec: RSA_4096"), want: clean},
		{name: "HMAC", resources: keyWith("keyUsage: GENERATE_VERIFY_MAC, customerMasterKeySpec: HMAC_256"), want: clean},
		{name: "in a custom store", resources: keyWith("customKeyStoreId: cks-1234"), want: clean},
		{name: "a short window", resources: keyWith(rotated + ", deletionWindowInDays: 7"), want: fires("key deletionWindowInDays"), says: "gone 7 days after"},
		{name: "a short window, as a string", resources: keyWith(rotated + `, deletionWindowInDays: "7"`), want: fires("key deletionWindowInDays")},
		{name: "a window of two weeks", resources: keyWith(rotated + ", deletionWindowInDays: 14"), want: clean},
		{name: "a short window, allowed", resources: keyWith(rotated + ", deletionWindowInDays: 7"), params: week, want: clean},
		{name: "both", resources: keyWith("deletionWindowInDays: 10"), want: fires("key deletionWindowInDays", "key enableKeyRotation")},
		{name: "an unknown rotation", resources: keyWith(`enableKeyRotation: {"fn::unknown": 1}`), want: undecided("key")},
		{name: "an unknown rotation and a short window", resources: keyWith(`enableKeyRotation: {"fn::unknown": 1}, deletionWindowInDays: 7`), want: fires("key deletionWindowInDays").and("key")},
		{name: "an unknown window", resources: keyWith(rotated + `, deletionWindowInDays: {"fn::unknown": 1}`), want: undecided("key")},
		{name: "an unknown kind", resources: keyWith(`customerMasterKeySpec: {"fn::unknown": 1}`), want: undecided("key")},
		{name: "an unknown kind, rotated", resources: keyWith(rotated + `, customerMasterKeySpec: {"fn::unknown": 1}`), want: clean},
		{name: "secret arguments are judged", resources: keyWith(`enableKeyRotation: {"fn::secret": false}, deletionWindowInDays: {"fn::secret": 7}`), want: fires("key deletionWindowInDays", "key enableKeyRotation"), says: "[secret] days"},
		{name: "a key that is only read", resources: "key: {type: aws:kms:Key, get: {id: x}}", want: clean},
	})
}

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
			g, err := ruletest.Graph(ruleCase{resources: keyWith(c.args)}.program(), ruletest.Preview)
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
