package rules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLambdaArchiveDeterministicOfAZip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "code.zip"), goZip(t, 0o755), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken.zip"), []byte("PK"), 0o600))
	for name, c := range map[string]struct {
		file string
		want *verdict
	}{
		"without a date": {"code.zip", clean},
		"broken":         {"broken.zip", undecided("thumbnailer")}, // lambda-archive-handler reports it
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := checkIn(t, "lambda-archive-deterministic", dir, function(`{"fn::fileArchive": `+c.file+`}`), nil)
			assert.Equal(t, c.want, verdictOf(res), "%s", texts(res))
		})
	}
}
