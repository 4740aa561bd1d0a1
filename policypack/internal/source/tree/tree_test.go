package tree_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipeguard/pipeguard/policypack/internal/source/fact"
	"github.com/pipeguard/pipeguard/policypack/internal/source/tree"
)

var ample = tree.Budget{Files: 1000, Bytes: 64 << 20, Time: time.Minute}

func files(contents map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range contents {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestTreeListsSourceFilesButNotThoseOfOthers(t *testing.T) {
	t.Parallel()
	tr := tree.New(files(map[string]string{
		"__main__.py": "", "lib/a.py": "", "lib/a.pyc": "", "README.md": "", "Pulumi.yaml": "",
		"node_modules/x/setup.py": "", "lib/vendor/y.py": "", ".git/hooks/z.py": "", "dist/d.py": "",
		"my-env/pyvenv.cfg": "", "my-env/lib/site.py": "",
	}), ample, ".py")
	assert.Equal(t, []string{"__main__.py", "lib/a.py"}, tr.Files())
	assert.True(t, tr.Has("lib/a.py"))
	assert.False(t, tr.Has("Pulumi.yaml"), "it is no source file")
	assert.True(t, tr.Exists("Pulumi.yaml"))
	assert.False(t, tr.Exists("absent"))
	assert.Empty(t, tr.Gaps())
}

func TestTreeSaysWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("a = 1\n", 400_000)
	tests := map[string]struct {
		fsys   fstest.MapFS
		budget tree.Budget
		want   fact.Gap
	}{
		"large":     {files(map[string]string{"a.py": large}), ample, fact.Gap{File: "a.py", Reason: "is larger than 2 MB"}},
		"binary":    {files(map[string]string{"a.py": "a\x00b"}), ample, fact.Gap{File: "a.py", Reason: "is binary"}},
		"absent":    {files(nil), ample, fact.Gap{File: "a.py", Reason: "could not be read: file does not exist"}},
		"no file":   {fstest.MapFS{"a.py": {Mode: fs.ModeNamedPipe}}, ample, fact.Gap{File: "a.py", Reason: "is no regular file"}},
		"no budget": {files(map[string]string{"a.py": "a"}), tree.Budget{Files: 9, Time: time.Minute}, fact.Gap{File: "a.py", Reason: "is beyond the 0 MB of source that maxMegabytes allows"}},
		"no time": {
			files(map[string]string{"a.py": "a"}),
			tree.Budget{Files: 9, Bytes: 9, Time: -time.Second},
			fact.Gap{File: ".", Reason: "takes longer to read than -1s, the limit of maxSeconds"},
		},
		"no more files": {
			files(map[string]string{"a.py": "", "b.py": ""}),
			tree.Budget{Files: 1, Bytes: 9, Time: time.Minute},
			fact.Gap{File: ".", Reason: "has more than 1 source files, the limit of maxFiles"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := tree.New(test.fsys, test.budget, ".py")
			first := tr.Read("a.py")
			assert.Equal(t, first, tr.Read("a.py"))
			require.NotEmpty(t, tr.Gaps())
			assert.Equal(t, test.want, tr.Gaps()[0])
			if test.want.File == "a.py" {
				assert.Nil(t, first)
				assert.Len(t, tr.Gaps(), 1, "each file is reported once")
			}
		})
	}
}

func TestTreeCountsEveryFileAgainstItsBytes(t *testing.T) {
	t.Parallel()
	tr := tree.New(files(map[string]string{"a.py": "aaaa", "b.py": "bbbb"}), tree.Budget{Files: 9, Bytes: 7, Time: time.Minute}, ".py")
	assert.Equal(t, "aaaa", string(tr.Read("a.py")))
	assert.Equal(t, "aaaa", string(tr.Read("a.py")), "a file that is read twice counts once")
	assert.Nil(t, tr.Read("b.py"))
	assert.Len(t, tr.Gaps(), 1)
}

func TestTreeStaysInsideItsFolder(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	write := func(name, text string) { require.NoError(t, os.WriteFile(name, []byte(text), 0o600)) }
	write(filepath.Join(outside, "secret.py"), "hush7531")
	write(filepath.Join(dir, "a.py"), "import secret")
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret.py"), filepath.Join(dir, "secret.py")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "lib")))
	require.NoError(t, os.Symlink("..", filepath.Join(dir, "up")))
	tr, err := tree.Open(dir, ample, ".py")
	require.NoError(t, err)
	defer tr.Close() //nolint:errcheck // nothing is written
	assert.Equal(t, []string{"a.py"}, tr.Files())
	for _, name := range []string{"secret.py", "lib/secret.py", "up/x.py", "../x.py"} {
		assert.Nil(t, tr.Read(name), name)
		assert.False(t, tr.Exists("lib/secret.py"))
	}
	assert.Len(t, tr.Gaps(), 4)
}

func TestOpenNamesAFolderThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := tree.Open(filepath.Join(t.TempDir(), "absent"), ample, ".py")
	assert.ErrorContains(t, err, "opening the program's folder")
}

func TestReachFollowsImportsOnce(t *testing.T) {
	t.Parallel()
	imports := map[string][]string{"a": {"b", "c"}, "b": {"a"}, "c": {"c"}, "d": {"a"}}
	asked := map[string]int{}
	got := tree.Reach([]string{"a"}, func(file string) []string {
		asked[file]++
		return imports[file]
	})
	assert.Equal(t, []string{"a", "b", "c"}, got)
	assert.Equal(t, map[string]int{"a": 1, "b": 1, "c": 1}, asked)
}

func TestMentions(t *testing.T) {
	t.Parallel()
	assert.True(t, tree.Mentions([]byte("import subprocess"), []string{"x", "subprocess"}))
	assert.False(t, tree.Mentions([]byte("import subproc"), []string{"subprocess"}))
	assert.False(t, tree.Mentions([]byte("anything"), nil))
}

func TestSnippetIsOneShortLine(t *testing.T) {
	t.Parallel()
	src := []byte("first\n\tsecond \r\n" + strings.Repeat("é", 300) + "\n\xffx")
	tests := map[int]string{0: "first", 1: "first", 2: "second", 4: "\uFFFDx", 5: ""}
	for n, want := range tests {
		assert.Equal(t, want, tree.Snippet(src, n), "line %d", n)
	}
	assert.Equal(t, 1, tree.Indentation(src, 2))
	assert.Equal(t, 0, tree.Indentation(src, 1))
	assert.Equal(t, 0, tree.Indentation(src, 9))
	long := tree.Snippet(src, 3)
	assert.Equal(t, strings.Repeat("é", 98)+"…", long, "cut between characters")
}
