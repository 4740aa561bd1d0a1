package version_test

import (
	"os"
	"testing"

	"github.com/blang/semver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/pipeguard/pipeguard/policypack/internal/version"
)

func TestVersionIsSemanticAndThatOfTheManifest(t *testing.T) {
	t.Parallel()
	_, err := semver.Parse(version.Version)
	require.NoError(t, err)

	text, err := os.ReadFile("../../PulumiPolicy.yaml")
	require.NoError(t, err)
	var manifest struct {
		Version string
		Runtime string
	}
	require.NoError(t, yaml.Unmarshal(text, &manifest))
	assert.Equal(t, version.Version, manifest.Version)
	assert.Equal(t, "go", manifest.Runtime)
}
