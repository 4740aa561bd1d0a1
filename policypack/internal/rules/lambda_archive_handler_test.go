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

// goZip returns a zip with a bootstrap for arm64 in it.
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
		"broken":             {"broken.zip", "[arm64]", fires("thumbnailer code"), "is not a zip file, or is truncated."},
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
