package analyzer

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/config"
	"github.com/pipeguard/pipeguard/policypack/internal/finding"
)

// halfClosed returns a public access block with one flag false, and a value that is
// secret and one that is not known, which a fix must hand on as they are.
func halfClosed() plugin.AnalyzerResource {
	args := closed(computed())
	args["blockPublicPolicy"] = resource.NewProperty(false)
	args["expectedBucketOwner"] = resource.MakeSecret(text(marker))
	return asked(blockToken, "block", args)
}

func remediate(t *testing.T, a plugin.Analyzer, r plugin.AnalyzerResource) []plugin.Remediation {
	t.Helper()
	res, err := a.Remediate(t.Context(), r)
	require.NoError(t, err)
	assert.Empty(t, res.NotApplicable)
	return res.Remediations
}

func TestRemediateFixesWhatRulesAtThatLevelFind(t *testing.T) {
	t.Parallel()
	const id = "s3-public-access-block"
	a := start(t)
	require.NoError(t, a.Configure(t.Context(), map[string]plugin.AnalyzerPolicyConfig{id: {EnforcementLevel: apitype.Remediate}}))
	require.NotEmpty(t, diagnosticsOf(analyze(t, a, halfClosed()), id))

	done := remediate(t, a, halfClosed())
	require.Len(t, done, 1)
	want := closed(computed())
	want["expectedBucketOwner"] = resource.MakeSecret(text(marker))
	assert.Equal(t, want, done[0].Properties)
	assert.Equal(t, id, done[0].PolicyName)
	assert.Equal(t, Name, done[0].PolicyPackName)
	assert.Equal(t, packVersion, done[0].PolicyPackVersion)
	assert.Equal(t, registry(t).Rule(id).Title, done[0].Description)
	assert.Empty(t, done[0].Diagnostic)

	fixed := halfClosed()
	fixed.Properties = done[0].Properties
	assert.Empty(t, remediate(t, a, fixed), "there is nothing left to fix")
	assert.Empty(t, diagnosticsOf(analyze(t, a, fixed), id))
	block := made(blockToken, "block", done[0].Properties)
	assert.Empty(t, diagnosticsOf(analyzeStack(t, a, block), id), "the stack is judged by what was fixed")
}

func TestRemediateChangesNothingAtOtherLevels(t *testing.T) {
	t.Parallel()
	for _, level := range []apitype.EnforcementLevel{apitype.Disabled, apitype.Advisory, apitype.Mandatory} {
		t.Run(string(level), func(t *testing.T) {
			t.Parallel()
			a := start(t)
			require.NoError(t, a.Configure(t.Context(), map[string]plugin.AnalyzerPolicyConfig{"all": {EnforcementLevel: level}}))
			assert.Empty(t, remediate(t, a, halfClosed()))
		})
	}
}

func TestRemediateLeavesAloneWhatIsWaived(t *testing.T) {
	t.Parallel()
	a := start(t)
	require.NoError(t, a.Configure(t.Context(), map[string]plugin.AnalyzerPolicyConfig{
		"all": {EnforcementLevel: apitype.Remediate},
		"pipeguard": {EnforcementLevel: apitype.Advisory, Properties: map[string]any{"waivers": []any{map[string]any{
			"rule": "s3-public-access-block", "urn": "*::block", "reason": "It is a public site.", "permanent": true,
		}}}},
	}))
	assert.Empty(t, remediate(t, a, halfClosed()))
	other := halfClosed()
	other.URN, other.Name = urn(blockToken, "other"), "other"
	assert.Len(t, remediate(t, a, other), 1)
}

func TestAnObserverHearsWhatWasFixed(t *testing.T) {
	t.Parallel()
	o := observe(t, map[string]config.Policy{"all": {Level: apitype.Remediate}})

	remediate(t, o.pack, halfClosed())

	got := o.Outcome()
	assert.False(t, got.Whole)
	assert.Equal(t, []finding.Notice{{
		Rule: "s3-public-access-block", URN: halfClosed().URN,
		Message: "fixed BucketPublicAccessBlock 'block': set blockPublicPolicy to true; the program is as it was",
	}}, got.Notices)
}
