package rules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLambdaArchiveDeterministic(t *testing.T) {
	t.Parallel()
	// more are further members of the archive.
	archive := func(handler, more string) string {
		return `thumbnailer: {type: aws:lambda:Function, properties: {runtime: python3.13, handler: ` + handler +
			`, code: {"fn::assetArchive": {app.py: {"fn::stringAsset": "x"}, ` + more + `}}}}`
	}
	member := func(name, text string) string { return name + `: {"fn::stringAsset": "` + text + `"}` }
	bad := fires("thumbnailer code")
	testRule(t, "lambda-archive-deterministic", []ruleCase{
		{name: "only code", resources: archive("app.handler", member("b.py", "x")), want: clean},
		{
			name: "a test", resources: archive("app.handler", member("test_app.py", "x")), want: bad,
			says: `the code of Function 'thumbnailer' holds tests: "test_app.py".` +
				"\n  fix: leave tests out when the archive is built",
		},
		{name: "a test that may be the handler", resources: archive(`{"fn::unknown": 1}`, member("test_app.py", "x")), want: undecided("thumbnailer")},
		{name: "an unknown handler", resources: archive(`{"fn::unknown": 1}`, member("b.py", "x")), want: clean},
		{
			name: "one finding a kind", want: fires("thumbnailer code", "thumbnailer code", "thumbnailer code", "thumbnailer code"),
			resources: archive("app.handler", member("test_a.py", "x")+", "+member("test_b.py", "x")+", "+
				member(".git/HEAD", "x")+", "+member("__pycache__/app.pyc", "x")+", "+member(".env", hush)),
		},
		{name: "a token", resources: archive("app.handler", member(".npmrc", "//r/:_authToken="+hush)), want: bad, says: `".npmrc"`},
		{name: "an empty archive", resources: function(`{"fn::assetArchive": {}}`), want: undecided("thumbnailer"), says: "is an empty archive"},
		{name: "unknown code", resources: function(`{"fn::unknown": 1}`), want: undecided("thumbnailer")},
		{name: "secret code", resources: function(`{"fn::secret": {"fn::fileArchive": ` + hush + `}}`), want: undecided("thumbnailer")},
		{name: "an S3 object", resources: "thumbnailer: {type: aws:lambda:Function, properties: {s3Bucket: b, s3Key: k}}", want: clean},
		{
			name: "no bytes", resources: archive("app.handler", member("b.py", "x")), params: map[string]any{"maxMegabytes": 0},
			want: undecided("thumbnailer"), says: "not every file was looked through for credentials",
		},
	})
}

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
