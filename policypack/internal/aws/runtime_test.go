package aws

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRuntimesHaveRealDatesAndSuccessorsThatLast(t *testing.T) {
	t.Parallel()
	asOf, err := time.Parse(time.DateOnly, RuntimesAsOf)
	require.NoError(t, err)
	for id, r := range runtimes {
		deprecated, err := time.Parse(time.DateOnly, r.Deprecated)
		require.NoError(t, err, id)
		if r.CreateBlocked != "" {
			_, err := time.Parse(time.DateOnly, r.CreateBlocked)
			require.NoError(t, err, id)
		}
		if r.Successor == "" {
			assert.True(t, deprecated.After(asOf.AddDate(1, 0, 0)), "%s has no successor", id)
			continue
		}
		next, ok := runtimes[r.Successor]
		require.True(t, ok, "the successor of %s", id)
		end, err := time.Parse(time.DateOnly, next.Deprecated)
		require.NoError(t, err, id)
		assert.True(t, end.After(asOf.AddDate(1, 0, 0)), "the successor of %s", id)
	}
}
