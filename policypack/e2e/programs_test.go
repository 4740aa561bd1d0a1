package e2e_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/rules"
)

func TestEveryProgramGetsItsFindingsAndNoOthers(t *testing.T) {
	t.Parallel()
	for _, name := range programs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expected := want(t, name)

			got := previewProgram(t, programDir(name), nil, optpreview.PolicyPacks(pipeguard))

			if len(expected) == 0 {
				require.NoError(t, got.err)
			} else {
				require.Error(t, got.err)
			}
			assert.Equal(t, expected, got.findings())
		})
	}
}

func TestTheReferenceStackHasNoFindings(t *testing.T) {
	t.Parallel()

	got := previewProgram(t, stackDir(), nil, optpreview.PolicyPacks(pipeguard))

	require.NoError(t, got.err)
	assert.Empty(t, got.findings())
}

func TestThePackAsAFolderFindsTheSameAsTheBinary(t *testing.T) {
	t.Parallel()

	got := previewProgram(t, programDir("all-defects"), nil,
		optpreview.PolicyPacks(filepath.Join(root, "policypack")))

	require.Error(t, got.err)
	assert.Equal(t, want(t, "all-defects"), got.findings())
}

// The programs are only as good as what they cover.
func TestEveryRuleHasAProgramThatFiresItAloneAndOneThatDoesNot(t *testing.T) {
	t.Parallel()
	registry, err := rules.All()
	require.NoError(t, err)
	for _, id := range registry.IDs() {
		assert.Equal(t, []string{id}, rulesIn(want(t, id)), "program %s", id)
		assert.Empty(t, want(t, id+"-clean"), "program %s-clean", id)
	}
	assert.ElementsMatch(t, registry.IDs(), rulesIn(want(t, "all-defects")), "program all-defects")
}

// rulesIn are the rules that lines of a want.txt name, each once.
func rulesIn(lines []string) []string {
	var ids []string
	for _, line := range lines {
		id, _, _ := strings.Cut(line, " ")
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
