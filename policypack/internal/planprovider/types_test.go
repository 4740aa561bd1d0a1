package planprovider

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
