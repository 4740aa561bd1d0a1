package rules_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pythonFunction is a function with one Python file in its archive, and further
// arguments.
func pythonFunction(handler, more string) string {
	return `thumbnailer: {type: aws:lambda:Function, properties: {runtime: python3.13, handler: ` + handler +
		`, code: {"fn::assetArchive": {app.py: {"fn::stringAsset": "def handler(e, c): pass"}}}` + more + `}}`
}

func TestLambdaArchiveHandler(t *testing.T) {
	t.Parallel()
	bad := fires("thumbnailer code")
	const layer = `, layers: ["arn:aws:lambda:us-east-1:123456789012:layer:libs:1"]`
	testRule(t, "lambda-archive-handler", []ruleCase{
		{name: "there", resources: pythonFunction("app.handler", ""), want: clean},
		{
			name: "no such file", resources: pythonFunction("main.handler", ""), want: bad,
			says: `the code of Function 'thumbnailer' has no "main.py" at its root, which handler "main.handler" names.` +
				"\n  fix: put \"main.py\" there when the archive is built, or set handler to the file that is there",
		},
		{
			name: "no such function", resources: pythonFunction("app.main", ""), want: bad,
			says: `the code of Function 'thumbnailer' has no "main" in app.py, as handler "app.main" asks for.`,
		},
		{name: "a layer may have the file", resources: pythonFunction("main.handler", layer), want: undecided("thumbnailer"), says: "a layer may have it"},
		{name: "no layer has the function", resources: pythonFunction("app.main", layer), want: bad},
		{name: "no layers", resources: pythonFunction("main.handler", ", layers: []"), want: bad},
		{name: "unknown layers", resources: pythonFunction("main.handler", `, layers: {"fn::unknown": 1}`), want: undecided("thumbnailer")},
		{name: "an unknown layer", resources: pythonFunction("main.handler", `, layers: [{"fn::unknown": 1}]`), want: undecided("thumbnailer")},
		{
			name: "a path of its own", resources: pythonFunction("main.handler", `, environment: {variables: {PYTHONPATH: src}}`),
			want: undecided("thumbnailer"), says: "its environment variable PYTHONPATH may change what is started",
		},
		{name: "another variable", resources: pythonFunction("main.handler", `, environment: {variables: {BUCKET: b}}`), want: bad},
		{
			name: "unknown variables", resources: pythonFunction("main.handler", `, environment: {variables: {"fn::unknown": 1}}`),
			want: undecided("thumbnailer"),
		},
		{name: "unknown handler", resources: pythonFunction(`{"fn::unknown": 1}`, ""), want: undecided("thumbnailer"), says: "is not known, or secret"},
		{name: "secret handler", resources: pythonFunction(`{"fn::secret": `+hush+`.x}`, ""), want: undecided("thumbnailer")},
		{name: "a wrapper", resources: pythonFunction("app.main", `, environment: {variables: {AWS_LAMBDA_EXEC_WRAPPER: /opt/x}}`), want: undecided("thumbnailer")},
		{name: "an image", resources: pythonFunction("main.handler", `, packageType: Image`), want: clean},
		{name: "unknown package type", resources: pythonFunction("main.handler", `, packageType: {"fn::unknown": 1}`), want: undecided("thumbnailer")},
		{name: "an S3 object", resources: "thumbnailer: {type: aws:lambda:Function, properties: {s3Bucket: b, s3Key: k, runtime: python3.13, handler: a.b}}", want: clean},
		{name: "unknown code", resources: function(`{"fn::unknown": 1}`), want: undecided("thumbnailer"), says: "the code of Function 'thumbnailer' is not known yet"},
		{name: "secret code", resources: function(`{"fn::secret": {"fn::fileArchive": ` + hush + `}}`), want: undecided("thumbnailer")},
		{name: "a folder that is not known", resources: function(`{"fn::fileArchive": code.zip}`), want: undecided("thumbnailer"), says: `where "code.zip" starts is not known`},
		{name: "no runtime", resources: function(`{"fn::assetArchive": {a.py: {"fn::stringAsset": x}}}`), want: undecided("thumbnailer"), says: "has no runtime"},
		{name: "an empty archive", resources: function(`{"fn::assetArchive": {}}`), want: bad, says: "the code of Function 'thumbnailer' is an empty archive."},
		{name: "a budget", resources: pythonFunction("main.handler", ""), params: map[string]any{"maxFiles": 0}, want: undecided("thumbnailer"), says: "it has more than 0 files"},
		{name: "no time", resources: pythonFunction("main.handler", ""), params: map[string]any{"maxSeconds": 0}, want: undecided("thumbnailer"), says: "it takes longer than 0s"},
		{name: "no bytes", resources: pythonFunction("app.handler", ""), params: map[string]any{"maxMegabytes": 0}, want: undecided("thumbnailer"), says: "more than 0 MB"},
		{name: "only read", resources: `thumbnailer: {type: aws:lambda:Function, get: {runtime: python3.13}}`, want: clean},
	})
}

// goZip is a zip with a bootstrap for arm64 in it.
func goZip(t *testing.T, mode os.FileMode) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	header := &zip.FileHeader{Name: "bootstrap"}
	header.SetMode(mode)
	entry, err := w.CreateHeader(header)
	require.NoError(t, err)
	elf := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 57)...)
	elf[18] = 0xb7 // EM_AARCH64
	_, err = entry.Write(elf)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestLambdaArchiveHandlerOfAZipBesideTheProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"good.zip": goZip(t, 0o755), "plain.zip": goZip(t, 0o644), "broken.zip": goZip(t, 0o755)[:60],
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	stack := filepath.Join(dir, "stack")
	require.NoError(t, os.Mkdir(stack, 0o700))
	for name, c := range map[string]struct {
		file, architectures string
		want                *verdict
		says                string
	}{
		"right":              {"good.zip", "[arm64]", clean, ""},
		"wrong architecture": {"good.zip", "[x86_64]", fires("thumbnailer code"), "a bootstrap that is built for arm64, and the function is x86_64."},
		"the default one":    {"good.zip", "[]", fires("thumbnailer code"), "is built for arm64"},
		"unknown one":        {"good.zip", `[{"fn::unknown": 1}]`, undecided("thumbnailer"), "its architecture is not known yet"},
		"secret one":         {"good.zip", `{"fn::secret": [arm64]}`, undecided("thumbnailer"), "its architecture is not known yet"},
		"not executable":     {"plain.zip", "[arm64]", fires("thumbnailer code"), "is not executable (its mode is 0644)."},
		"broken":             {"broken.zip", "[arm64]", fires("thumbnailer code"), "is no zip file, or is cut off."},
		"missing":            {"none.zip", "[arm64]", undecided("thumbnailer"), `"../none.zip": no such file or directory`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := checkIn(t, "lambda-archive-handler", stack, `thumbnailer: {type: aws:lambda:Function, properties: {runtime: provided.al2023, `+
				`handler: bootstrap, architectures: `+c.architectures+`, code: {"fn::fileArchive": ../`+c.file+`}}}`, nil)
			assert.Equal(t, c.want, verdictOf(res), "%s", texts(res))
			assert.Contains(t, texts(res), c.says)
		})
	}
}
