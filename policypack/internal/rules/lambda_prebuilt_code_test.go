package rules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// function returns a function with a code expression.
func function(code string) string {
	return "thumbnailer: {type: aws:lambda:Function, properties: {code: " + code + "}}"
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
					"  fix: set code: FileArchive(\"build/thumbnailer.zip\"); build the package there before `pulumi up`", texts(res))
			}
			without := checkIn(t, "lambda-prebuilt-code", dir, c.resources, nil)
			assert.Empty(t, without.Findings, "only the parameter asks for one file")
		})
	}
}
