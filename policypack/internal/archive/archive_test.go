package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumi "github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var generous = Budget{Files: 1000, Bytes: 64 << 20, Time: time.Minute}

// packed is a file to put into a zip; with mode 0, the zip has no Unix modes.
type packed struct {
	name, content string
	mode          fs.FileMode
	modified      time.Time
	extra         []byte
}

// dos returns a time in the format of zip entries.
func dos(t time.Time) (date, clock uint16) {
	return uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day()), uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
}

func zipOf(t testing.TB, files ...packed) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		if f.modified.IsZero() {
			f.modified = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Extra: f.extra}
		header.ModifiedDate, header.ModifiedTime = dos(f.modified) //nolint:staticcheck // Modified adds a field
		if f.mode != 0 {
			header.SetMode(f.mode)
		}
		entry, err := w.CreateHeader(header)
		require.NoError(t, err)
		_, err = io.WriteString(entry, f.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// opened returns the archive in a file with the given name and content.
func opened(t testing.TB, name string, content []byte, budget Budget) (*Code, error) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	code, err := Open(fileArchive(name), dir, budget)
	if err == nil {
		t.Cleanup(func() { assert.NoError(t, code.Close()) })
	}
	return code, err
}

func openedZip(t testing.TB, files ...packed) *Code {
	t.Helper()
	code, err := opened(t, "code.zip", zipOf(t, files...), generous)
	require.NoError(t, err)
	return code
}

func fileArchive(path string) resource.PropertyValue {
	return resource.NewProperty(&pulumi.Archive{Path: path})
}

func assets(members map[string]any) resource.PropertyValue {
	return resource.NewProperty(&pulumi.Archive{Assets: members})
}

func text(content string) *asset.Asset { return &asset.Asset{Text: content} }

func entryNames(c *Code) []string {
	var names []string
	for _, e := range c.Entries {
		names = append(names, e.Name)
	}
	return names
}

// write writes the files of a folder, by path.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o700))
		require.NoError(t, os.WriteFile(full, []byte(content), 0o600))
	}
}

func TestAZipIsListedAndRead(t *testing.T) {
	t.Parallel()
	content := zipOf(t, packed{name: "src/"}, packed{name: "src/app.py", content: "import os", mode: 0o640})
	for name, prefix := range map[string]string{"plain": "", "with a program before it": "#!/bin/sh\nexit 0\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, err := opened(t, "code.zip", append([]byte(prefix), content...), generous)
			require.NoError(t, err)
			assert.Equal(t, []string{"src", "src/app.py"}, entryNames(code))
			assert.Equal(t, int64(len(prefix)+len(content)), code.Zip)
			e, ok := code.file("src/app.py")
			require.True(t, ok)
			assert.True(t, e.HasMode)
			assert.Equal(t, fs.FileMode(0o640), e.Mode)
			assert.Equal(t, int64(9), e.Size)
			head, err := code.Head(e, 6)
			require.NoError(t, err)
			assert.Equal(t, "import", string(head))
			_, ok = code.file("src")
			assert.False(t, ok, "a folder is no file")
		})
	}
}

func TestAFolderIsListedAsPulumiPacksIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"code/b.py": "b", "code/a/x.py": "x", "code/.pulumi/state": "s", "outside/secret.py": "secret",
	})
	require.NoError(t, os.Symlink("../outside/secret.py", filepath.Join(dir, "code", "link.py")))
	require.NoError(t, os.Symlink("b.py", filepath.Join(dir, "code", "inner.py")))
	require.NoError(t, os.Symlink("../outside", filepath.Join(dir, "code", "linked")))
	code, err := Open(fileArchive("code"), dir, generous)
	require.NoError(t, err)
	defer func() { assert.NoError(t, code.Close()) }()
	assert.Equal(t, []string{"a/x.py", "b.py", "inner.py", "link.py", "linked"}, entryNames(code))
	assert.Zero(t, code.Zip)
	inner, _ := code.file("inner.py")
	head, err := code.Head(inner, 10)
	require.NoError(t, err)
	assert.Equal(t, "b", string(head))
	link, _ := code.file("link.py")
	_, err = code.Head(link, 10)
	require.Error(t, err, "what is outside the folder is not read")
	assert.NotContains(t, err.Error(), dir)
}

func TestAnArchiveOfAssetsIsPutTogether(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"lib/a.py": "from the folder", "one.py": "one",
		"nested.zip": string(zipOf(t, packed{name: "deep/"}, packed{name: "deep/z.py"}, packed{name: "a.py", content: "late"})),
	})
	code, err := Open(assets(map[string]any{
		".":        &pulumi.Archive{Path: "lib"},
		"./x":      &pulumi.Archive{Path: "nested.zip"},
		"main.py":  text("main"),
		"one.py":   &asset.Asset{Path: "one.py"},
		"far.py":   &asset.Asset{URI: "https://example.com/far.py"},
		"sub/a.py": &pulumi.Archive{Assets: map[string]any{"b.py": text("b")}},
	}), dir, generous)
	require.NoError(t, err)
	defer func() { assert.NoError(t, code.Close()) }()
	assert.Equal(t, []string{"a.py", "x/deep/z.py", "x/a.py", "far.py", "main.py", "one.py", "sub/a.py/b.py"}, entryNames(code))
	assert.Zero(t, code.Zip, "Pulumi writes this zip")
	for name, want := range map[string]string{"a.py": "from the folder", "main.py": "main", "one.py": "one", "x/a.py": "late"} {
		e, ok := code.file(name)
		require.True(t, ok, name)
		head, err := code.Head(e, 100)
		require.NoError(t, err)
		assert.Equal(t, want, string(head))
	}
	far, _ := code.file("far.py")
	_, err = code.Head(far, 1)
	assert.ErrorContains(t, err, "not in a local file")
}

func TestTheFirstOfTwoFilesOfANameIsPacked(t *testing.T) {
	t.Parallel()
	code, err := Open(assets(map[string]any{"a": &pulumi.Archive{Assets: map[string]any{"b": text("first")}}, "a/b": text("second")}),
		"", generous)
	require.NoError(t, err)
	require.Equal(t, []string{"a/b"}, entryNames(code))
	head, err := code.Head(code.Entries[0], 10)
	require.NoError(t, err)
	assert.Equal(t, "first", string(head))
}

func TestWhatIsNotLookedIntoSaysWhy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{"code.tar.gz": "x", "code.rar": "x"})
	for name, c := range map[string]struct {
		code resource.PropertyValue
		dir  string
		says string
	}{
		"missing":             {fileArchive("no.zip"), dir, `"no.zip": no such file or directory`},
		"unknown folder":      {fileArchive("code.zip"), "", `the path that "code.zip" is relative to is not known`},
		"tar":                 {fileArchive("code.tar.gz"), dir, "is a tar archive"},
		"unknown kind":        {fileArchive("code.rar"), dir, "neither a folder nor"},
		"remote":              {resource.NewProperty(&pulumi.Archive{URI: "https://example.com/a.zip"}), dir, "from a URL"},
		"not known yet":       {resource.NewProperty(&pulumi.Archive{Hash: "abc"}), dir, "not known yet"},
		"text":                {resource.NewProperty(text("x")), dir, "neither an archive nor a file"},
		"a device":            {resource.NewProperty(&asset.Asset{Path: os.DevNull}), dir, "not a regular file"},
		"a device as a file":  {assets(map[string]any{"a": &asset.Asset{Path: os.DevNull}}), dir, "not a regular file"},
		"a member is missing": {assets(map[string]any{"a": &asset.Asset{Path: "no.py"}}), dir, `"no.py": no such file`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(c.code, c.dir, generous)
			require.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), dir, "messages are the same on every machine")
			var defect Defect
			assert.NotErrorAs(t, err, &defect)
		})
	}
}

// end returns an end record with the given claims.
func end(records uint16, length, offset uint32) []byte {
	record := make([]byte, endSize)
	copy(record, endSignature)
	binary.LittleEndian.PutUint16(record[8:], records)
	binary.LittleEndian.PutUint16(record[10:], records)
	binary.LittleEndian.PutUint32(record[12:], length)
	binary.LittleEndian.PutUint32(record[16:], offset)
	return record
}

// end64 returns the end of a zip64 file that begins at the given offset of the file.
func end64(at int, records, length, offset uint64) []byte {
	record := make([]byte, end64Size+locator64Size)
	copy(record, end64Signature)
	binary.LittleEndian.PutUint64(record[32:], records)
	binary.LittleEndian.PutUint64(record[40:], length)
	binary.LittleEndian.PutUint64(record[48:], offset)
	copy(record[end64Size:], locator64Signature)
	binary.LittleEndian.PutUint64(record[end64Size+8:], uint64(at))
	return append(record, end(math.MaxUint16, math.MaxUint32, math.MaxUint32)...)
}

func TestABrokenZipIsADefect(t *testing.T) {
	t.Parallel()
	good := zipOf(t, packed{name: "a.py", content: "a"})
	for name, content := range map[string][]byte{
		"nothing":                  {},
		"text":                     []byte("this is no zip"),
		"cut off":                  good[:len(good)-30],
		"the start is missing":     good[50:],
		"too few entries":          append(bytes.Clone(good[:len(good)-endSize]), end(2, 50, uint32(len(good)-endSize-50))...),
		"a directory of zeros":     append(make([]byte, 100), end(1, 100, 0)...),
		"a directory too long":     end(1, 1000, 0),
		"a directory out of range": end(1, 10, math.MaxUint32-1),
		"zip64 out of range":       end64(math.MaxInt64, 1, 1, 1),
		"zip64 with huge numbers":  end64(0, 1, math.MaxUint64, math.MaxUint64),
		"empty":                    end(0, 0, 0),
		"only folders":             zipOf(t, packed{name: "src/"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := opened(t, "code.zip", content, generous)
			var defect Defect
			assert.ErrorAs(t, err, &defect)
		})
	}
}

// counter counts the bytes read from a file.
type counter struct {
	io.ReaderAt
	bytes int
}

func (c *counter) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.bytes += n
	return n, err
}

// sparse is a file of zeros with content at its end.
type sparse struct {
	size int64
	end  []byte
}

func (s sparse) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	for ; n < len(p) && at < s.size; n, at = n+1, at+1 {
		p[n] = 0
		if i := at - (s.size - int64(len(s.end))); i >= 0 {
			p[n] = s.end[i]
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func TestAHostileDirectoryIsNotRead(t *testing.T) {
	t.Parallel()
	const huge = 1 << 40
	million := bytes.Repeat(append([]byte(directorySignature), make([]byte, directorySize-4)...), 1000)
	for name, c := range map[string]sparse{
		"a million entries claimed": {huge, end64(huge-98, 1_000_000, 46_000_000, 0)},
		"entries without end":       {huge, end64(huge-98, math.MaxUint64, 1<<39, 0)},
		"a directory of gigabytes":  {huge, end64(huge-98, 1, 1<<39, 0)},
		"more entries than claimed": {int64(len(million)) + endSize, append(bytes.Clone(million), end(10, uint32(len(million)), 0)...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code := &Code{files: map[string][]int{}, meter: newMeter(Budget{Files: 100, Bytes: 1 << 30, Time: time.Minute})}
			counted := &counter{ReaderAt: c}
			err := code.addZipContent("", counted, c.size)
			require.Error(t, err)
			assert.LessOrEqual(t, counted.bytes, 150<<10)
			assert.LessOrEqual(t, len(code.Entries), 100)
		})
	}
}

func TestABombIsUnpackedOnlyAsFarAsAsked(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	entry, err := w.Create("bomb.py")
	require.NoError(t, err)
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, err := entry.Write(zeros)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	small := generous
	small.Bytes = 2 << 20
	code, err := opened(t, "code.zip", out.Bytes(), small)
	require.NoError(t, err)
	head, err := code.Head(code.Entries[0], 1<<20)
	require.NoError(t, err)
	assert.Len(t, head, 1<<20)
	_, err = code.Head(code.Entries[0], 64<<20)
	assert.ErrorContains(t, err, "more than 2 MB would have to be read")
}

// A stored block of deflate may be empty: five bytes that unpack to nothing.
func TestInputThatUnpacksToNothingIsCounted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	data := bytes.Repeat([]byte{0, 0, 0, 0xff, 0xff}, 1<<18)
	entry, err := w.CreateRaw(&zip.FileHeader{
		Name: "a.py", Method: zip.Deflate, CompressedSize64: uint64(len(data)), UncompressedSize64: 1,
	})
	require.NoError(t, err)
	_, err = entry.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	small := generous
	small.Bytes = 1 << 20
	code, err := opened(t, "code.zip", out.Bytes(), small)
	require.NoError(t, err)
	_, err = code.Head(code.Entries[0], 64)
	assert.ErrorContains(t, err, "more than 1 MB")
}

func TestBudgets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	members := map[string]any{}
	for i := range 12 {
		name := fmt.Sprintf("f%d", i)
		write(t, dir, map[string]string{"files/" + name: "x", "folders/" + name + "/" + name: ""})
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "empty", strings.Repeat("d/", i+1)), 0o700))
		members[name] = text("x")
	}
	few := Budget{Files: 10, Bytes: 1 << 20, Time: time.Minute}
	for name, code := range map[string]resource.PropertyValue{
		"files": fileArchive("files"), "folders": fileArchive("folders"), "empty folders": fileArchive("empty"), "assets": assets(members),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(code, dir, few)
			assert.ErrorContains(t, err, "it has more than 10 files")
		})
	}
	t.Run("time", func(t *testing.T) {
		t.Parallel()
		_, err := Open(fileArchive("files"), dir, Budget{Files: 100, Bytes: 1 << 20})
		assert.ErrorContains(t, err, "it takes longer than 0s")
	})
}

func TestWhatAnEntryCannotBeReadFor(t *testing.T) {
	t.Parallel()
	good := zipOf(t, packed{name: "a.py", content: "a"})
	directory := bytes.Index(good, []byte(directorySignature))
	for name, c := range map[string]struct {
		at    int
		value byte
		says  string
	}{
		"encrypted":          {directory + 8, 1, "it is encrypted"},
		"unknown method":     {directory + 10, 99, "method 99"},
		"longer than it can": {directory + 22, 0xf0, "longer than the archive"},
		"elsewhere":          {directory + 42, 5, "not where the archive claims"},
		"outside":            {directory + 45, 0x70, "outside the archive"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := bytes.Clone(good)
			changed[c.at] = c.value
			code, err := opened(t, "code.zip", changed, generous)
			require.NoError(t, err)
			_, err = code.Head(code.Entries[0], 10)
			assert.ErrorContains(t, err, c.says)
		})
	}
}

func TestNamesThatLeadOutAreOnlyNames(t *testing.T) {
	t.Parallel()
	code := openedZip(t, packed{name: "../../etc/passwd"}, packed{name: "/etc/shadow"}, packed{name: "./app.py", content: "x"})
	assert.Equal(t, []string{"../../etc/passwd", "/etc/shadow", "app.py"}, entryNames(code))
}

func TestQuoteShortensAndEscapes(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `"a\x1b[31m\n"`, quote("a\x1b[31m\n"))
	assert.Less(t, len(quote(strings.Repeat("a", 1<<16))), 120)
}

func FuzzOpenZip(f *testing.F) {
	good := zipOf(f, packed{name: "src/", mode: fs.ModeDir | 0o755}, packed{name: "src/app.py", content: "def handler(): pass", mode: 0o644})
	f.Add(good)
	f.Add(append([]byte("#!/bin/sh\n"), good...))
	f.Add(good[:len(good)-8])
	f.Add(end(0, 0, 0))
	f.Add(end64(0, math.MaxUint64, math.MaxUint64, 1))
	f.Add(append(bytes.Clone(good), end64(len(good), 2, 100, 1)...))
	f.Fuzz(func(t *testing.T, content []byte) {
		budget := Budget{Files: 50, Bytes: 1 << 20, Time: 10 * time.Second}
		code := &Code{files: map[string][]int{}, meter: newMeter(budget), Zip: int64(len(content))}
		counted := &counter{ReaderAt: bytes.NewReader(content)}
		err := code.addZipContent("", counted, int64(len(content)))
		assert.LessOrEqual(t, len(code.Entries), budget.Files)
		assert.LessOrEqual(t, counted.bytes, 1<<20+1<<17)
		if err != nil {
			return
		}
		for _, function := range []Function{
			{Runtime: "python3.13", Handler: "src.app.handler"},
			{Runtime: "nodejs22.x", Handler: "index.handler"},
			{Runtime: "provided.al2023", Architecture: "arm64"},
			{Runtime: "java21", Handler: "a.B::c"},
		} {
			code.CheckHandler(function)
			code.CheckDeterministic(function)
		}
		// Where the standard library reads the directory too, it sees the same.
		standard, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err == nil && len(standard.File) == len(code.Entries) {
			for i, file := range standard.File {
				assert.Equal(t, file.UncompressedSize64, uint64(code.Entries[i].Size), file.Name)
			}
		}
	})
}
