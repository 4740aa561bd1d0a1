package analyzer

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const nativeBucketToken = "aws-native:s3:Bucket"

// nativeBucket returns a bucket that is closed but for one flag, and is given an argument that a bucket does not have.
func nativeBucket() plugin.AnalyzerResource {
	return asked(nativeBucketToken, "uploads", resource.PropertyMap{
		"bucketName":      text("acme-uploads"),
		"blockPublicAcls": resource.NewProperty(true),
		"publicAccessBlockConfiguration": resource.NewProperty(resource.PropertyMap{
			"blockPublicAcls": resource.NewProperty(true), "blockPublicPolicy": resource.NewProperty(true),
			"ignorePublicAcls": resource.NewProperty(false), "restrictPublicBuckets": resource.NewProperty(true),
		}),
	})
}

func TestAnalyzeJudgesAResourceOfAWSNativeAndItsParts(t *testing.T) {
	t.Parallel()
	a := startDocumented(t)

	res := analyze(t, a, nativeBucket())

	require.Equal(t, []string{"s3-bucket-arguments uploads", "s3-public-access-block uploads"}, said(res))
	for _, d := range res.Diagnostics {
		assert.Equal(t, nativeBucket().URN, d.URN)
	}
	assert.Contains(t, res.Diagnostics[1].Message,
		"Bucket 'uploads' does not set publicAccessBlockConfiguration.ignorePublicAcls to true.")
}

func TestAnalyzeStackJoinsTheArgumentsOfAWSNative(t *testing.T) {
	t.Parallel()
	a := start(t)
	analyze(t, a, nativeBucket())
	analyze(t, a, asked(nativeBucketToken, "bare", resource.PropertyMap{"bucketName": text("acme-bare")}))
	res := analyzeStack(t, a,
		made(nativeBucketToken, "uploads", resource.PropertyMap{"bucketName": text("acme-uploads")}),
		made(nativeBucketToken, "bare", resource.PropertyMap{"bucketName": text("acme-bare")}))
	own := diagnosticsOf(res, "s3-public-access-block")
	require.Len(t, own, 1, "%v", said(res))
	assert.Equal(t, urn(nativeBucketToken, "bare"), own[0].URN)
}

func TestWhatIsOfAWSNativeIsNotRemediated(t *testing.T) {
	t.Parallel()
	a := start(t)
	require.NoError(t, a.Configure(t.Context(), map[string]plugin.AnalyzerPolicyConfig{
		"s3-public-access-block": {EnforcementLevel: "remediate"},
	}))
	res, err := a.Remediate(t.Context(), nativeBucket())
	require.NoError(t, err)
	assert.Empty(t, res.Remediations)
}
