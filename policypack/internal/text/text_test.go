package text_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipeguard/pipeguard/policypack/internal/text"
)

func TestCountPutsTheNounIntoThePluralWhereItMustBe(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "1 character", text.Count(1, "character"))
	assert.Equal(t, "0 characters", text.Count(0, "character"))
	assert.Equal(t, "64 characters", text.Count(64, "character"))
}

func TestWordsOfAnIdentifierInAnySpelling(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{"DB_PASSWORD", "dbPassword", "db-password", "DBPassword", "db.password"} {
		assert.Equal(t, []string{"db", "password"}, text.Words(spelling), spelling)
	}
	assert.Empty(t, text.Words("__"))
}

func TestClosestFindsMisspellingsOnly(t *testing.T) {
	t.Parallel()
	known := []string{"events", "filterPrefix", "filterSuffix"}
	assert.Equal(t, "filterPrefix", text.Closest("filterPrefx", known))
	assert.Equal(t, "events", text.Closest("Event", known))
	assert.Empty(t, text.Closest("bucket", known))
}

func TestCamelCaseChangesSnakeCaseAlone(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "blockPublicAcls", text.CamelCase("block_public_acls"))
	assert.Equal(t, "blockPublicAcls", text.CamelCase("blockPublicAcls"))
	assert.Equal(t, "a", text.CamelCase("a_"))
}

func TestMatchesAllOfATextInAnyCase(t *testing.T) {
	t.Parallel()
	assert.True(t, text.Matches("prod*", "PROD-eu"))
	assert.True(t, text.Matches("de?", "dev"))
	assert.False(t, text.Matches("de", "dev"))
	assert.False(t, text.Matches("[dev]", "d"), "only * and ? stand for others")
}
