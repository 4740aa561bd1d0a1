package naming

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const functionType = "aws:lambda/function:Function"

func codeOutputs(code any, folder string) resource.PropertyMap {
	at := here
	at.Folder = folder
	return Outputs(functionType, resource.PropertyMap{"code": resource.NewPropertyValue(code)}, at)
}

func TestHashOfAZipFileIsThatOfItsBytes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "code.zip"), []byte("abc"), 0o600))
	for _, path := range []string{"code.zip", filepath.Join(folder, "code.zip")} {
		outputs := codeOutputs(&archive.Archive{Path: path}, folder)
		// SHA-256 of "abc" (FIPS 180-2, appendix B.1) in base64.
		assert.Equal(t, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", outputs["codeSha256"].StringValue(), path)
		assert.InDelta(t, 3, outputs["sourceCodeSize"].NumberValue(), 0)
	}
}

func TestHashOfAFolderIsThatOfThePulumiArchive(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "index.py"), []byte("pass"), 0o600))
	whole, err := archive.FromPath(folder)
	require.NoError(t, err)
	zipped, err := whole.Bytes(archive.ZIPArchive)
	require.NoError(t, err)
	sum := sha256.Sum256(zipped)
	want := base64.StdEncoding.EncodeToString(sum[:])
	assert.Equal(t, want, codeOutputs(&archive.Archive{Path: folder}, "")["codeSha256"].StringValue())
	text, err := asset.FromText("pass")
	require.NoError(t, err)
	fromText := codeOutputs(&archive.Archive{Assets: map[string]any{"index.py": text}}, "")
	assert.Equal(t, want, fromText["codeSha256"].StringValue(), "the same file makes the same archive")
}

func TestHashOfCodeThatIsNotHereIsUnknown(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	large, err := os.Create(filepath.Join(folder, "large.zip"))
	require.NoError(t, err)
	require.NoError(t, large.Truncate(maxCode+1))
	require.NoError(t, large.Close())
	for name, code := range map[string]any{
		"a file that is not there":   &archive.Archive{Path: "missing.zip"},
		"a URL":                      &archive.Archive{URI: "https://example.com/code.zip"},
		"a member that is not there": &archive.Archive{Assets: map[string]any{"f": &asset.Asset{Path: "missing"}}},
		"more than Lambda takes":     &archive.Archive{Path: "large.zip"},
		"no archive":                 "code.zip",
		"a member behind a URL":      &archive.Archive{Assets: map[string]any{"f": &asset.Asset{URI: "https://example.com"}}},
	} {
		assert.NotContains(t, codeOutputs(code, folder), resource.PropertyKey("codeSha256"), name)
		assert.NotContains(t, codeOutputs(code, folder), resource.PropertyKey("sourceCodeSize"), name)
	}
}

func TestHashOfSecretCodeIsSecret(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "code.zip"), []byte("abc"), 0o600))
	code := resource.MakeSecret(resource.NewProperty(&archive.Archive{Path: "code.zip"}))
	assert.True(t, codeOutputs(code, folder)["codeSha256"].IsSecret())
}
