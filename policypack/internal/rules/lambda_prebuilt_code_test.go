package rules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// function is a function with a code expression.
func function(code string) string {
	return "thumbnailer: {type: aws:lambda:Function, properties: {code: " + code + "}}"
}

func TestLambdaPrebuiltCode(t *testing.T) {
	t.Parallel()
	bad := fires("thumbnailer code")
	testRule(t, "lambda-prebuilt-code", []ruleCase{
		{name: "a file", resources: function(`{"fn::fileArchive": build/thumbnail.zip}`), want: clean},
		{name: "a folder", resources: function(`{"fn::fileArchive": ../lambda_code}`), want: clean},
		{name: "an absolute path in a home folder", resources: function(`{"fn::fileArchive": /home/dev/app/build/thumbnail.zip}`), want: clean},
		{name: "a file as an asset", resources: function(`{"fn::fileAsset": build/thumbnail.zip}`), want: clean},
		{
			name:      "the documented fix: an archive of a folder",
			resources: function(`{"fn::assetArchive": {".": {"fn::fileArchive": infra/../lambda_code}}}`), want: clean,
		},
		{
			name:      "an archive of files",
			resources: function(`{"fn::assetArchive": {bootstrap: {"fn::fileAsset": build/bootstrap}, conf.json: {"fn::fileAsset": conf.json}}}`),
			want:      clean,
		},
		{name: "a folder named tmp of the source tree", resources: function(`{"fn::fileArchive": tmp/thumbnail.zip}`), want: clean},
		{name: "a folder whose name begins with venv", resources: function(`{"fn::fileArchive": ../venv-tools/build.zip}`), want: clean},
		{name: "an S3 object", resources: "thumbnailer: {type: aws:lambda:Function, properties: {s3Bucket: artefacts, s3Key: thumbnail.zip}}", want: clean},
		{
			name:      "an S3 object with an unknown key",
			resources: `thumbnailer: {type: aws:lambda:Function, properties: {s3Bucket: artefacts, s3Key: {"fn::unknown": 1}}}`, want: clean,
		},
		{
			name:      "an image",
			resources: `thumbnailer: {type: aws:lambda:Function, properties: {packageType: Image, imageUri: {"fn::unknown": 1}}}`, want: clean,
		},
		{name: "unknown", resources: function(`{"fn::unknown": 1}`), want: undecided("thumbnailer"), says: "the code of Function 'thumbnailer' is not known yet"},
		{name: "only read", resources: `thumbnailer: {type: aws:lambda:Function, get: {code: {"fn::stringAsset": x}}}`, want: clean},
		{
			name: "inline text", resources: function(`{"fn::stringAsset": "exports.handler = () => {}"}`), want: bad,
			says: "the code of Function 'thumbnailer' is written inline in the program.\n" +
				"  fix: build the package before `pulumi up` and pass pulumi.FileArchive with its path",
		},
		{
			name: "secret inline text", resources: function(`{"fn::secret": {"fn::stringAsset": ` + hush + `}}`), want: bad,
			says: "is written inline in the program",
		},
		{
			name: "a member that is inline text", resources: function(`{"fn::assetArchive": {index.py: {"fn::stringAsset": "import os"}}}`), want: bad,
			says: "is put together by the program: a member is inline text.",
		},
		{
			name: "a folder with one member of inline text", want: bad,
			resources: function(`{"fn::assetArchive": {".": {"fn::fileArchive": dist}, config.json: {"fn::stringAsset": "{}"}}}`),
		},
		{
			name: "inline text in a nested archive", want: bad,
			resources: function(`{"fn::assetArchive": {lib: {"fn::assetArchive": {a.py: {"fn::stringAsset": "import os"}}}}}`),
		},
		{
			name: "a closure", want: bad, says: "is a closure that the program serializes (__index.js).",
			resources: function(`{"fn::assetArchive": {__index.js: {"fn::stringAsset": "exports.handler = f"}, node_modules/a: {"fn::fileAsset": node_modules/a}}}`),
		},
		{
			name: "a closure that imports from a folder above", want: bad, says: "is a closure that the program serializes (__index.js).",
			resources: function(`{"fn::assetArchive": {__index.js: {"fn::stringAsset": "exports.handler = f"}, ../node_modules/a: {"fn::fileAsset": node_modules/a}}}`),
		},
		{
			name: "a remote archive", resources: function(`{"fn::remoteArchive": "https://example.com/thumbnail.zip"}`), want: bad,
			says: "is downloaded from a URL while the program runs.",
		},
		{name: "a remote asset", resources: function(`{"fn::remoteAsset": "https://example.com/index.js"}`), want: bad},
		{
			name: "a remote member", want: bad,
			resources: function(`{"fn::assetArchive": {index.js: {"fn::remoteAsset": "https://example.com/index.js"}}}`),
		},
		{
			name: "a temporary folder", resources: function(`{"fn::fileArchive": /tmp/build-42/lambda.zip}`), want: bad,
			says: "is taken from a temporary folder, so something makes it while the program runs.",
		},
		{name: "a temporary folder of macOS", resources: function(`{"fn::fileArchive": /var/folders/zz/T/build}`), want: bad},
		{name: "a temporary folder behind dots", resources: function(`{"fn::fileArchive": /home/dev/../../tmp/build}`), want: bad},
		{name: "a temporary folder of Windows", resources: function(`{"fn::fileArchive": 'C:\Users\dev\AppData\Local\Temp\build.zip'}`), want: bad},
		{name: "the system's temporary folder of Windows", resources: function(`{"fn::fileArchive": 'C:\Windows\Temp\build.zip'}`), want: bad},
		{
			name: "a temporary folder in a nested archive", want: bad,
			resources: function(`{"fn::assetArchive": {".": {"fn::assetArchive": {lib: {"fn::fileArchive": /tmp/lib}}}}}`),
		},
		{
			name: "node_modules", resources: function(`{"fn::assetArchive": {node_modules: {"fn::fileArchive": ./node_modules}}}`), want: bad,
			says: "is taken from node_modules, a folder that an installer fills.",
		},
		{name: "a virtualenv", resources: function(`{"fn::fileArchive": venv/lib/python3.12/site-packages}`), want: bad},
		{name: "a hidden virtualenv, Windows path", resources: function(`{"fn::fileArchive": '..\.venv\Lib'}`), want: bad},
	})
}

// In CI the whole checkout may be in a temporary folder.
func TestLambdaPrebuiltCodeOfAProgramInATemporaryFolder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code, dir string
		want      *verdict
	}{
		"program outside":                 {"/tmp/ci/build/lambda.zip", "/home/ci/checkout", fires("thumbnailer code")},
		"program in a temporary folder":   {"/tmp/ci/build/lambda.zip", "/tmp/ci/stack", clean},
		"relative path":                   {"../build/lambda.zip", "/tmp/ci/stack", clean},
		"relative path into the system's": {"../../../tmp/lambda.zip", "/home/ci/stack", fires("thumbnailer code")},
		"an installer's folder":           {"/tmp/ci/venv/lib", "/tmp/ci/stack", fires("thumbnailer code")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := checkIn(t, "lambda-prebuilt-code", c.dir, function(`{"fn::fileArchive": `+c.code+`}`), nil)
			assert.Equal(t, c.want, verdictOf(res), "%s", texts(res))
		})
	}
}

func TestLambdaPrebuiltCodeAsOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.zip"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package"), []byte("PK"), 0o600))
	single := map[string]any{"requireSingleFile": true}
	for name, c := range map[string]struct {
		resources string
		want      *verdict
	}{
		"a file":                    {function(`{"fn::fileArchive": package}`), clean},
		"a file as an asset":        {function(`{"fn::fileAsset": package}`), clean},
		"a file by absolute path":   {function(`{"fn::fileArchive": ` + filepath.Join(dir, "package") + `}`), clean},
		"a folder":                  {function(`{"fn::fileArchive": "."}`), fires("thumbnailer code")},
		"a folder named like a zip": {function(`{"fn::fileArchive": folder.zip}`), fires("thumbnailer code")},
		"a zip not built yet":       {function(`{"fn::fileArchive": build/thumbnail.zip}`), clean},
		"a jar not built yet":       {function(`{"fn::fileArchive": build/thumbnail.JAR}`), clean},
		"a folder not built yet":    {function(`{"fn::fileArchive": build/thumbnail}`), fires("thumbnailer code")},
		"an archive of files":       {function(`{"fn::assetArchive": {a: {"fn::fileAsset": package}}}`), fires("thumbnailer code")},
		"an S3 object":              {"thumbnailer: {type: aws:lambda:Function, properties: {s3Bucket: a, s3Key: b}}", clean},
		"an image":                  {"thumbnailer: {type: aws:lambda:Function, properties: {imageUri: a}}", clean},
		"unknown":                   {function(`{"fn::unknown": 1}`), undecided("thumbnailer")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := checkIn(t, "lambda-prebuilt-code", dir, c.resources, single)
			assert.Equal(t, c.want, verdictOf(res), "%s", texts(res))
			if len(res.Findings) > 0 {
				assert.Equal(t, "the code of Function 'thumbnailer' is not one prebuilt file.\n"+
					"  fix: build one .zip file before `pulumi up` and pass pulumi.FileArchive with its path", texts(res))
			}
			without := checkIn(t, "lambda-prebuilt-code", dir, c.resources, nil)
			assert.Empty(t, without.Findings, "only the parameter asks for one file")
		})
	}
}
