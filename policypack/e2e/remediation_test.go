package e2e_test

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPreviewPlansWhatRulesAtLevelRemediateHaveFixed(t *testing.T) {
	t.Parallel()
	const program = "remediation"

	got := previewProgram(t, programDir(program), nil,
		optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(policyOf(t, program)))

	require.NoError(t, got.err)
	assert.Empty(t, got.findings())
	var fixed []string
	for _, event := range got.fixed {
		assert.Equal(t, "pipeguard", event.PolicyPackName)
		urn := resource.URN(event.ResourceURN)
		fixed = append(fixed, event.PolicyName+" "+urn.Type().Name().String()+" "+urn.Name())
	}
	slices.Sort(fixed)
	assert.Equal(t, []string{
		"kms-rotation Key images",
		"lambda-tracing Function thumbnailer",
		"logs-retention LogGroup thumbnailer",
		"s3-public-access-block BucketPublicAccessBlock uploads",
		"s3-tls-only BucketPolicy uploads",
	}, fixed)

	key := got.planned["Key images"]
	assert.Equal(t, true, key["enableKeyRotation"])
	assert.InDelta(t, 30, key["deletionWindowInDays"], 0, "what is right stays")
	assert.Equal(t, "Active", got.planned["Function thumbnailer"]["tracingConfig"].(map[string]any)["mode"])
	assert.InDelta(t, 90, got.planned["LogGroup thumbnailer"]["retentionInDays"], 0, "the policy configuration's days")
	block := got.planned["BucketPublicAccessBlock uploads"]
	for _, flag := range []string{"blockPublicAcls", "blockPublicPolicy", "restrictPublicBuckets"} {
		assert.Equal(t, true, block[flag], flag)
	}
	assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/reader"},
			"Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-uploads-123456789012/*"},
		{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
			"Resource": ["arn:aws:s3:::acme-uploads-123456789012", "arn:aws:s3:::acme-uploads-123456789012/*"],
			"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
	]}`, got.planned["BucketPolicy uploads"]["policy"].(string))

	// What is not known yet stays unknown, and a secret stays a secret.
	assert.Equal(t, plugin.UnknownStringValue, block["ignorePublicAcls"])
	assert.Equal(t, plugin.UnknownStringValue, got.planned["LogGroup resizer"]["retentionInDays"])
	environment := got.planned["Function thumbnailer"]["environment"].(map[string]any)["variables"].(map[string]any)
	assert.Equal(t, resource.SecretSig, environment["GREETING"].(map[string]any)[resource.SigKey])
}

func TestPreviewSaysWhatItFixedAndWhere(t *testing.T) {
	t.Parallel()
	const program = "testdata/stacks/remediation"

	got := runPipeguard(t, "preview", program, "--config", program+"/policy.json")

	assert.Equal(t, 0, got.exit, got.stdout+got.stderr)
	assert.Empty(t, got.stderr)
	for _, told := range []string{
		program + "/main.go:16: kms-rotation: fixed Key 'images': set enableKeyRotation to true; the program is as it was\n",
		`lambda-tracing: fixed Function 'thumbnailer': set tracingConfig.mode to "Active"; the program`,
		"logs-retention: fixed LogGroup 'thumbnailer': set retentionInDays to 90; the program",
		"fixed BucketPublicAccessBlock 'uploads': set blockPublicPolicy to true, restrictPublicBuckets to true; the program",
		"s3-tls-only: fixed BucketPolicy 'uploads': set policy to a new text; the program",
		"no violations, 1 not evaluated",
	} {
		assert.Contains(t, got.stdout, told)
	}
	assert.NotContains(t, got.stdout, "correct horse")
	assert.NotContains(t, got.stdout, "resizer")
}

// A bucket without a block needs one, and a remediation cannot declare it.
func TestWhatARemediationCannotFixFailsThePreview(t *testing.T) {
	t.Parallel()
	const program = "s3-public-access-block"
	file := configFile(t, `{"all": "disabled", "s3-public-access-block": "remediate"}`)

	got := runPipeguard(t, "preview", programDir(program), "--config", file)
	engine := previewProgram(t, programDir(program), nil, optpreview.PolicyPacks(pipeguard), optpreview.PolicyPackConfigs(file))

	assert.Equal(t, 3, got.exit, got.stdout+got.stderr)
	assert.Contains(t, got.stdout, "has no BucketPublicAccessBlock")
	require.Error(t, engine.err)
	assert.NotEmpty(t, engine.findings())
}
