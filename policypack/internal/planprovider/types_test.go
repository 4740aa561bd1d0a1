package planprovider

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTypesAreThoseOfTheVersion(t *testing.T) {
	t.Parallel()
	const versioning = "aws:s3/bucketVersioning:BucketVersioning"
	found, deprecated := HasType("7.51.1", versioning)
	assert.True(t, found)
	assert.Empty(t, deprecated)

	found, deprecated = HasType("", "aws:s3/bucketVersioningV2:BucketVersioningV2")
	assert.True(t, found)
	assert.Contains(t, deprecated, "has been deprecated in favor of")

	found, deprecated = HasType("6.83.4", "aws:s3/bucketVersioningV2:BucketVersioningV2")
	assert.True(t, found)
	assert.Empty(t, deprecated)

	for _, token := range []string{versioning, "aws:s3/getBucket:getBucket", "random:index/randomId:RandomId", ""} {
		found, _ = HasType("6.83.4", token)
		assert.False(t, found, token)
	}
}

func TestPackageSchemaIsThatOfTheVersion(t *testing.T) {
	t.Parallel()
	text, err := PackageSchema("aws", "7.51.1", Use{})
	require.NoError(t, err)
	var got struct {
		Name, Version string
		Resources     map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(text, &got))
	assert.Equal(t, "aws", got.Name)
	assert.Equal(t, "7.51.1", got.Version)
	assert.Contains(t, got.Resources, bucketType)
}
