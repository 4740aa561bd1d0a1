package e2e_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/rule"
)

func TestEveryProgramGetsItsFindingsAndNoOthers(t *testing.T) {
	t.Parallel()
	for _, name := range programs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy, expected := policyOf(t, name), want(t, name)
			cfg, err := config.Read(registry(t), policy)
			require.NoError(t, err)

			got := previewProgram(t, programDir(name), nil,
				optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(policy))

			forbidden := slices.ContainsFunc(rulesIn(expected), func(id string) bool {
				return cfg.Level(id) == apitype.Mandatory
			})
			assert.Equal(t, forbidden, got.err != nil, "%v", got.err)
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
		optpreview.PolicyPacks(filepath.Join(root, "policypack")), optpreview.PolicyPackConfigs(policyOf(t, "all-defects")))

	require.Error(t, got.err)
	assert.Equal(t, want(t, "all-defects"), got.findings())
}

// The programs are only as good as their coverage. Rules that look at more than
// resources can only be tested with programs.
func TestRulesHaveAProgramThatFiresThemAloneAndOneThatDoesNot(t *testing.T) {
	t.Parallel()
	for _, r := range registry(t).Rules() {
		if r.Documented || r.Scope.Code() || r.Scope == rule.ArchiveScope || fileExists(programDir(r.ID)) {
			assert.Equal(t, []string{r.ID}, rulesIn(want(t, r.ID)), "program %s", r.ID)
			assert.Empty(t, want(t, r.ID+"-clean"), "program %s-clean", r.ID)
		}
	}
}

func TestAllDefectsHasADefectForEveryRuleOfItsPolicy(t *testing.T) {
	t.Parallel()
	reg := registry(t)
	cfg, err := config.Read(reg, policyOf(t, "all-defects"))
	require.NoError(t, err)
	var inForce []string
	for _, r := range reg.Rules() {
		if cfg.Level(r.ID) != apitype.Disabled {
			inForce = append(inForce, r.ID)
		}
		assert.True(t, !r.Documented || slices.Contains(inForce, r.ID), "%s is documented", r.ID)
	}
	assert.Equal(t, inForce, rulesIn(want(t, "all-defects")))
}

// rulesIn returns the rules that lines of a want.txt name, each once.
func rulesIn(lines []string) []string {
	var ids []string
	for _, line := range lines {
		id, _, _ := strings.Cut(line, " ")
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
