package archive

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// extraField returns one field of an entry's extra block.
func extraField(id uint16, data ...byte) []byte {
	field := binary.LittleEndian.AppendUint16(nil, id)
	field = binary.LittleEndian.AppendUint16(field, uint16(len(data)))
	return append(field, data...)
}

func unixTime(t time.Time) []byte {
	return extraField(0x5455, append([]byte{1}, binary.LittleEndian.AppendUint32(nil, uint32(t.Unix()))...)...)
}

// said returns the texts of the verdicts, one per line, with doubts after a question mark.
func said(verdicts []Verdict) string {
	var lines []string
	for _, v := range verdicts {
		if v.Doubt != "" {
			lines = append(lines, "?"+v.Doubt)
		} else {
			lines = append(lines, v.Wrong)
		}
	}
	return strings.Join(lines, "\n")
}

func named(names ...string) []packed {
	var files []packed
	for _, name := range names {
		files = append(files, packed{name: name})
	}
	return files
}

func TestOrderOfEntries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files []packed
		want  string
	}{
		"by path":                {named("a.py", "b/x.py", "b/y.py", "c.py"), ""},
		"by bytes, - before /":   {named("a-b/x", "a/x", "a0"), ""},
		"by name, folder first":  {named("a/", "a/x", "a-b/", "a-b/x"), ""},
		"files before folders":   {named("z.py", "a/x.py", "b/x.py"), ""},
		"folders before files":   {named("a/", "b/", "z.py", "a/x.py", "b/x.py"), ""},
		"without regard to case": {named("a.py", "B.py", "c.py"), ""},
		"capitals first":         {named("B.py", "a.py", "c.py"), ""},
		"a jar":                  {named("META-INF/", "META-INF/MANIFEST.MF", "A.class", "B.class"), ""},
		"unsorted":               {named("b.py", "a.py", "c.py"), `has entries that are not in order of their names: "a.py"`},
		"unsorted in a folder":   {named("a/z.py", "a/b.py", "b.py"), `"a/b.py"`},
		"unsorted folders":       {named("m/x.py", "a/x.py"), `"a/x.py"`},
		"many": {
			named("z", "e", "d", "c", "b", "a"),
			`has entries that are not in order of their names: "e", "d", "c" and 2 more`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := said(openedZip(t, c.files...).CheckDeterministic(Function{Handler: "a.b"}))
			assert.Contains(t, got, c.want)
			assert.Equal(t, c.want == "", got == "", got)
		})
	}
}

func TestTimesOfEntries(t *testing.T) {
	t.Parallel()
	epoch := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	npm := time.Date(1985, 10, 26, 8, 15, 0, 0, time.UTC)
	built := time.Date(2026, 3, 4, 15, 16, 18, 0, time.UTC)
	const wrong, doubt = "has entries that carry the times of a build", "?whether the one time that its entries carry"
	for name, c := range map[string]struct {
		files []packed
		want  string
	}{
		"one constant":          {[]packed{{name: "a", modified: epoch}, {name: "b", modified: epoch}}, ""},
		"two constants":         {[]packed{{name: "a", modified: epoch}, {name: "b", modified: npm}}, ""},
		"a date only":           {[]packed{{name: "a", modified: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)}}, ""},
		"one time":              {[]packed{{name: "a", modified: built}, {name: "b", modified: built}}, doubt},
		"one time and constant": {[]packed{{name: "a", modified: built}, {name: "b", modified: epoch}}, doubt},
		"two times":             {[]packed{{name: "a", modified: built}, {name: "b", modified: built.Add(time.Minute)}}, wrong + `: "a", "b"`},
		"constant in another zone": {
			[]packed{{name: "a", modified: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), extra: unixTime(time.Date(2010, 1, 1, 8, 0, 0, 0, time.UTC))}}, "",
		},
		"constants that differ": {[]packed{{name: "a", modified: epoch, extra: unixTime(time.Unix(1, 0))}}, ""},
		"the real times are in the extra field": {
			[]packed{{name: "a", modified: epoch, extra: unixTime(built)}, {name: "b", modified: epoch, extra: unixTime(built.Add(time.Hour))}},
			wrong,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := said(openedZip(t, c.files...).CheckDeterministic(Function{Handler: "a.b"}))
			assert.Contains(t, got, c.want)
			assert.Equal(t, c.want == "", got == "", got)
		})
	}
}

func TestOwnersOfEntries(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]uint16{"Unix": 0x5855, "Unix 2": 0x7855, "Unix n": 0x7875} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code := openedZip(t, packed{name: "a", extra: extraField(id, 1, 2, 3, 4)}, packed{name: "b"})
			assert.Equal(t, `has entries that carry the ids of a user and a group: "a"`, said(code.CheckDeterministic(Function{Handler: "a.b"})))
		})
	}
	t.Run("a malformed extra block", func(t *testing.T) {
		t.Parallel()
		block := extraField(0x7875, 1, 2, 3, 4)
		content := bytes.ReplaceAll(zipOf(t, packed{name: "a", extra: block}), block, []byte{0x75, 0x78, 200, 0, 1, 2, 3, 4})
		code, err := opened(t, "code.zip", content, generous)
		require.NoError(t, err)
		assert.False(t, code.Entries[0].Owned)
	})
}

func TestWhatAnArchiveShouldNotHold(t *testing.T) {
	t.Parallel()
	const (
		key     = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE"
		cert    = "-----BEGIN CERTIFICATE-----\nMIIE\n"
		example = "AKIAIOSFODNN7EXAMPLE"
		real    = "AKIA" + "Q3EGRZ7WN2PLM4XB" // of the right form, made up
	)
	for name, c := range map[string]struct {
		handler string
		files   map[string]string
		want    string
	}{
		"only code":                  {"", map[string]string{"app.py": "x", "lib/a.py": "x"}, ""},
		"bytecode cache":             {"", map[string]string{"__pycache__/app.cpython-313.pyc": "x"}, "holds caches"},
		"bytecode beside":            {"", map[string]string{"app.py": "x", "app.pyc": "x"}, `holds caches: "app.pyc"`},
		"bytecode only":              {"", map[string]string{"app.pyc": "x"}, ""},
		"bundler's cache":            {"", map[string]string{"node_modules/.cache/x/y": "x"}, "holds caches"},
		"Finder's file":              {"", map[string]string{"a/.DS_Store": "x"}, `holds caches: "a/.DS_Store"`},
		"a checkout":                 {"", map[string]string{".git/HEAD": "ref", ".git/config": "x"}, `holds version control data: ".git/HEAD", ".git/config"`},
		"git's other files":          {"", map[string]string{".gitignore": "x", ".gitattributes": "x"}, ""},
		"tests in a folder":          {"", map[string]string{"tests/a.py": "x"}, `holds tests: "tests/a.py"`},
		"a Python test":              {"", map[string]string{"src/test_app.py": "x"}, "holds tests"},
		"a JavaScript test":          {"", map[string]string{"src/app.test.mjs": "x"}, "holds tests"},
		"a Go test":                  {"", map[string]string{"app_test.go": "x"}, "holds tests"},
		"not quite tests":            {"", map[string]string{"latest.py": "x", "testing.py": "x", "contest.js": "x", "src/tests.py": "x"}, ""},
		"a test that is the handler": {"test_app.handler", map[string]string{"test_app.py": "x"}, ""},
		"a folder of the handler":    {"test/index.handler", map[string]string{"test/index.js": "x"}, ""},
		"the handler is not known":   {"?", map[string]string{"test_app.py": "x"}, "?it holds tests"},
		"tests of installed packages": {"", map[string]string{
			"node_modules/a/a.test.js": "x", "lib/site-packages/a/test_a.py": "x", "vendor/a/a_test.go": "x",
		}, ""},
		"tests that pip installed": {"", map[string]string{
			"numpy/test_core.py": "x", "numpy-2.0.dist-info/RECORD": "numpy/test_core.py,sha256=x,1\n",
		}, ""},
		"tests beside what pip installed": {"", map[string]string{
			"test_app.py": "x", "numpy-2.0.dist-info/RECORD": "numpy/test_core.py,sha256=x,1\n",
		}, `holds tests: "test_app.py"`},
		"environment file":       {"", map[string]string{".env": "A=1"}, `holds what looks like credentials: ".env"`},
		"its variants":           {"", map[string]string{"conf/.env.production": "A=1"}, "credentials"},
		"its examples":           {"", map[string]string{".env.example": "A=1", ".env.sample": "A=1", ".env.template": "A=1", "my.env": "A=1"}, ""},
		"an empty one":           {"", map[string]string{".env": "", "a.py": "x"}, ""},
		"a private key":          {"", map[string]string{"tls/server.pem": key}, "credentials"},
		"a private key file":     {"", map[string]string{"server.key": key}, "credentials"},
		"a private key in code":  {"", map[string]string{"app.py": "KEY = \"\"\"" + key + strings.Repeat("aB1+", 16)}, `credentials: "app.py"`},
		"a private key in JSON":  {"", map[string]string{"key.json": `{"key": "-----BEGIN ` + `PRIVATE KEY-----\n` + strings.Repeat("aB1/", 16) + `"}`}, "credentials"},
		"code that reads keys":   {"", map[string]string{"app.py": "if '-----BEGIN RSA " + "PRIVATE KEY-----' in text: pass"}, ""},
		"a GitHub token":         {"", map[string]string{"app.py": "T = 'ghp_" + strings.Repeat("a1B2", 9) + "'"}, "credentials"},
		"a Slack token":          {"", map[string]string{"app.js": "xoxb-123456789012-" + strings.Repeat("a1B2", 6)}, "credentials"},
		"a Stripe key":           {"", map[string]string{"app.js": "sk_live_" + strings.Repeat("a1B2", 6)}, "credentials"},
		"a Stripe key to try":    {"", map[string]string{"app.js": "sk_test_" + strings.Repeat("a1B2", 6)}, ""},
		"a certificate":          {"", map[string]string{"cacert.pem": cert, "certifi/cacert.pem": cert}, ""},
		"a package's test key":   {"", map[string]string{"node_modules/https/test.pem": key}, ""},
		"an SSH key":             {"", map[string]string{".ssh/id_ed25519": "x"}, "credentials"},
		"AWS credentials":        {"", map[string]string{"home/.aws/credentials": "x"}, "credentials"},
		"an npm token":           {"", map[string]string{".npmrc": "//registry.npmjs.org/:_authToken=npm_x"}, "credentials"},
		"an npm token elsewhere": {"", map[string]string{".npmrc": "//registry.npmjs.org/:_authToken=${NPM_TOKEN}"}, ""},
		"an access key":          {"", map[string]string{"app.py": "KEY = '" + real + "'"}, `credentials: "app.py"`},
		"the documented key":     {"", map[string]string{"app.py": "KEY = '" + example + "'"}, ""},
		"a placeholder":          {"", map[string]string{"app.py": "AKIAXXXXXXXXXXXXXXXX AKIA1234567890123456"}, ""},
		"part of a longer word":  {"", map[string]string{"app.py": "X" + real + " " + real + "Q"}, ""},
		"a key in a large file":  {"", map[string]string{"data.txt": real + strings.Repeat(" ", maxText)}, ""},
		"a key in a binary":      {"", map[string]string{"data.bin": real + " \x00"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			members := map[string]any{}
			for file, content := range c.files {
				members[file] = text(content)
				if content == "" { // the content of an asset without text is not known
					members[file] = &asset.Asset{Path: emptyFile(t)}
				}
			}
			f := Function{Runtime: "python3.13", Handler: c.handler}
			switch c.handler {
			case "":
				f.Handler = "app.handler"
			case "?":
				f.Handler = ""
			}
			code, err := Open(assets(members), "", generous)
			require.NoError(t, err)
			got := said(code.CheckDeterministic(f))
			assert.Contains(t, got, c.want)
			assert.Equal(t, c.want == "", got == "", got)
			assert.NotContains(t, got, real, "what a file holds is never shown")
		})
	}
}

// emptyFile returns the path of a file without content.
func emptyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	return path
}

func TestWhatPulumiZipsIsDeterministic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"code/b.py": "x", "code/a.py": "x"})
	code, err := Open(fileArchive("code"), dir, generous)
	require.NoError(t, err)
	defer func() { assert.NoError(t, code.Close()) }()
	assert.Empty(t, code.CheckDeterministic(Function{Handler: "a.handler"}))
}

func TestFilesThatCannotBeReadAreInDoubt(t *testing.T) {
	t.Parallel()
	content := zipOf(t, packed{name: "a.py", content: "x"}, packed{name: "b-1.dist-info/RECORD", content: "x"})
	content = bytes.ReplaceAll(content, []byte("PK\x01\x02\x14\x00\x14\x00\x08"), []byte("PK\x01\x02\x14\x00\x14\x00\x09"))
	code, err := opened(t, "code.zip", content, generous)
	require.NoError(t, err)
	got := said(code.CheckDeterministic(Function{Handler: "a.handler"}))
	assert.Contains(t, got, `?opening "b-1.dist-info/RECORD" in the archive: it is encrypted`)
	assert.Contains(t, got, "?not every file was searched for credentials")
}
